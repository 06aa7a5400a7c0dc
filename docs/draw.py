"""Draws the pictures of the documentation from what they show, so that they stay true.

    python -m docs.draw                  # all pictures, the verdict from docs/verdict.json
    python -m docs.draw --home var       # takes the verdict on docs-damaged from a run of `make demo` first

`graph.svg` is the asset graph, `floors.svg` the layers that import-linter checks, `verdict.svg` a held drop
of the demo. A test draws them again and compares.

What belongs here: drawing for the documentation. What does not: the pictures of results (`charts`).
"""

import argparse
import ast
import json
import tomllib
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets.candidate.manifests import LawReport
from entropy_assets.candidate.verdict import judge_under
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import RULES
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset
from entropy_assets.settings import PolicySettings

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
VERDICT = DOCS / "verdict.json"
INK, SOFT, LINE, BOX = "#1e293b", "#64748b", "#94a3b8", "#f1f5f9"
GOOD, NOTED, BAD = "#0f766e", "#b45309", "#b91c1c"
FONT = "font-family='ui-sans-serif, Helvetica, Arial, sans-serif'"


def svg(width: int, height: int, shapes: Iterable[str]) -> str:
    """Return a picture on white, with an arrow head for lines that want one."""
    head = (
        "<defs><marker id='head' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' "
        f"orient='auto'><path d='M0 0 L8 4 L0 8 z' fill='{LINE}'/></marker></defs>"
    )
    body = "\n".join(shapes)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' {FONT}>\n"
        f"{head}<rect width='{width}' height='{height}' fill='white'/>\n{body}\n</svg>\n"
    )


def text(x: float, y: float, words: str, size: int = 13, colour: str = INK, more: str = "") -> str:
    """Return one line of text; `more` holds further attributes."""
    return f"<text x='{x:g}' y='{y:g}' font-size='{size}' fill='{colour}' {more}>{escape(words)}</text>"


def box(x: float, y: float, width: float, height: float, fill: str = BOX, edge: str = LINE) -> str:
    """Return a box with round corners."""
    place = f"x='{x:g}' y='{y:g}' width='{width:g}' height='{height:g}'"
    return f"<rect {place} rx='6' fill='{fill}' stroke='{edge}'/>"


# Row of an asset, and its column: 0 is the way of a drop, 1 what is made beside it.
PLACES = {
    "raw_records": (0, 0),
    "quarantined_rows": (0, 1),
    "deduped_records": (1, 0),
    "duplicate_pairs": (1, 1),
    "screened_records": (2, 0),
    "screened_out": (2, 1),
    "drop_report": (3, 0),
    "pool": (4, 0),
    "keep_rates": (4, 1),
    "record_scores": (5, 0),
    "selector_comparison": (5, 1),
    "domain_mixture": (6, 0),
    "mixture_law": (6, 1),
    "selection": (7, 0),
    "random_control": (7, 1),
    "probe_report": (8, 0),
    "entropy_law_report": (9, 0),
    "dataset_version": (10, 0),
}
SAID = {
    "raw_records": "records in one form",
    "quarantined_rows": "rows that cannot become records",
    "deduped_records": "one of several copies",
    "duplicate_pairs": "each removed record and its keeper",
    "screened_records": "languages, secrets, licences",
    "screened_out": "what a setting removes, and why",
    "drop_report": "each drop beside promoted data",
    "pool": "live drops + those let in",
    "keep_rates": "on demand: how much to keep",
    "selector_comparison": "on demand: selectors beside each other",
    "record_scores": "once a drop, where it picks by them",
    "mixture_law": "on demand: loss over shares",
    "domain_mixture": "how much of each source",
    "selection": "the picks, in their order",
    "random_control": "random, length, all beside it",
    "probe_report": "first-epoch and held-out loss",
    "entropy_law_report": "all that is judged",
    "dataset_version": "judges again; ledger entry",
}


