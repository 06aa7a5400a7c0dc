"""README and pages are true: every command, asset, file, test and link that they name exists."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from upath import UPath

from benchmarks.gate_power.table import markdown
from benchmarks.zip.job import Result
from benchmarks.zip.report import table_lines
from docs.tables import TABLES, put_between
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset

RESULTS = "benchmarks/results/zip.json"
GATE = "benchmarks/results/gate_test.json"
ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
EVIDENCE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
MAX_WORDS = 1500
# Words at which a reader stops, with what is meant by them.
STOP_WORDS = {
    "told": "said, shown, reported",
    "speaks about": "judges, is about",
    "speak about": "judge, are about",
    "own": "leave it out, or name whose it is",
    "sits no exam": "is not measured on held-out data",
}

pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def spans(text: str) -> list[str]:
    """Return what stands in back quotes outside of code blocks, each once."""
    return list(dict.fromkeys(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))))


def cli_paths() -> dict[str, set[str]]:
    """Return command -> its options, sub-commands as `versions list`."""
    found: dict[str, set[str]] = {}
    command = get_command(app)
    for name, child in command.commands.items():
        for sub, leaf in getattr(child, "commands", {"": child}).items():
            options = {
                option for parameter in leaf.params for option in (*parameter.opts, *parameter.secondary_opts)
            }
            found[f"{name} {sub}".strip()] = options | {"--help"}
    return found


def used_commands(text: str) -> list[str]:
    """Return the lines of code blocks and the spans that call `entropy-assets`."""
    blocks = re.findall(r"```(?:sh|console|text)?\n(.*?)```", text, re.DOTALL)
    lines = [
        line.removeprefix("$ ").split("  #")[0].strip() for block in blocks for line in block.split("\n")
    ]
    return [line for line in [*lines, *spans(text)] if line.startswith("entropy-assets ")]


def fault_of_command(line: str) -> str | None:
    """Return what is wrong with a command; None where it and its options exist."""
    words = line.split()[1:]
    if words == ["--help"]:
        return None
    known = cli_paths()
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    if name not in known:
        return f"no command {name!r}"
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    return f"no options {sorted(options - known[name])}" if options - known[name] else None


def missing_paths(text: str) -> list[str]:
    """Return the paths of the repository that a page names in back quotes and that are not there."""
    named = {span for span in spans(text) if re.fullmatch(r"\.?[\w-]+(/[\w.-]+)+/?(::\w+)?", span)}
    top = {path.name for path in ROOT.iterdir() if path.name not in ("var", ".venv")}
    missing = []
    for span in sorted(named):
        path, _, test = span.partition("::")
        if path.split("/")[0] not in top:
            continue  # a folder of a dataset, or a path on a user's machine
        if not (ROOT / path).exists() or (test and f"def {test}(" not in text_of(ROOT / path)):
            missing.append(span)
    return missing


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def broken_links(path: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and anchor not in anchors(text_of(there))):
            broken.append(target)
    return broken


@pages
def test_every_command_exists_with_its_options(path: Path) -> None:
    assert [
        f"{line}: {why}" for line in used_commands(text_of(path)) if (why := fault_of_command(line))
    ] == []


def test_commands_that_do_not_exist_are_found() -> None:
    assert fault_of_command("entropy-assets rnu path") == "no command 'rnu'"
    assert fault_of_command("entropy-assets run path --jsno") == "no options ['--jsno']"
    assert used_commands("```sh\nentropy-assets run a  # --not an option\n```") == ["entropy-assets run a"]


def test_every_command_has_a_line_on_the_page_of_commands() -> None:
    page = text_of(ROOT / "docs" / "commands.md")
    assert [name for name in cli_paths() if name not in page] == []
    assert len(used_commands(README)) >= 10


@pages
def test_every_make_verb_exists(path: Path) -> None:
    makefile = text_of(ROOT / "Makefile")
    verbs = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    code = "\n".join([*spans(text_of(path)), *re.findall(r"```sh\n(.*?)```", text_of(path), re.DOTALL)])
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= verbs


def test_the_readme_names_what_ci_calls() -> None:
    called = re.findall(r"^make ([a-z-]+)$", text_of(ROOT / ".ci" / "run"), re.MULTILINE)
    assert called == ["check", "test"]
    assert {"demo", "ui", *called} <= set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE))


@pages
def test_every_file_and_test_exists(path: Path) -> None:
    assert missing_paths(text_of(path)) == []


def test_files_and_tests_that_do_not_exist_are_found() -> None:
    text = "`docs/nowhere.md` `tests/test_readme.py::test_nothing` `docs/gate.md` `inbox/drop/`"
    assert missing_paths(text) == ["docs/nowhere.md", "tests/test_readme.py::test_nothing"]
    assert len([span for span in spans(README) if "::test_" in span]) >= 10


@pages
def test_every_link_leads_somewhere(path: Path) -> None:
    assert broken_links(path) == []


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[a](#a-title) [b](#another) [c](page.md#a-title) [d](gone.md)")
    assert broken_links(page) == ["#another", "gone.md"]


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(README.split()) <= MAX_WORDS
    linked = set(re.findall(r"\]\(([\w./]+\.md)\)", README))
    assert {str(path.relative_to(ROOT)) for path in PAGES} - {"README.md"} <= linked


@pages
def test_no_word_makes_a_reader_stop(path: Path) -> None:
    prose = re.sub(r"```.*?```|`[^`\n]+`|<!-- settings -->.*", "", text_of(path), flags=re.DOTALL).lower()
    found = [word for word in STOP_WORDS if re.search(rf"\b{word}\b", prose)]
    assert {word: STOP_WORDS[word] for word in found} == {}


def test_every_asset_and_check_is_named() -> None:
    workspace = Workspace(UPath("nowhere"), "docs")
    graph = build_dataset(Dataset(workspace)).resolve_asset_graph()
    assert {key.path[-1] for key in graph.get_all_asset_keys()} <= set(spans(README))
    everywhere = {span for path in PAGES for span in spans(text_of(path))}
    assert {check.name for key in graph.asset_check_keys for check in [key]} <= everywhere


def test_the_table_of_zip_is_that_of_the_benchmark() -> None:
    rows = json.loads((ROOT / RESULTS).read_text(encoding="utf-8"))["rows"]
    lines = table_lines({row: Result.from_json(found) for row, found in rows.items() if found["checks"]})
    assert len(lines) > 10
    assert EVIDENCE.split("<!-- zip -->\n")[1].split("\n<!-- /zip -->")[0] == "\n".join(lines)
    assert f"`{RESULTS}`" in EVIDENCE


def test_the_table_of_the_gate_is_what_was_measured() -> None:
    found = json.loads((ROOT / GATE).read_text(encoding="utf-8"))
    assert found["verdicts"] == found["planned"]
    page = text_of(ROOT / "docs" / "gate.md")
    assert page.split("<!-- table -->\n")[1].split("\n<!-- /table -->")[0] == markdown(found)


def test_the_figures_of_the_gate_are_those_of_the_table() -> None:
    found = json.loads((ROOT / GATE).read_text(encoding="utf-8"))
    bars = {row["what"]: row for row in found["bars"]}
    assert f"{found['verdicts'] - found['failed']:,} drops of `make bench-gate" in README
    for told, held, either in (
        ("20 % of 800 rows damaged, unseen kinds", "held", "mechanisms never used, 20%"),
        ("10 %", "held", "mechanisms never used, 10%"),
    ):
        alone, both = bars[f"{either}, {held}"], bars[f"{either}, held or asked"]
        assert f"| {told} | {alone['hits']} | {both['hits']} | {both['of']} |" in README
    held, asked = (bars[f"good drops {word}, random draws"] for word in ("held", "asked about"))
    row = f"| {held['hits']} | {held['hits'] + asked['hits']} | {held['of']} |"
    assert f"| good, drawn like the pool {row}" in README
    natural = bars["good drops held, natural classes together"]
    assert f"forms, versions, sources | {natural['hits']} | " in README
    assert f"| {natural['of']} |" in README
    small = bars["drops of 80 to 200 rows, 20%, held or asked"]
    whole = bars["one source of three destroyed, held"]
    assert f"| {small['hits']} | {small['of']} |" in README
    assert f"| one source destroyed | {whole['hits']} | {whole['hits']} | {whole['of']} |" in README


@pytest.mark.parametrize(("name", "mark"), list(TABLES), ids=lambda part: str(part))
def test_tables_say_what_the_code_declares(name: str, mark: str) -> None:
    page = text_of(ROOT / "docs" / name)
    assert put_between(page, mark, TABLES[name, mark]()) == page, "run `make docs`"
