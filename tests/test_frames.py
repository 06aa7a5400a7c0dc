"""What is gathered of many frames does not hold on to all of them."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.frames import in_own_memory
from entropy_assets.records import SCHEMA

GATHER = """
import sys
from pathlib import Path
import polars as pl
from entropy_assets.frames import in_own_memory

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

keep = in_own_memory if sys.argv[1] == "own" else (lambda frame: frame)
pl.DataFrame({"text": ["x" * 990 + str(place) for place in range(20_000)]}).write_parquet(sys.argv[2])
before, parts = held(), []
for _ in range(8):
    parts.append(keep(pl.read_parquet(sys.argv[2]).filter(pl.int_range(pl.len()) % 20 == 0)))
print(held() - before)
"""


def gathered(how: str, folder: Path) -> int:
    command = [sys.executable, "-c", GATHER, how, str(folder / "rows.parquet")]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="the system does not tell what is held")
def test_a_twentieth_of_many_frames_takes_a_fraction_of_their_memory(tmp_path: Path) -> None:
    whole, own = gathered("whole", tmp_path), gathered("own", tmp_path)
    assert whole > 100e6, "a filter shares the text, or nothing needs to be copied"
    assert own < whole / 2


def test_rows_of_every_column_come_back() -> None:
    rows = [
        {"id": "a", "kind": "chat", "messages": [{"role": "user", "content": "b"}]},
        {"id": "c", "text": "d"},
    ]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    for own in (frame, frame.head(0), frame.filter(pl.col("id") == "a")):
        assert in_own_memory(own).equals(own)
        assert in_own_memory(own).schema == own.schema
