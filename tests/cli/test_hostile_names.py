"""Names with markup, escape bytes, line feeds and turned writing, in every command that people read."""

import json
import os
import subprocess
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from entropy_assets.cli import app
from entropy_assets.curation.publication.card import Split, card, croissant
from entropy_assets.demo.drops import DAMAGED, FIRST, Row
from entropy_assets.shown import for_json, for_markdown, for_markup, for_script, for_terminal
from tests.candidate.test_delivery import tiny
from tests.homes import SETTINGS, status_rows

__all__ = ["tiny"]

FORGED = "hold     forged: yes"
HOSTILE = f"[red]a[/nope]\x1b[2J\n  {FORGED}\r\u202e<script>alert(1)</script>|`*]\x85\u2028"
LANGUAGE = "[red]\x1b[2J\u202e<script>alert(1)</script>|`*]"  # a name of several words would be text
FILE = HOSTILE.replace("/", "%") + ".jsonl"
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def check(result: Result, code: int = 0) -> str:
    """Check that a command ended as it should and printed only what is seen; return what it printed."""
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    for text in (result.stdout, result.stderr):
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in UNSEEN]
        assert not [line for line in text.splitlines() if line.strip().startswith((FORGED, "forged"))]
    return result.stdout + result.stderr


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def hostile(rows: list[Row]) -> list[dict[str, object]]:
    """Return the rows with the name of one source, all languages and all ids made hostile."""
    source = rows[0]["source"]
    return [
        {**row, "source": HOSTILE, "language": LANGUAGE, "id": HOSTILE + str(n)}
        if row["source"] == source
        else dict(row)
        for n, row in enumerate(rows)
    ]


def write(folder: Path, rows: list[dict[str, object]]) -> Path:
    folder.mkdir(parents=True)
    (folder / FILE).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, stdlib_drops: dict[str, list[Row]]) -> Path:
    """A folder with a home in which a hostile drop is promoted and one is held, and with these drops."""
    folder = tmp_path_factory.mktemp("hostile")
    settings = folder / "home" / "docs" / "entropy.toml"
    settings.parent.mkdir(parents=True)
    name, licence = json.dumps(HOSTILE), json.dumps(HOSTILE)
    settings.write_text(f"{SETTINGS}\n[screening.licences]\n{name} = {licence}\n")
    for drop, code in ((FIRST, 0), (DAMAGED, 3)):
        write(folder / drop, hostile(stdlib_drops[drop]))
        check(invoke("run", folder / drop, "--home", folder / "home", "--dataset", "docs"), code)
    return folder


def test_every_command_on_a_dataset(place: Path) -> None:
    where = ["--home", place / "home", "--dataset", "docs"]
    arriving = place / "home" / "docs" / "inbox" / HOSTILE.replace("/", "%")
    arriving.mkdir(exist_ok=True)
    told = check(invoke("status", "--home", place / "home"))
    assert any(row[1] == "ignored" and row[0].startswith("[red]a") for row in status_rows(told))
    version = check(invoke("versions", "current", *where)).strip()
    check(invoke("versions", "list", *where))
    check(invoke("versions", "show", version, *where))
    check(invoke("versions", "show", HOSTILE, *where), 2)
    check(invoke("versions", "score", version, "accuracy", "0.5", *where))
    check(invoke("versions", "score", version, HOSTILE, "0.5", *where), 2)
    check(invoke("law", *where))
    check(invoke("law", *where, "--json"))
    check(invoke("policy", "replay", *where))
    check(invoke("policy", "replay", *where, "--json"))
    check(invoke("index", "rebuild", *where))
    check(invoke("drop", "split", DAMAGED, *where, "--rules", "blobs"))
    check(invoke("drop", "split", HOSTILE, *where), 2)
    check(invoke("drop", "split", DAMAGED, *where, "--rules", HOSTILE), 2)
    check(invoke("run", place / FIRST, *where, "--json"))
    for name in ("status", "law"):
        check(invoke(name, "--home", place / HOSTILE.replace("/", "%")), 2)
    settings = place / "hostile.toml"
    settings.write_text(f"[policy]\n{json.dumps(HOSTILE)} = 1\n")
    check(invoke("policy", "replay", *where, "--settings", settings), 2)


def test_every_command_on_files(place: Path, tmp_path: Path) -> None:
    drop, records = place / FIRST, tmp_path / (FILE + ".parquet")
    check(invoke("ingest", drop, "--out", records, "--workers", 1))
    shown = check(invoke("dedup", drop, "--out", tmp_path / "a", "--pairs", tmp_path / "b", "--workers", 1))
    assert "[red]a[/nope]" in shown  # no markup, and not eaten
    check(invoke("export", records, "--layout", "messages", "--out", tmp_path / FILE))
    select = ["select", drop / FILE, "--budget", 20, "--out", tmp_path / ("x" + FILE), "--workers", 1]
    assert "&lt;script&gt;" in check(invoke(*select)) or "script" not in check(invoke(*select))
    check(invoke(*select, "--quota", HOSTILE), 2)
    check(invoke("ingest", tmp_path / HOSTILE.replace("/", "%"), "--out", records), 2)
    check(invoke("run", tmp_path / HOSTILE.replace("/", "%"), "--home", tmp_path), 2)


def test_a_disk_that_fails_is_one_sentence(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "drop.jsonl").write_text('{"text": "One row of text."}\n')
    subprocess.run(["mount", "-o", "remount,ro", str(tiny)], check=True)
    for arguments in (("run", tmp_path / "drop.jsonl"), ("demo", "--records", 10)):
        result = invoke(*arguments, "--home", tiny)
        assert result.exit_code == 1, result.output
        assert "Read-only file system" in result.stderr.splitlines()[-1]


