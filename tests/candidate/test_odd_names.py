"""Names that are not UTF-8, of files, folders and people: no drop's name stops the others."""

import os
from pathlib import Path

import pytest

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import discard
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.automation import next_candidate
from entropy_assets.errors import InvalidParameter
from entropy_assets.storage import canonical_json, drop_mark, parse_json
from tests.candidate.small import dataset, deliver, rows
from tests.candidate.test_decided import command, inbox

ODD = os.fsdecode(b"x\xff")


@pytest.fixture
def odd(tmp_path: Path) -> Workspace:
    """A home of an odd name with two drops, one of which has a file and a folder of odd names."""
    workspace = dataset(tmp_path / ODD)
    for name, own in (("odd", range(40)), ("good", range(100, 140))):
        deliver(workspace, name, rows(own))
    folder = inbox(workspace, "odd")
    (folder / ODD).mkdir()
    for number, place in enumerate((folder, folder / ODD)):
        (place / f"{ODD}.jsonl").write_text(f'{{"text": "One row more, number {number}."}}\n')
    return workspace


def test_value_with_such_a_name_reads_back() -> None:
    data = canonical_json([ODD, "\\udcff", "é"])
    assert data == '["x\\udcff","\\\\udcff","é"]'.encode()
    assert parse_json(data) == [ODD, "\\udcff", "é"]


def test_drop_with_such_names_goes_on_and_so_do_the_others(odd: Workspace) -> None:
    before = drop_mark(odd.home.drop("odd"))
    key = next_candidate(odd)
    assert key is not None
    assert key.startswith("@batch-")
    curate(odd, key)
    assert odd.ledger.outcome_words() == {"odd": "promote", "good": "promote"}
    assert set(odd.segment_records(odd.ledger.state())["file"]) >= {"x\\xff.jsonl", "x\\xff/x\\xff.jsonl"}
    assert drop_mark(odd.home.drop("odd")) == before
    for words in (["status"], ["ledger", "verify", "--dataset", "small"]):
        assert command(odd, *words)[0] == 0


def test_link_in_a_home_of_such_a_name_is_bad_input(odd: Workspace) -> None:
    inbox(odd, "link").symlink_to("good")
    entry = curate(odd, "link")
    assert entry is not None
    assert f"{ODD[0]}\\udcff/small/inbox/link is a symbolic link" in entry.reasons[0]["why"]


def test_drop_that_may_not_be_looked_at_stops_no_other(
    odd: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may look at everything, so the system's answer is made up."""
    stat = os.stat

    def refused(path: str | Path, **options: object) -> os.stat_result:
        if "odd" in Path(path).parts[:-1]:
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", refused)
    assert drop_mark(odd.home.drop("odd")) != drop_mark(odd.home.drop("good"))
    assert odd.home.ready_drops() == ["good"]
    assert next_candidate(odd) == "good"


def test_person_must_be_text(odd: Workspace) -> None:
    with pytest.raises(InvalidParameter, match="who and why must be UTF-8"):
        discard(odd, "good", "Ada", ODD)
