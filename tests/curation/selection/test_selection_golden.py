"""The picks of the official script, in order (USTC-StarTeam/ZIP, commit f77b0b5, zlib 1.2.13)."""

import io
import json
from pathlib import Path

import zstandard

from entropy_assets.curation.selection import ZipParams, official_json, select_official


def test_small_pool(shared: Path) -> None:
    records = json.loads((shared / "golden" / "pool_1600.json").read_text(encoding="utf-8"))
    expected = json.loads((shared / "golden" / "picks_1600.json").read_text(encoding="utf-8"))
    selection = select_official(records, 240, params=ZipParams(400, 40, 20), workers=2)
    assert [records[index]["id"] for index in selection.ranking] == expected
    assert [record["id"] for record in json.loads(official_json(records, selection.ranking))] == expected


def test_large_pool_with_the_scripts_defaults(shared: Path) -> None:
    packed = (shared / "golden" / "pool_30155.json.zst").read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed)) as stream:
        records = json.loads(stream.read())
    expected = json.loads((shared / "golden" / "picks_30155.json").read_text(encoding="utf-8"))
    selection = select_official(records, 200, workers=2)  # all 600 are a row of `make bench-zip`
    assert [records[index]["id"] for index in selection.ranking] == expected[:200]
