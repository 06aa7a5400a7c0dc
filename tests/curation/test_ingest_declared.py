"""What a drop declares of its keys is followed, or refused in one sentence; what meets no row is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.candidate.declaring import declared_with
from entropy_assets.curation.ingest import iter_drop, iter_file
from entropy_assets.errors import InvalidInput
from tests.curation.test_ingest_unread import PAGE, PLAIN, TURNS, A, Q, drop

KNOWN = [
    "hint",
    "facts",
    "table",
    "starter_code",
    "code",
    "choices",
    "options",
    "history",
    "option_a",
    "input",
]


@pytest.mark.parametrize("key", [*KNOWN, "source", "text", "url", "knowledge", "answer_choices"])
def test_a_context_is_read_whatever_else_is_known_of_its_key(tmp_path: Path, key: str) -> None:
    rows = [{**row, key: value} for row in PLAIN[2:] for value in (PAGE, [PAGE, "a"])]
    found = drop(tmp_path / "d", f'context = ["{key}"]', *rows)
    assert found.quarantined.is_empty(), found.quarantined["detail"].to_list()
    turns = [row["messages"] or row["prompt"] for row in found.records.rows(named=True)]
    assert {asked[0]["content"] for asked in turns} == {f"{Q}\n{PAGE}", f"{Q}\n{PAGE}\na"}
    assert not any("drop.toml" in str(note) for note in found.told)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({**PLAIN[2], "choices": {"text": ["a"]}}, "choices is an object, and belongs to the question"),
        ({"messages": TURNS, "choices": PAGE}, "'choices' belongs to a question, which is made of turns"),
        ({"text": PAGE, "choices": "a or b"}, "drop.toml says under context that 'choices' stands behind"),
    ],
)
def test_a_context_that_cannot_be_read_says_why(tmp_path: Path, row: dict[str, Any], why: str) -> None:
    found = drop(tmp_path / "d", 'context = ["choices"]', row)
    assert why in found.quarantined["detail"][0]


@pytest.mark.parametrize("name", ["metadata", "context"])
def test_a_declaration_that_takes_the_answer_away_is_told(tmp_path: Path, name: str) -> None:
    found = drop(tmp_path / "d", f'{name} = ["answer"]', {"question": Q, "answer": A})
    assert "drop.toml takes 'answer' out of them" in found.quarantined["detail"][0]


def test_what_is_declared_to_be_metadata_is_read_as_nothing_else(tmp_path: Path) -> None:
    own = {"id": 7, "source": "mills", "language": "en", "think": PAGE, "weight": 0, "image": "a.png"}
    found = drop(
        tmp_path / "d",
        f"metadata = {json.dumps(list(own))}",
        {**PLAIN[2], **own},
        {"messages": [TURNS[0], {**TURNS[1], "think": PAGE, "weight": 0}]},
    )
    first, second = found.records.rows(named=True)
    assert json.loads(first["metadata"]) == own
    assert (first["row_id"], first["source"], first["language"]) == (None, "a", None)
    assert json.loads(second["metadata"]) == {"message_fields": {"messages.1": {"think": PAGE, "weight": 0}}}
    assert first["id"] == second["id"]
    assert not found.told


def test_a_key_that_no_row_has_is_told_once_for_the_drop(tmp_path: Path) -> None:
    rows = [{**PLAIN[2], "Context": "a"}, {"messages": [{**TURNS[0], "mood": "calm"}, TURNS[1]]}] * 3
    drop(tmp_path / "d", 'context = ["contxt"]\nmetadata = ["mood", "Context", "moods"]', *rows)
    for workers in (1, 2):
        batches = list(iter_drop(tmp_path / "d", "d", 2, workers))
        assert len(batches) == 3
        told = [[str(note) for note in batch.told if note.file == "drop.toml"] for batch in batches]
        assert told[:2] == [[], []]
        assert told[2] == [
            "drop.toml: says 'moods' under metadata, and no row has such a key: mend or remove it",
            "drop.toml: says 'contxt' under context, and no row has such a key: mend or remove it",
        ]


def test_a_file_that_is_named_has_the_declaration_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    drop(folder, 'context = ["zettel"]\nsource = "mills"\nlicence = "MIT"', {**PLAIN[2], "zettel": PAGE})
    (batch,) = iter_file(folder / "a.jsonl", "a")
    (record,) = batch.records.rows(named=True)
    assert record["messages"][0]["content"] == f"{Q}\n{PAGE}"
    assert (record["source"], json.loads(record["metadata"])) == ("mills", {"licence": "MIT"})
    (folder / "drop.toml").write_text("context = 3")
    with pytest.raises(InvalidInput, match=r"`context` in drop\.toml"):
        list(iter_file(folder / "a.jsonl", "a"))
    with pytest.raises(InvalidInput, match=r"`context` in drop\.toml"):
        declared_with(folder / "a.jsonl", None)


def test_a_file_is_delivered_with_the_declaration_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    drop(folder, 'context = ["zettel"]\n', {**PLAIN[2], "zettel": PAGE})
    own = b'context = ["zettel"]\n'
    assert declared_with(folder, None) == {}
    assert declared_with(folder / "a.jsonl", None) == {"drop.toml": own}
    assert declared_with(folder / "a.jsonl", "mills") == {"drop.toml": b'source = "mills"\n' + own}
    (folder / "drop.toml").write_bytes(b'source = "mills"\n')
    assert declared_with(folder / "a.jsonl", "mills") == {"drop.toml": b'source = "mills"\n'}
    with pytest.raises(InvalidInput, match="says source 'mills', and 'kilns' was named"):
        declared_with(folder / "a.jsonl", "kilns")
    (folder / "drop.toml").unlink()
    assert declared_with(folder / "a.jsonl", None) == {}
