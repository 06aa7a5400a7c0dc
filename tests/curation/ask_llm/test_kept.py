"""The file of answers: it is one, and one process has it."""

import subprocess
import sys
from pathlib import Path

import pytest

from entropy_assets.curation.ask_llm import KeptAnswers, Reply
from entropy_assets.errors import InvalidInput, StorageConflict


def test_a_file_of_something_else_is_refused_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    for data in (b'{"instruction": "a", "output": "b"}\n', b"\x00\xff\x01", b'{"record":"a"}\n', b"{}"):
        path.write_bytes(data)
        with pytest.raises(InvalidInput, match="is to hold the answers of a model and holds something else"):
            KeptAnswers(path, "m", "q")
        assert path.read_bytes() == data
    for data in (b"", b"\n", b'{"record":"a","mo'):
        path.write_bytes(data)
        with KeptAnswers(path, "m", "q") as kept:
            kept.put("a", Reply(-0.5, -1.0, 1, 1))
        with KeptAnswers(path, "m", "q", only_read=True) as kept:
            assert kept.get("a") == Reply(-0.5, -1.0, 1, 1)


def test_one_process_at_a_time_asks_with_a_file(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    with KeptAnswers(path, "m", "q", only_read=True):
        assert not path.exists()
    code = (
        "import sys, time; from pathlib import Path\n"
        "from entropy_assets.curation.ask_llm import KeptAnswers\n"
        f"kept = KeptAnswers(Path({str(path)!r}), 'm', 'q'); print('here', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StorageConflict, match="another command asks with"):
            KeptAnswers(path, "m", "q")
        KeptAnswers(path, "m", "q", only_read=True)
        other.kill()
    with KeptAnswers(path, "m", "q"):
        pass