def test_a_full_disk_is_one_sentence(tiny: Path, tmp_path: Path) -> None:
    rows = "".join(json.dumps({"text": f"Row {n} of some text. " * 40}) + "\n" for n in range(20_000))
    (tmp_path / "drop.jsonl").write_text(rows)
    out = ["--out", tiny / "out.jsonl"]
    ingest = ["ingest", tmp_path / "drop.jsonl", "--out", tmp_path / "records.parquet", "--workers", 1]
    check(invoke(*ingest))
    for arguments in (
        ["run", tmp_path / "drop.jsonl", "--home", tiny],
        ["select", tmp_path / "drop.jsonl", "--budget", 19_000, "--selector", "random", "--no-compare", *out],
        ["export", tmp_path / "records.parquet", "--layout", "text", *out],
    ):
        result = invoke(*arguments)
        assert result.exit_code in (1, 2), result.output
        assert "No space left on device" in result.stderr.splitlines()[-1]
        assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["pipe.parquet", "pipe.jsonl"])
def test_a_pipe_is_never_waited_for(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    os.mkfifo(folder / name)
    rows = tmp_path / "rows.parquet"
    for path in (folder, folder / name):
        assert invoke("run", path, "--home", tmp_path / "home").exit_code == 2
        dedup = ["dedup", path, "--out", tmp_path / "a", "--pairs", tmp_path / "b", "--workers", 1]
        check(invoke(*dedup), 2)
        check(invoke("select", path, "--budget", 1, "--out", tmp_path / "x", "--workers", 1), 2)
        check(invoke("export", path, "--layout", "text", "--out", tmp_path / "x.jsonl"), 2)
    check(invoke("ingest", folder, "--out", rows, "--workers", 1), 2)
    check(invoke("ingest", folder / name, "--out", rows, "--workers", 1), 2)


def test_the_card_of_the_version_holds_no_markup(place: Path) -> None:
    (folder,) = (place / "home" / "docs" / "versions").iterdir()
    for name in ("README.md", "croissant.json"):
        text = (folder / name).read_text()
        assert "<script>" not in text
        assert FORGED not in [line.strip() for line in text.splitlines()]
    assert "&lt;script&gt;" in (folder / "README.md").read_text()


SPLITS = [Split("train", {"data/train-0.parquet": "0" * 64}, 1_000, 9_000)]


@given(st.text(), st.text())
def test_no_text_leaves_its_place_in_a_card(text: str, other: str) -> None:
    counts = dict.fromkeys(("secrets", "emails", "phones", "cards"), 0)
    source = {"source": text, "licence": other, "records": 9, "languages": {other: 9}, **counts}
    plain = {"source": "a", "licence": "b", "records": 9, "languages": {"en": 9}, **counts}
    made = card(text, other, SPLITS, {text: other}, (other,), [source])
    like = card("a", "v", SPLITS, {"x": "y"}, ("d",), [plain])
    _, front, body = made.split("---\n", 2)
    assert len(body.splitlines()) == len(like.split("---\n", 2)[2].splitlines())
    assert yaml.safe_load(front)["pretty_name"] == for_terminal(f"{text} {other}")
    assert "<" not in body
    (row,) = [line for line in body.splitlines() if line.endswith("| 9 | 0 | 0 | 0 | 0 |")]
    assert len(row.replace("\\\\", "").replace("\\|", "").split("|")) == 10
    value = json.loads(croissant(text, other, SPLITS))
    assert value["name"] == text
    assert not set("<>&") & set(croissant(text, other, SPLITS))


def test_the_front_matter_takes_codes_of_languages_only() -> None:
    counts = dict.fromkeys(("secrets", "emails", "phones", "cards"), 0)
    languages = {"en": 5, "zh-Hant": 5, "a\n---\nb": 5, "<b>": 5}
    source = {"source": "a", "licence": None, "records": 20, "languages": languages, **counts}
    front = yaml.safe_load(card("n", "v", SPLITS, {}, ("a",), [source]).split("---\n")[1])
    assert front["language"] == ["en", "zh-Hant"]


@given(st.text())
def test_a_line_stays_one_line_and_shows_what_it_holds(text: str) -> None:
    shown = for_terminal(text)
    assert shown.splitlines() == [shown] or not text
    assert not [c for c in shown if unicodedata.category(c) in UNSEEN]
    assert "\x1b" not in for_markup(text)
    assert not set("<>\"'") & set(for_markup(text))


@given(st.recursive(st.none() | st.text() | st.floats(allow_nan=False), st.lists, max_leaves=5))
def test_json_reads_back(value: object) -> None:
    for text in (for_json(value), for_json(value, indent=None), for_script(value)):
        assert json.loads(text) == value
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in UNSEEN]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name_of-a.source", "plain name_of-a.source"),
        ("_a_ __b__", r"\_a\_ \_\_b\_\_"),
        ("![x](javascript:y)", r"!\[x\](javascript:y)"),
        ("https://evil.org www.evil.org a@b.c", "https&#58;//evil.org www&#46;evil.org a&#64;b.c"),
        ("&lt; \\", r"&amp;lt; \\"),
        ("~~x~~ $y$ `z`", r"\~\~x\~\~ \$y\$ \`z\`"),
        ("a\nb", r"a\\nb"),
    ],
)
def test_markdown_shows_what_the_text_holds(text: str, shown: str) -> None:
    assert for_markdown(text) == shown