def graph_picture() -> str:
    """Return the asset graph of one dataset; edges that others imply are left out."""
    workspace = Workspace(UPath("nowhere"), "main")
    graph = build_dataset(Dataset(workspace)).resolve_asset_graph()
    parents = {
        key.path[-1]: {parent.path[-1] for parent in graph.get(key).parent_keys}
        for key in graph.toposorted_asset_keys
    }
    checks = {
        key.path[-1]: sorted(check.name for check in graph.get(key).check_keys)
        for key in graph.toposorted_asset_keys
    }
    if parents.keys() != PLACES.keys():
        raise SystemExit(f"give a place to {sorted(parents.keys() ^ PLACES.keys())} in docs/draw.py")
    shapes = [text(110, 26, "inbox/<drop>/ with _SUCCESS", 13, SOFT, "text-anchor='middle'")]
    shapes.append(_arrow(110, 32, 110, 48))
    for name in parents:
        for parent in direct(parents, name):
            shapes.append(_edge(parent, name))
    # The first step reads a drop and writes both.
    shapes.append(_arrow(210, 71, 310, 71))
    for name, own in checks.items():
        x, y = _corner(name)
        strong = name == "dataset_version"
        shapes.append(box(x, y, 200, 42, "#ccfbf1" if strong else BOX, GOOD if strong else LINE))
        shapes.append(text(x + 100, y + 18, name, 13, INK, "font-weight='600' text-anchor='middle'"))
        shapes.append(text(x + 100, y + 34, SAID[name], 11, SOFT, "text-anchor='middle'"))
        for number, check in enumerate(own):
            shapes.append(text(540, y + 14 + 14 * number, f"✓ {check}", 12, GOOD))
    shapes.append(text(540, 26, "blocking checks", 12, SOFT))
    return svg(720, 66 * (max(row for row, _ in PLACES.values()) + 1) + 50, shapes)


def direct(parents: Mapping[str, set[str]], name: str) -> list[str]:
    """Return the parents of an asset that are not ancestors of another of its parents, sorted.

    >>> direct({"a": set(), "b": {"a"}, "c": {"a", "b"}}, "c")
    ['b']
    """

    def above(one: str) -> set[str]:
        return parents[one].union(*(above(parent) for parent in parents[one]))

    implied: set[str] = set().union(*(above(parent) for parent in parents[name]))
    return sorted(parents[name] - implied)


def _corner(name: str) -> tuple[int, int]:
    row, column = PLACES[name]
    return 10 + column * 300, 50 + row * 66


def _edge(parent: str, name: str) -> str:
    (x, y), (to_x, to_y) = _corner(parent), _corner(name)
    if y == to_y:
        return _arrow(x + 200, y + 21, to_x, to_y + 21)
    if x == to_x:
        return _arrow(x + 100, y + 42, to_x + 100, to_y)
    if to_y - y > 2 * 66:  # round the boxes between, not behind them
        return _arrow(x + 200, y + 21, to_x + 200, to_y + 21, around=x + 215)
    return _arrow(x + (150 if x < to_x else 100), y + 42, to_x + (150 if to_x < x else 60), to_y)


def _arrow(x: float, y: float, to_x: float, to_y: float, around: float | None = None) -> str:
    """Return an arrow, straight or by way of a vertical line at x = `around`."""
    way = "" if around is None else f"H{around:g}V{to_y:g}"
    return (
        f"<path d='M{x:g} {y:g}{way}L{to_x:g} {to_y:g}' fill='none' stroke='{LINE}' marker-end='url(#head)'/>"
    )


