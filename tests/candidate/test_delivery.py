"""Deliveries: shown whole or not at all, whoever else delivers, and whenever one is killed."""

import errno
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.candidate import contents, delivery
from entropy_assets.candidate.delivery import content_digest, deliver, planned, quick_mark, show_drop
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter
from entropy_assets.storage import SUCCESS_MARKER, DatasetHome
from entropy_assets.temporary import sweep_temporary


@pytest.fixture
def home(tmp_path: Path) -> DatasetHome:
    return DatasetHome(UPath(tmp_path / "home"), "main")


def folder_of(home: DatasetHome, drop: str) -> Path:
    return Path(str(home.drop(drop)))


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.jsonl").write_text(text)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def left_over(home: DatasetHome) -> list[str]:
    return [path.name for path in Path(str(home.inbox)).glob(".*")]


def test_a_folder_is_delivered_with_its_marker(home: DatasetHome, tmp_path: Path) -> None:
    source = write(tmp_path / "docs", a="1", b="2")
    write(source / "sub", c="3")
    write(source / ".git", d="4")
    assert deliver(home, source) == "docs"
    target = folder_of(home, "docs")
    assert names(target) == [SUCCESS_MARKER, "a.jsonl", "b.jsonl", "sub/c.jsonl"]
    assert (target / "sub" / "c.jsonl").read_text() == "3"
    assert content_digest(target) == content_digest(source)
    assert deliver(home, source) == "docs"
    assert home.ready_drops() == ["docs"]
    assert left_over(home) == []


def test_a_file_is_delivered_under_the_name_of_its_stem(home: DatasetHome, tmp_path: Path) -> None:
    (tmp_path / "Docs.jsonl.gz").write_bytes(b"x")
    assert deliver(home, tmp_path / "Docs.jsonl.gz") == "docs"
    assert names(folder_of(home, "docs")) == ["Docs.jsonl.gz", SUCCESS_MARKER]
    assert deliver(home, tmp_path / "Docs.jsonl.gz") == "docs"


@pytest.mark.parametrize("fault", ["missing", "pipe", "other", "arriving", "twice", "name"])
def test_of_several_none_is_delivered_where_one_cannot_be(
    home: DatasetHome, tmp_path: Path, fault: str
) -> None:
    good, bad = tmp_path / "good", tmp_path / "apart" / "good" if fault == "twice" else tmp_path / "bad"
    for folder in (good, bad):
        folder.mkdir(parents=True)
        (folder / "rows.jsonl").write_text(f'{{"text": "{folder}"}}\n')
    if fault == "missing":
        bad = tmp_path / "no"
    elif fault == "pipe":
        os.mkfifo(bad / "pipe")
    elif fault == "name":
        bad = bad.rename(tmp_path / "Bad")
    elif fault in ("other", "arriving"):
        there = Path(str(home.drop("bad")))
        there.mkdir(parents=True)
        (there / "rows.jsonl").write_text("other")
        if fault == "other":
            (there / "_SUCCESS").touch()
    with pytest.raises((InvalidInput, InvalidParameter)):
        planned(home, [good, bad])
    assert not home.drop("good").exists()


