"""Bytes get where they belong whole or not at all, and of many writers one wins."""

import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from entropy_assets.errors import InvalidInput, InvalidParameter, StorageConflict
from entropy_assets.storage import (
    DatasetHome,
    canonical_json,
    check_drop_name,
    create_exclusive,
    datasets,
    digest_bytes,
    digest_value,
    drop_mark,
    put,
    put_file,
    read_json,
    read_list,
    read_or_none,
    seed_from,
)

Writer = Callable[[UPath, bytes], None]
WRITERS = pytest.mark.parametrize("write", [put, create_exclusive])


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    """Return an empty folder on disk and one in an object store."""
    return UPath(tmp_path) if request.param == "local" else UPath(f"memory://storage{tmp_path}")


@contextmanager
def files_end_at(n_bytes: int) -> Iterator[None]:
    """Let the operating system refuse every write beyond `n_bytes` of a file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: UPath) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- writing


@WRITERS
def test_written_bytes_are_read_and_nothing_else_is_left(folder: UPath, write: Writer) -> None:
    data = bytes(range(256)) * 40
    write(folder / "deep" / "er" / "a.bin", data)
    assert (folder / "deep" / "er" / "a.bin").read_bytes() == data
    assert names(folder / "deep" / "er") == ["a.bin"]
    write(folder / "empty", b"")
    assert (folder / "empty").read_bytes() == b""


def test_put_replaces(folder: UPath) -> None:
    put(folder / "a", b"a longer first text")
    put(folder / "a", b"second")
    assert (folder / "a").read_bytes() == b"second"
    assert names(folder) == ["a"]


def test_put_file_is_whole_or_not_at_all(folder: UPath) -> None:
    def half(path: Path) -> None:
        path.write_bytes(b"ha")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        put_file(folder / "deep" / "x", half)
    assert names(folder / "deep") == []
    for data in (b"first", b"second, and longer"):
        put_file(folder / "deep" / "x", lambda path, data=data: path.write_bytes(data))
        assert (folder / "deep" / "x").read_bytes() == data
    with pytest.raises(OSError, match="full"):
        put_file(folder / "deep" / "x", half)
    assert (folder / "deep" / "x").read_bytes() == b"second, and longer"
    assert names(folder / "deep") == ["x"]


def test_create_exclusive_leaves_the_first_as_it_is(folder: UPath) -> None:
    create_exclusive(folder / "a", b"first")
    with pytest.raises(StorageConflict, match="a already exists: another writer was first; read it again"):
        create_exclusive(folder / "a", b"second")
    assert (folder / "a").read_bytes() == b"first"
    assert names(folder) == ["a"]


@WRITERS
def test_a_full_disk_leaves_nothing(tmp_path: Path, write: Writer) -> None:
    with files_end_at(4_096), pytest.raises(OSError, match="File too large"):
        write(UPath(tmp_path) / "a", b"x" * 10_000)
    assert names(UPath(tmp_path)) == []


def test_a_full_disk_leaves_the_older_object(tmp_path: Path) -> None:
    put(UPath(tmp_path) / "a", b"older")
    with files_end_at(4_096), pytest.raises(OSError, match="File too large"):
        put(UPath(tmp_path) / "a", b"x" * 10_000)
    assert (tmp_path / "a").read_bytes() == b"older"
    assert names(UPath(tmp_path)) == ["a"]


def test_put_onto_a_folder_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        put(UPath(tmp_path) / "a", b"x")
    assert names(UPath(tmp_path)) == ["a"]


KILLED = """
import sys
from upath import UPath
from entropy_assets import storage
path = UPath(sys.argv[1])
print("ready", flush=True)
while True:
    storage.put(path, b"A" * 8_000_000)
    storage.put(path, b"B" * 8_000_000)
"""


def test_a_killed_writer_leaves_a_whole_object(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for delay in (0.05, 0.11):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            limit = time.monotonic() + 30
            while not path.exists() and time.monotonic() < limit:
                time.sleep(0.005)
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
        assert path.read_bytes() in (b"A" * 8_000_000, b"B" * 8_000_000)


# --- values, digests, seeds


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [1, v], lambda v: {"a": {"b": [v]}}])
def test_numbers_that_json_cannot_say_are_refused(value: float, wrap: Callable[[float], Any]) -> None:
    for encode in (canonical_json, digest_value, seed_from):
        with pytest.raises(ValueError, match="Out of range float values"):
            encode(wrap(value))


def test_canonical_json_by_hand() -> None:
    value = {"b": [1, 1.5, None, True], "a": {"é": "\u2028", "": '"'}}
    assert canonical_json(value) == '{"a":{"":"\\"","é":"\u2028"},"b":[1,1.5,null,true]}'.encode()
    assert digest_value([]) == digest_bytes(b"[]")
    assert digest_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    plain | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abé", max_size=3), inner, max_size=3)
    ),
    max_leaves=10,
)


def backwards(value: Any) -> Any:
    """Return `value` with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


