"""What a run holds in memory, and for how long."""

from typing import Any

import polars as pl
import pytest

from entropy_assets.candidate import publish
from entropy_assets.candidate.reference import version_frames, version_records, version_texts
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.publication import layout
from entropy_assets.demo.drops import SECOND
from entropy_assets.errors import StoreDamaged
from entropy_assets.texts import StoredTexts
from tests.homes import Home


def test_a_version_is_written_with_nothing_in_memory_that_was_measured(
    measured: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[list[str]] = []
    before, after = publish.verify_reports, publish.published_rows

    def verified(run: CandidateRun, reports: publish.Reports) -> None:
        before(run, reports)
        held.append([*run.made])

    def rows(run: CandidateRun, *manifests: Any) -> Any:
        held.append([*run.made])
        return after(run, *manifests)

    monkeypatch.setattr(publish, "verify_reports", verified)
    monkeypatch.setattr(publish, "published_rows", rows)
    assert measured.conclude(SECOND).action == "promote"
    judged, written = held
    assert any(name.startswith("pool ") for name in judged), "judging holds the pool"
    assert written == []


def test_a_version_is_read_a_file_at_a_time(measured: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK_ROWS", 64)
    workspace = measured.workspace
    version = measured.conclude(SECOND).state.version or ""
    frames = version_frames(workspace, version, "train")
    files = [*(measured.root / "versions" / version / "data").glob("train-*.parquet")]
    assert [frame.height > 0 for frame in frames(None)] == [False] + [True] * len(files)
    assert len(files) > 1
    whole = version_records(workspace, version, "train")
    assert pl.concat(frames(["source", "id"])).sort("id").equals(whole.select("source", "id"))
    texts, plain = version_texts(workspace, version, "train"), Texts.of(whole)
    assert isinstance(texts.texts, StoredTexts)
    assert (texts.ids, [*texts.texts], texts.strata) == (plain.ids, plain.texts, plain.strata)
    files[0].write_bytes(b"")
    with pytest.raises(StoreDamaged, match="missing, changed"):
        version_frames(workspace, version, "train")