def test_the_same_drop_given_twice_is_one_delivery(home: DatasetHome, tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b" / "a"):
        folder.mkdir(parents=True)
        (folder / "rows.jsonl").write_text('{"text": "One row."}\n')
    paths = [tmp_path / "a", tmp_path / "b" / "a", tmp_path / "a"]
    assert [one.name for one in planned(home, paths)] == ["a"]


def test_the_folder_one_is_in_has_its_own_name(
    home: DatasetHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    (tmp_path / "mine" / "rows.jsonl").write_text('{"text": "One row."}\n')
    for place, given in (("mine", "."), ("mine/sub", "..")):
        monkeypatch.chdir(tmp_path / place)
        assert deliver(home, Path(given)) == "mine"
    with pytest.raises(InvalidInput, match="/ holds the store"):
        deliver(home, Path("/"))


def test_a_link_given_by_its_name_is_followed(home: DatasetHome, tmp_path: Path) -> None:
    write(tmp_path / "real", a="1")
    (tmp_path / "linked").symlink_to("real")
    assert deliver(home, tmp_path / "linked") == "linked"
    assert names(folder_of(home, "linked")) == [SUCCESS_MARKER, "a.jsonl"]


def test_other_content_under_the_same_name_is_told(home: DatasetHome, tmp_path: Path) -> None:
    deliver(home, write(tmp_path / "docs", a="1"))
    with pytest.raises(InvalidInput, match=r"'docs' was delivered before with other content: .*rename it"):
        deliver(home, write(tmp_path / "other" / "docs", a="2"))
    assert (folder_of(home, "docs") / "a.jsonl").read_text() == "1"


def test_what_is_in_the_inbox_needs_its_marker(home: DatasetHome) -> None:
    folder = write(folder_of(home, "docs"), a="1")
    with pytest.raises(InvalidInput, match=f"has no {SUCCESS_MARKER}: write the marker"):
        deliver(home, folder)
    (folder / SUCCESS_MARKER).touch()
    assert deliver(home, folder) == "docs"


def test_what_cannot_be_a_drop_is_one_sentence(home: DatasetHome, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nowhere does not exist: name a folder or a file"):
        deliver(home, tmp_path / "nowhere")
    with pytest.raises(InvalidParameter, match="does not match"):
        deliver(home, write(tmp_path / "Bad Name", a="1"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="pipe is a pipe, which is not read: write it to a file first"):
        deliver(home, tmp_path / "pipe")
    with pytest.raises(
        InvalidInput, match="/dev/null is a device, which is not read: write it to a file first"
    ):
        deliver(home, Path("/dev/null"))


@pytest.mark.parametrize("kind", ["pipe", "socket", "leaves", "loops", "broken", "inner"])
def test_a_folder_with_what_is_no_regular_file_is_one_sentence(
    home: DatasetHome, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(tmp_path / "docs" / "sub", a="1")
    odd = folder / "odd.jsonl"
    monkeypatch.chdir(folder)  # the address of a socket is short
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(odd.name)
    else:
        aims = {"leaves": "/etc/hosts", "loops": "odd.jsonl", "broken": "nothing", "inner": "a.jsonl"}
        odd.symlink_to(aims[kind])
    word = kind if kind in ("pipe", "socket") else "symbolic link"
    with pytest.raises(InvalidInput, match=f"odd.jsonl is a {word}: a drop holds regular files only; .*"):
        deliver(home, tmp_path / "docs")
    assert home.ready_drops() == []
    assert left_over(home) == []
    assert content_digest(tmp_path / "docs")  # it opens nothing odd
    assert quick_mark(tmp_path / "docs")


def test_a_device_is_no_regular_file(home: DatasetHome, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", a="1")
    try:
        os.mknod(folder / "zero.jsonl", 0o20600, os.makedev(1, 5))
    except (PermissionError, OSError):
        pytest.skip("needs the right to make a device")
    with pytest.raises(InvalidInput, match=r"zero.jsonl is a device: a drop holds regular files only"):
        deliver(home, folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_one_sentence(home: DatasetHome, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", a="1")
    (folder / "a.jsonl").chmod(0)
    with pytest.raises(InvalidInput, match=r"a.jsonl cannot be read: Permission denied"):
        deliver(home, folder)


class Meddler:
    """Does something to a source when a file of it has been opened for copying."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._open = contents.open_file
        self.deeds: list[tuple[str, object]] = []
        monkeypatch.setattr(contents, "open_file", self._meddle)

    def _meddle(self, path: Path) -> object:
        file = self._open(path)
        for name, deed in self.deeds:
            if path.name == name:
                deed()  # type: ignore[operator]
        return file


def test_files_that_change_or_vanish_meanwhile_are_told(
    home: DatasetHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meddler = Meddler(monkeypatch)
    for name, deed in {
        "grows": lambda folder: (folder / "a.jsonl").write_text("1 and more"),
        "vanishes": lambda folder: (folder / "b.jsonl").unlink(),
        "appears": lambda folder: (folder / "c.jsonl").write_text("3"),
        "is-replaced": lambda folder: (folder / "a.jsonl").write_text("9"),
    }.items():
        folder = write(tmp_path / name, a="1", b="2")
        os.utime(folder / "a.jsonl", ns=(1, 1))
        meddler.deeds = [("a.jsonl", lambda folder=folder, deed=deed: deed(folder))]
        with pytest.raises(InvalidInput, match=r"changed while it was copied|No such file"):
            deliver(home, folder)
    assert home.ready_drops() == []
    assert left_over(home) == []


PROGRAM = """
import sys
from pathlib import Path
from upath import UPath
from entropy_assets.candidate.delivery import deliver
from entropy_assets.errors import CurationError
from entropy_assets.storage import DatasetHome
try:
    print(deliver(DatasetHome(UPath(sys.argv[1]), "main"), Path(sys.argv[2])), flush=True)
except CurationError as error:
    print("refused", error, flush=True)
"""


def start(home: DatasetHome, source: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", PROGRAM, str(home.home), str(source)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_the_same_drop_at_once_is_shown_once_and_whole(home: DatasetHome, tmp_path: Path) -> None:
    source = write(tmp_path / "docs", **{f"f{n}": str(n) * 50_000 for n in range(40)})
    running = [start(home, source) for _ in range(3)]
    told = {process.communicate(timeout=120)[0].strip() for process in running}
    assert told == {"docs"}
    assert content_digest(folder_of(home, "docs")) == content_digest(source)
    assert left_over(home) == []


def test_of_other_content_at_once_one_is_told(home: DatasetHome, tmp_path: Path) -> None:
    sources = [write(tmp_path / str(n) / "docs", a=str(n) * 3_000_000) for n in range(3)]
    with ThreadPoolExecutor(3) as executor:
        futures = [executor.submit(deliver, home, source) for source in sources]
    errors = [future.exception() for future in futures]
    (winner,) = [source for source, error in zip(sources, errors, strict=True) if error is None]
    assert all("delivered before with other content" in str(e) for e in errors if e is not None)
    assert content_digest(folder_of(home, "docs")) == content_digest(winner)


def check_compared(home: DatasetHome, source: Path, other: Path, *, same: bool) -> None:
    """Check that a delivery finds another one that is shown meanwhile, and leaves it as it is."""
    if same:
        assert deliver(home, source) == source.name
    else:
        with pytest.raises(InvalidInput, match="delivered before with other content"):
            deliver(home, source)
    assert content_digest(folder_of(home, source.name)) == content_digest(other)


def test_what_appears_before_the_rename_is_compared(
    home: DatasetHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename
    for name, text in (("same", "1"), ("another", "2")):
        other = write(tmp_path / "other" / name, a=text)

        def late(old: Path, new: Path, other: Path = other) -> None:
            monkeypatch.setattr(os, "rename", rename)
            deliver(home, other)
            rename(old, new)

        source = write(tmp_path / name, a="1")
        monkeypatch.setattr(os, "rename", late)
        check_compared(home, source, other, same=text == "1")
    assert left_over(home) == []


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from upath import UPath
from entropy_assets.candidate.delivery import deliver
from entropy_assets.storage import DatasetHome
count = 0
def wrap(module, name):
    former = getattr(module, name)
    def counted(*arguments, **named):
        global count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return former(*arguments, **named)
    setattr(module, name, counted)
moment, status = 0, 1
while status:
    moment += 1
    child = os.fork()
    if not child:
        for name in ("mkdir", "rename", "link", "unlink", "fsync", "rmdir", "write"):
            wrap(os, name)
        deliver(DatasetHome(UPath(f"{sys.argv[1]}{moment}"), "main"), Path(sys.argv[2]))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
print(moment)
"""
"""Delivers in processes each of which kills itself before its n-th change to the disk, until one is not."""


def test_killed_at_any_moment_nothing_looks_like_a_drop(tmp_path: Path) -> None:
    source = write(tmp_path / "docs", a="1", b="2" * 3_000_000)
    program = [sys.executable, "-c", KILLED, str(tmp_path / "home"), str(source)]
    n_moments = int(subprocess.run(program, capture_output=True, text=True, check=True).stdout)
    assert n_moments > 6
    for moment in range(1, n_moments + 1):
        home = DatasetHome(UPath(tmp_path / f"home{moment}"), "main")
        assert bool(home.ready_drops()) or moment < n_moments
        for ready in home.ready_drops():
            assert content_digest(folder_of(home, ready)) == content_digest(source)
        assert deliver(home, source) == "docs"
        assert content_digest(folder_of(home, "docs")) == content_digest(source)
        sweep_temporary(Path(str(home.root)), time.time() + 60)
        assert left_over(home) == []


def test_what_is_shown_while_a_drop_is_planned_is_compared(
    home: DatasetHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = delivery.is_complete
    for name, text in (("same", "1"), ("another", "2")):
        other = write(tmp_path / "other" / name, a=text)

        def late(target: Path, other: Path = other) -> bool:
            before = looked(target)
            monkeypatch.setattr(delivery, "is_complete", looked)
            deliver(home, other)
            return before

        source = write(tmp_path / name, a="1")
        monkeypatch.setattr(delivery, "is_complete", late)
        check_compared(home, source, other, same=text == "1")
    assert left_over(home) == []


def test_two_that_find_the_same_cut_copy_do_not_put_aside_what_the_other_has_shown(
    home: DatasetHome, tmp_path: Path
) -> None:
    for n in range(30):
        write(folder_of(home, f"d{n}"), a="1")
        sources = [write(tmp_path / str(k) / f"d{n}", a="1", b=str(k)) for k in range(3)]
        with ThreadPoolExecutor(3) as executor:
            futures = [executor.submit(deliver, home, source) for source in sources]
        errors = [future.exception() for future in futures]
        (winner,) = [source for source, error in zip(sources, errors, strict=True) if error is None]
        assert all("delivered before with other content" in str(e) for e in errors if e is not None)
        assert content_digest(folder_of(home, f"d{n}")) == content_digest(winner)


def test_a_cut_copy_of_the_same_drop_makes_way(home: DatasetHome, tmp_path: Path) -> None:
    source = write(tmp_path / "docs", a="1", b="22")
    write(folder_of(home, "docs"), a="1", b="2")
    assert deliver(home, source) == "docs"
    assert content_digest(folder_of(home, "docs")) == content_digest(source)
    assert left_over(home) == []


@pytest.mark.parametrize("files", [{"b": "3"}, {"a": "1", "c": ""}])
def test_an_unfinished_drop_of_other_content_is_left_alone(
    home: DatasetHome, tmp_path: Path, files: dict[str, str]
) -> None:
    arriving = write(folder_of(home, "docs"), **files)
    with pytest.raises(InvalidInput, match=r"is arriving in the inbox with other files: .*rename"):
        deliver(home, write(tmp_path / "docs", a="1", b="22"))
    assert names(arriving) == sorted(f"{name}.jsonl" for name in files)


def test_an_empty_unfinished_folder_makes_way(home: DatasetHome, tmp_path: Path) -> None:
    folder_of(home, "docs").mkdir(parents=True)
    assert deliver(home, write(tmp_path / "docs", a="1")) == "docs"


def test_a_folder_made_elsewhere_is_shown_by_the_same_primitive(home: DatasetHome, tmp_path: Path) -> None:
    made = write(tmp_path / "made" / "docs", a="1")
    show_drop(home, made, "docs")
    assert home.ready_drops() == ["docs"]
    assert not made.exists()
    show_drop(home, write(tmp_path / "made" / "docs", a="1"), "docs")
    with pytest.raises(InvalidInput, match="delivered before with other content"):
        show_drop(home, write(tmp_path / "made" / "docs", a="2"), "docs")


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a tiny file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tiny: Path, tmp_path: Path) -> None:
    home = DatasetHome(UPath(tiny), "main")
    source = write(tmp_path / "docs", a="1" * 4_000_000)
    with pytest.raises(CurationError, match="cannot be written: No space left on device; free some"):
        deliver(home, source)
    assert home.ready_drops() == []
    assert left_over(home) == []
    assert deliver(home, write(tmp_path / "less", a="1")) == "less"


def test_a_read_only_disk_is_one_sentence(tiny: Path, tmp_path: Path) -> None:
    (tiny / "main" / "inbox").mkdir(parents=True)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny)], check=True)
    with pytest.raises(CurationError, match="cannot be written: Read-only file system; "):
        deliver(DatasetHome(UPath(tiny), "main"), write(tmp_path / "docs", a="1"))


def test_a_failing_disk_is_one_sentence(
    home: DatasetHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(number: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(CurationError, match="cannot be written: Input/output error"):
        deliver(home, write(tmp_path / "docs", a="1"))
    assert left_over(home) == []


def test_an_object_store_is_no_place_to_deliver_to(tmp_path: Path) -> None:
    home = DatasetHome(UPath("memory://deliveries"), "main")
    with pytest.raises(InvalidInput, match="is no local folder: put the drop there"):
        deliver(home, write(tmp_path / "docs", a="1"))


def test_the_digest_tells_names_and_content_and_nothing_else(tmp_path: Path) -> None:
    one, other = write(tmp_path / "one", a="1", b="2"), write(tmp_path / "other", a="1", b="2")
    assert content_digest(one) == content_digest(other)
    assert re.fullmatch("[0-9a-f]{64}", content_digest(one))
    (one / SUCCESS_MARKER).touch()
    (one / ".DS_Store").touch()
    assert content_digest(one) == content_digest(other)
    (one / "b.jsonl").write_text("3")
    assert content_digest(one) != content_digest(other)
    (one / "b.jsonl").rename(one / "c.jsonl")
    (other / "b.jsonl").write_text("3")
    assert content_digest(one) != content_digest(other)
    write(tmp_path / "x" / "a", b="")
    write(tmp_path / "y", a="", b="")
    assert content_digest(tmp_path / "x") != content_digest(tmp_path / "y")


def test_the_quick_mark_tells_an_edit_without_reading(tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", a="1", b="2")
    mark = quick_mark(folder)
    (folder / SUCCESS_MARKER).touch()
    assert quick_mark(folder) == mark
    facts = (folder / "a.jsonl").stat()
    (folder / "a.jsonl").write_text("9")
    os.utime(folder / "a.jsonl", ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert quick_mark(folder) != mark
    os.utime(folder / "a.jsonl", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert quick_mark(folder) == mark
    (folder / "b.jsonl").rename(folder / "c.jsonl")
    assert quick_mark(folder) != mark


@pytest.mark.parametrize("tell", [content_digest, quick_mark])
def test_what_is_gone_is_one_sentence(tmp_path: Path, tell: object) -> None:
    with pytest.raises(InvalidInput, match="nowhere cannot be read: No such file"):
        tell(tmp_path / "nowhere")  # type: ignore[operator]


@pytest.mark.skipif(not Path("/proc/self").is_symlink(), reason="needs /proc")
def test_a_tree_without_end_is_refused_at_its_first_odd_entry(home: DatasetHome) -> None:
    with pytest.raises(InvalidInput, match=r"^/proc/[a-z-]+ is a symbolic link: a drop holds regular files"):
        planned(home, [Path("/proc")])


def sent(home: DatasetHome, path: Path, source: str | None) -> Path:
    """Deliver with a source that is named, and return the drop's folder."""
    (made,) = planned(home, [path], source)
    delivery.carry_out(home, made)
    return folder_of(home, made.name)


def test_a_source_that_is_named_goes_into_the_declaration(home: DatasetHome, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", a='{"text": "a"}')
    target = sent(home, docs, 'Tales "of" old')
    assert (target / "drop.toml").read_text() == 'source = "Tales \\"of\\" old"\n'
    assert names(docs) == ["a.jsonl"]
    assert sent(home, docs, 'Tales "of" old') == target
    with pytest.raises(InvalidInput, match="was delivered before with other content"):
        planned(home, [docs], "other")
    with pytest.raises(InvalidInput, match="was delivered before with other content"):
        planned(home, [docs])
    (tmp_path / "one.jsonl").write_text('{"text": "b"}')
    assert names(sent(home, tmp_path / "one.jsonl", "s")) == [SUCCESS_MARKER, "drop.toml", "one.jsonl"]


def test_a_named_source_stands_before_what_the_drop_declares_else(home: DatasetHome, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", a='{"text": "a"}')
    (docs / "drop.toml").write_text('\ufefflanguage = "de"\n[correction]\nsource = "s"\n', "utf-8")
    text = (sent(home, docs, "s") / "drop.toml").read_text("utf-8")
    assert text == 'source = "s"\nlanguage = "de"\n[correction]\nsource = "s"\n'


def test_a_named_source_that_is_declared_changes_nothing_and_another_is_refused(
    home: DatasetHome, tmp_path: Path
) -> None:
    docs = write(tmp_path / "docs", a='{"text": "a"}')
    (docs / "drop.toml").write_text('source = "s"')
    with pytest.raises(InvalidInput, match=r"drop\.toml says source 's', and 't' was named: change one"):
        planned(home, [docs], "t")
    target = sent(home, docs, "s")
    assert (target / "drop.toml").read_text() == 'source = "s"'
    assert sent(home, target, "s") == target
    bare = sent(home, write(tmp_path / "bare", a="1"), None)
    with pytest.raises(InvalidInput, match=r"is delivered already: write the source into its drop\.toml"):
        planned(home, [bare], "s")


def test_a_link_says_how_files_are_made_of_links(home: DatasetHome, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", a="1")
    (docs / "b.jsonl").symlink_to("a.jsonl")
    with pytest.raises(
        InvalidInput, match=r"b\.jsonl is a symbolic link: .* \(cp -rL FOLDER COPY makes files"
    ):
        planned(home, [docs])
