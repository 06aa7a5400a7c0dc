"""Files that people's tools write nearly as JSON lines or CSV: read where nothing is guessed at."""

import json
from pathlib import Path

import pytest

from entropy_assets.curation.ingest import read_file

ROWS = [{"prompt": f"Where is oven {n}?", "completion": f'In "{{" hall {n}.'} for n in range(4)]
LINES = [json.dumps(row) for row in ROWS]
FORMS = {
    "pretty.jsonl": "\n".join(json.dumps(row, indent=2) for row in ROWS) + "\n",
    "pretty.json": "\n".join(json.dumps(row, indent="\t") for row in ROWS),
    "windows.jsonl": "\r\n".join(json.dumps(row, indent=2).replace("\n", "\r\n") for row in ROWS),
    "blank.jsonl": "\n\n" + "\n\n".join(json.dumps(row, indent=2) for row in ROWS),
    "concatenated.jsonl": "".join(LINES),
    "twos.jsonl": f"{LINES[0]}{LINES[1]}\n{LINES[2]} {LINES[3]}\n",
    "sequence.jsonl": "".join(f"\x1e{line}\n" for line in LINES),
    "commas.jsonl": ",\n".join(LINES) + "\n",
    "commas_apart.jsonl": "".join(f"{line} ,\r\n" for line in LINES),
    "excel.csv": "\ufeffsep=,\r\nprompt,completion\r\n"
    + "".join(f'{row["prompt"]},"{row["completion"].replace(chr(34), chr(34) * 2)}"\r\n' for row in ROWS),
}


@pytest.mark.parametrize("name", FORMS)
def test_files_of_other_tools_are_the_same_records(tmp_path: Path, name: str) -> None:
    (tmp_path / "plain.jsonl").write_text("\n".join(LINES), encoding="utf-8")
    (tmp_path / name).write_text(FORMS[name], encoding="utf-8", newline="")
    found = read_file(tmp_path / name, drop="d")
    assert found.quarantined.is_empty(), found.quarantined["detail"].to_list()
    assert found.rows_in == len(ROWS)
    assert (
        found.records["id"].to_list() == read_file(tmp_path / "plain.jsonl", drop="d").records["id"].to_list()
    )


def test_a_damaged_object_of_several_lines_costs_itself_alone(tmp_path: Path) -> None:
    damaged = FORMS["pretty.jsonl"].replace('oven 1?"', "oven 1?", 1)
    (tmp_path / "in.jsonl").write_text(damaged, encoding="utf-8")
    found = read_file(tmp_path / "in.jsonl", drop="d")
    assert (found.records.height, found.quarantined["reason"].to_list()) == (3, ["invalid_json"])


def test_lines_stay_lines_where_the_first_is_damaged(tmp_path: Path) -> None:
    broken = [LINES[0][:-1], *LINES[1:], f"{LINES[0]}{LINES[1]}"]
    (tmp_path / "in.jsonl").write_text("\n" + "\n".join(broken), encoding="utf-8")
    found = read_file(tmp_path / "in.jsonl", drop="d")
    assert found.quarantined["line"].to_list() == [2, 6]
    assert "several values stand on one line" in found.quarantined["detail"][1]
    assert found.blank_lines == 1


@pytest.mark.parametrize(
    "row", ['{"text": "a"},,', '{"text": "a"}, {', "\x1e", '\x1e{"text": "a"', ',{"text": "a"}']
)
def test_what_is_no_row_stays_none(tmp_path: Path, row: str) -> None:
    (tmp_path / "in.jsonl").write_text(f'{{"text": "b"}}\n{row}\n', encoding="utf-8")
    found = read_file(tmp_path / "in.jsonl", drop="d")
    assert (found.records.height, found.quarantined["reason"].to_list()) == (1, ["invalid_json"])


def test_another_separator_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("sep=;\nprompt;completion\nWhere?;Here.\n", encoding="utf-8")
    assert read_file(tmp_path / "in.csv", drop="d").quarantined["reason"].to_list() == ["unreadable_header"]