def floors_picture() -> str:
    """Return the layers of import-linter's first contract, each module with the first line about it."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        layers = tomllib.load(file)["tool"]["importlinter"]["contracts"][0]["layers"]
    shapes, y = [], 10
    for layer in layers:
        modules = [name for name in layer.split(" : ") if _source(name).exists()]
        height = 18 * len(modules) + 12
        shapes.append(box(10, y, 780, height))
        for number, name in enumerate(modules):
            line = y + 20 + 18 * number
            shapes.append(text(22, line, name.removeprefix("entropy_assets."), 13, INK, "font-weight='600'"))
            shapes.append(text(130, line, _first_line(name), 12, SOFT))
        y += height + 6
    return svg(800, y + 4, shapes)


def _source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _first_line(module: str) -> str:
    said = (ast.get_docstring(ast.parse(_source(module).read_text(encoding="utf-8"))) or "").split("\n")[0]
    said = said.replace("`", "").replace("**", "")
    return said if len(said) <= 108 else f"{said[:106].rsplit(' ', 1)[0]} …"


def take_verdict(home: Path, drop: str = "docs-damaged") -> None:
    """Write what was measured on a drop of the demo into `docs/verdict.json`."""
    report = Workspace(UPath(home.absolute()), "demo").load(LawReport, drop)
    kept = {"measurements", "off", "screened"}
    value = {"drop": drop, "report": report.model_dump(mode="json", include=kept)}
    VERDICT.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def verdict_picture() -> str:
    """Return the verdict on the stored measurements under today's rules and default limits.

    A bar is the value, a whisker `confidence` standard errors beyond it, both as a share of the limit. What
    a rule measured of single sources too is not shown: of the whole drop it says enough.
    """
    stored = json.loads(VERDICT.read_text(encoding="utf-8"))
    policy = PolicySettings()
    verdict = judge_under(policy, stored["report"], first=False, overrides=())
    told = {(one.code, one.scope): one.stands_for for one in (*verdict.reasons, *verdict.notes)}
    measured = stored["report"]["measurements"]
    rows = [row for row in measured if row["code"] in RULES and not row["scope"].startswith("source ")]
    rows.sort(key=lambda row: (tuple(RULES).index(row["code"]), row["scope"]))
    shapes = [text(14, 26, f"{stored['drop']}: {verdict.outcome}", 16, INK, "font-weight='700'")]
    shapes.append(text(330, 26, "share of the limit; whisker: what noise could hide", 12, SOFT))
    start, scale, y = 250, 180, 44
    for row in rows:
        shapes += _measured(row, policy, told.get((row["code"], row["scope"])), start, scale, y)
        y += 22
    shapes.append(
        f"<line x1='{start + scale}' y1='36' x2='{start + scale}' y2='{y}' stroke='{INK}' "
        "stroke-dasharray='4 3'/>"
    )
    shapes.append(text(start + scale, y + 14, "limit", 12, INK, "text-anchor='middle'"))
    off = ", ".join(code for code in stored["report"]["off"])
    if off:
        shapes.append(text(14, y + 32, f"not measured, with the reason: {off}", 12, SOFT))
    return svg(800, y + 44, shapes)


def _measured(
    row: Mapping[str, Any], policy: PolicySettings, told: str | None, start: int, scale: int, y: int
) -> list[str]:
    """Return the bar of one measurement, in the colour of what follows from it."""
    rule = RULES[row["code"]]
    limit = getattr(policy, (rule.novel_limit if row["scope"] == "novel" else "") or rule.limit)
    limit = max(limit, row.get("natural") or 0.0)  # as far as sound parts of the pool reach
    value, noise = row["value"] / limit, policy.confidence * row["standard_error"] / limit
    width = min(max(value, 0), 2.1) * scale
    end = min(max(value, 0) + noise, 2.2) * scale
    colour = {None: GOOD, "note": NOTED, "ask": NOTED, "hold": BAD}[told]
    name = row["code"] if row["scope"] in ("drop", "candidate") else f"{row['code']}, {row['scope']}"
    name += {None: "", "note": ": a note", "ask": ": asks", "hold": ": holds"}[told]
    return [
        text(14, y + 12, name if len(name) < 36 else f"{name[:34]}…", 12, colour if told else INK),
        f"<rect x='{start}' y='{y + 2}' width='{max(width, 1.5):.1f}' height='12' rx='2' fill='{colour}'/>",
        f"<line x1='{start + width:.1f}' y1='{y + 8}' x2='{start + end:.1f}' y2='{y + 8}' stroke='{INK}'/>",
        text(
            start + 2.25 * scale, y + 12, f"{row['value']:.3g} of {limit:.3g}", 12, colour if told else SOFT
        ),
    ]


PICTURES = {"graph.svg": graph_picture, "floors.svg": floors_picture, "verdict.svg": verdict_picture}


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the documentation.")
    parser.add_argument("--home", type=Path, help="ENTROPY_HOME of a demo, whose verdict is taken over")
    home = parser.parse_args().home
    if home is not None:
        take_verdict(home)
    for name, draw in PICTURES.items():
        (DOCS / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
