"""Whatever lies at the place of entropy.toml gives settings, or one sentence with the path."""

import os
from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import Settings, load_settings, parse
from entropy_assets.settings.reading import MAX_BYTES


def refused(path: Path) -> str:
    with pytest.raises(InvalidParameter) as caught:
        load_settings(UPath(path))
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 2500
    return message


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "entropy.toml"


def test_a_folder(path: Path) -> None:
    path.mkdir()
    assert "is a folder" in refused(path)


def test_a_pipe_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    assert "a pipe, socket or device, and no file" in refused(path)


def test_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")
    assert "a pipe, socket or device, and no file" in refused(path)


def test_a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)
    assert "symbolic links" in refused(path)


def test_a_link_to_nothing_is_not_taken_for_no_file(path: Path) -> None:
    path.symlink_to(path.with_name("gone.toml"))
    assert "is a link to a file that is not there: mend the link" in refused(path)


def test_a_file_in_place_of_the_folder(path: Path) -> None:
    path.write_text("")
    assert "Not a directory" in refused(path / "entropy.toml")


def test_a_file_of_a_gigabyte_is_not_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert f"is larger than {MAX_BYTES:,} bytes" in refused(path)


def test_the_largest_file_is_read(path: Path) -> None:
    path.write_bytes(b"seed = 3\n#".ljust(MAX_BYTES, b"x"))
    assert load_settings(UPath(path)).seed == 3
    path.write_bytes(b"seed = 3\n#".ljust(MAX_BYTES + 1, b"x"))
    refused(path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xef\xbb\xbfseed = 1\n", "begins with a byte order mark"),
        ("seed = 1".encode("utf-16"), "'utf-8' codec can't decode"),
        (b"seed = 1\n\n[pool\n", "line 3"),
        (b"seed = 1\rworkers = 2", "(at line 1"),
        (b"\x00" * 50, "is not TOML"),
        (b"a = " + b"[" * 50_000, "nested too deep"),
        (b"seed = " + b"9" * 5000, "is not TOML"),
        (b"[probe]\ndepth = 0x" + b"f" * 5000, "a number of thousands of digits"),
        (b"[answers]\nprompt = '" + b"x" * 100_000 + b"'", "`answers.prompt` must be a text with"),
        (b'"a\\nsetting fine" = 1', r"`a\nsetting fine` is unknown"),
        (b'"\\u001b[2J" = 1', r"`\x1b[2J` is unknown"),
        (b'"' + b"k" * 500_000 + b'" = 1', "kkk...` is unknown"),
        (b"".join(b"k%d = 1\n" % number for number in range(70_000)), "; and 69,990 more"),
        (b"a." * 200_000 + b"a = 1", "nested too deep"),
        (b"['a' . " + b'"b" . ' * 100_000 + b"a]", "nested too deep"),
        (b"a" * 500_000 + b'"' * 500_000, "is not TOML"),
        (b"a\\." * 250_000, "is not TOML"),
        (b"[pool]\noverlap_words." + b"a." * 20 + b"a = 1", "must be of type int, got {"),
    ],
)
def test_content_that_is_no_settings(path: Path, data: bytes, sentence: str) -> None:
    path.write_bytes(data)
    assert sentence in refused(path)


def test_a_file_that_may_not_be_read(path: Path) -> None:
    path.write_text("seed = 1")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # who may read every file
        os.seteuid(65534)
    try:
        assert "Permission denied" in refused(path)
    finally:
        os.seteuid(user)


def test_a_folder_in_another_store(tmp_path: Path) -> None:
    path = UPath(f"memory://folders{tmp_path}/entropy.toml")
    (path / "inside").mkdir(parents=True)
    with pytest.raises(InvalidParameter, match="is a folder"):
        load_settings(path)


def test_all_faults_are_told_at_once(path: Path) -> None:
    path.write_text(
        'sead = 1\nworkers = -1\n[pool]\noverlap_words = "x"\nvalidation_share = 2\n'
        "[dedup]\nhashes = 99\n[policy]\nmax_blob = 1\nsource_losses = { a = 2, b = 0.5 }\n"
    )
    assert refused(path) == (
        f"{path}: 7 settings are wrong: `sead` is unknown: did you mean `seed`?; "
        "`pool.validation_share` must be a fraction from 0 to 0.5, got 2.0; "
        "`pool.overlap_words` must be of type int, got 'x'; "
        "`dedup.bands` must be a divisor of dedup.hashes, got {'bands': 20, 'hashes': 99}; "
        "`policy.max_blob` is unknown: did you mean `max_blobs`?; "
        "`policy.source_losses` must be fractions from 0 to 1, got {'a': 2.0}; "
        "`workers` must be 0 or more processes, got -1: change them in entropy.toml"
    )


def test_loading_reads_the_file_once_and_keeps_nothing(path: Path) -> None:
    path.write_text("seed = 1")
    before = load_settings(UPath(path))
    path.write_text("seed = 2")
    assert (before.seed, load_settings(UPath(path)).seed) == (1, 2)
    path.unlink()
    assert load_settings(UPath(path)) == Settings()
    assert parse(Settings, {}) == Settings()