@given(json_values)
def test_equal_values_have_equal_bytes_digests_and_seeds(value: Any) -> None:
    assert canonical_json(value) == canonical_json(backwards(value))
    assert json.loads(canonical_json(value)) == value
    assert digest_value(value) == digest_value(backwards(value))
    assert seed_from(value) == seed_from(backwards(value))
    assert 0 <= seed_from(value) < 2**63


@given(st.lists(json_values, max_size=3), st.lists(json_values, max_size=3))
def test_other_content_has_another_seed(one: list[Any], other: list[Any]) -> None:
    assert (seed_from(*one) == seed_from(*other)) == (canonical_json(one) == canonical_json(other))


def test_seeds_and_digests_are_the_same_in_another_process() -> None:
    code = (
        "from entropy_assets.storage import digest_value, seed_from\n"
        "print(seed_from('é', {'b': 1, 'a': [2.5]}), digest_value('é'))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert output.split() == [str(seed_from("é", {"a": [2.5], "b": 1})), digest_value("é")]


def test_seeds_fill_their_range() -> None:
    seeds = [seed_from("run", number) for number in range(200)]
    assert len(set(seeds)) == 200
    assert min(seeds) < 2**61
    assert max(seeds) > 3 * 2**61


def test_read_json(folder: UPath) -> None:
    put(folder / "a.json", canonical_json({"a": [1, None]}))
    assert read_json(folder / "a.json") == {"a": [1, None]}
    with pytest.raises(InvalidInput, match=r"b\.json is missing: restore it from a backup"):
        read_json(folder / "b.json")
    for number, damaged in enumerate([b"", b'{"a": [1, nu', b"\xff\xfe"]):
        put(folder / f"{number}.json", damaged)
        with pytest.raises(InvalidInput, match=rf"{number}\.json is not JSON .*: restore it from a backup"):
            read_json(folder / f"{number}.json")
        with pytest.raises(InvalidInput, match=r": make it again$"):
            read_json(folder / f"{number}.json", "make it again")


def test_folder_in_place_of_a_file_is_a_sentence(tmp_path: Path) -> None:
    for read in (read_json, read_or_none):
        with pytest.raises(InvalidInput, match=r"is a folder: put back the file that was there"):
            read(UPath(tmp_path))


# --- names and folders

BAD_NAMES = [
    "../../x",
    "..",
    ".",
    "a/b",
    "a\\b",
    "",
    "/etc",
    "~",
    "A",
    "a b",
    "é",
    "a\n",
    "\na",
    "@a",
    "a\x00",
]


@pytest.mark.parametrize("name", [*BAD_NAMES, "a" * 65, "_a", "-a", ".a"])
def test_bad_drop_names_are_refused(folder: UPath, name: str) -> None:
    home = DatasetHome(folder, "wiki")
    for check in (check_drop_name, home.drop):
        with pytest.raises(InvalidParameter, match=r"^drop name .* does not match .*: rename the folder"):
            check(name)


@pytest.mark.parametrize("name", ["a", "0", "a" * 64, "2024-05-01", "web.v2_fixed-1", "a..b"])
def test_good_drop_names_stay_in_the_inbox(folder: UPath, name: str) -> None:
    home = DatasetHome(folder, "wiki")
    assert check_drop_name(name) == name
    assert home.drop(name).parent == home.inbox == folder / "wiki" / "inbox"
    assert home.drop(name).name == name


@pytest.mark.parametrize("name", [*BAD_NAMES, "a" * 33, "_a", "0a", "a-b", "a.b"])
def test_bad_dataset_names_are_refused(folder: UPath, name: str) -> None:
    with pytest.raises(InvalidParameter, match=r"^dataset name .* does not match .*: choose another name"):
        DatasetHome(folder, name)


@pytest.mark.parametrize("name", ["a", "a" * 32, "wiki_2"])
def test_everything_of_a_dataset_lies_in_its_folder(folder: UPath, name: str) -> None:
    home = DatasetHome(folder, name)
    paths = [home.settings_path, home.inbox, home.current_path, home.work("pool"), home.version("v0001-ab")]
    relative = [path.relative_to(folder / name).as_posix() for path in paths]
    assert relative == ["entropy.toml", "inbox", "CURRENT", "work/pool", "versions/v0001-ab"]


def test_ready_drops_are_complete_well_named_and_sorted(folder: UPath) -> None:
    home = DatasetHome(folder, "wiki")
    assert home.ready_drops() == []
    for name in ("b", "a", "c"):
        put(home.drop(name) / "data.jsonl", b"{}")
    for name in ("b", "a"):
        put(home.drop(name) / "_SUCCESS", b"")
    for name in ("Upper", "a b", ".hidden", "x" * 65):
        put(home.inbox / name / "_SUCCESS", b"")
    put(home.inbox / "file", b"")
    assert home.ready_drops() == ["a", "b"]


def test_ready_drops_leave_out_a_name_that_ends_in_a_newline(tmp_path: Path) -> None:
    home = DatasetHome(UPath(tmp_path), "wiki")
    (tmp_path / "wiki" / "inbox" / "a\n").mkdir(parents=True)
    (tmp_path / "wiki" / "inbox" / "a\n" / "_SUCCESS").touch()
    assert home.ready_drops() == []


def test_drop_mark_sees_names_and_sizes(folder: UPath) -> None:
    def mark(files: dict[str, bytes]) -> str:
        place = folder / str(len(list(folder.iterdir())) if folder.exists() else 0)
        for name, data in files.items():
            put(place / name, data)
        return drop_mark(place)

    base = mark({"a.jsonl": b"12", "sub/b.jsonl": b"3", "_SUCCESS": b""})
    assert mark({"_SUCCESS": b"", "sub/b.jsonl": b"3", "a.jsonl": b"12"}) == base, "order of arrival"
    assert mark({"a.jsonl": b"99", "sub/b.jsonl": b"9", "_SUCCESS": b""}) == base, "blind to content"
    assert mark({"a.jsonl": b"123", "sub/b.jsonl": b"3", "_SUCCESS": b""}) != base, "size"
    assert mark({"a.jsonl": b"12", "sub/c.jsonl": b"3", "_SUCCESS": b""}) != base, "name"
    assert mark({"a.jsonl": b"12", "b.jsonl": b"3", "_SUCCESS": b""}) != base, "folder"
    assert mark({"a.jsonl": b"12", "sub/b.jsonl": b"3"}) != base, "one file less"


def test_datasets_are_folders_with_data(folder: UPath) -> None:
    assert datasets(folder / "home") == []
    put(folder / "home" / "settled" / "entropy.toml", b"")
    put(folder / "home" / "fed" / "inbox" / "d" / "_SUCCESS", b"")
    put(folder / "home" / "decided" / "ledger" / "000001.json", b"{}")
    put(folder / "home" / "dagster" / "storage.db", b"")
    put(folder / "home" / "Upper" / "entropy.toml", b"")
    put(folder / "home" / "file", b"")
    assert datasets(folder / "home") == ["decided", "fed", "settled"]
    assert datasets(folder / "home" / "file") == []


def test_a_list_ends_its_lines_with_newlines_alone(tmp_path: Path) -> None:
    path = UPath(tmp_path) / "ids.txt"
    path.write_bytes("a\r\nb\u2028c\n\n a b\na".encode())
    assert read_list(path) == ["a", "b\u2028c", " a b"]
    path.write_bytes(b"\xff")
    with pytest.raises(InvalidInput, match=r"ids\.txt cannot be read as a list, one a line in UTF-8"):
        read_list(path)


def test_a_list_keeps_spaces_and_drops_carriage_returns_at_the_end(tmp_path: Path) -> None:
    path = UPath(tmp_path / "list.txt")
    path.write_bytes(b"a \r\n bX\r\n\r\n  \na \n")
    assert read_list(path) == ["a ", " bX"]


def test_a_byte_order_mark_is_no_part_of_a_list(tmp_path: Path) -> None:
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbfa\nb\n")
    assert read_list(UPath(tmp_path / "list")) == ["a", "b"]
