"""Writes the tables of the documentation that repeat what the code declares, or what was measured.

    python -m docs.tables

A test compares them with the code. What belongs here: tables for pages. What does not: pictures (`draw`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.decision_accuracy import shown as accuracies
from benchmarks.scale.model import cost_table
from docs.mixture_tables import mixtures_tables
from entropy_assets.candidate.selector_table import shown
from entropy_assets.curation.entropy_law import CANDIDATE_CODES, RULES
from entropy_assets.curation.export import LAYOUTS, LOSSES
from entropy_assets.curation.export.tokens import TOKEN_LAYOUTS
from entropy_assets.settings import SCORERS, SELECTORS, Settings
from entropy_assets.settings.declared import declared, default_of, is_stage
from entropy_assets.settings.stage import Stage

DOCS = Path(__file__).resolve().parent
RESULTS = DOCS.parent / "benchmarks" / "results"


def settings_table() -> str:
    """Return every setting with its default, meaning and range, a table a stage."""
    return "\n".join(_stage_lines(Settings)).strip()


def _stage_lines(stage: type[Stage]) -> Iterator[str]:
    """Yield the lines of one class of settings, those of the classes within it behind them."""
    yield f"### `[{stage.TABLE}]`" if stage.TABLE else "### At the top of the file"
    yield from ("", "| key | default | meaning | allowed |", "| --- | --- | --- | --- |")
    within = []
    for name, (hint, key) in declared(stage).items():
        if is_stage(hint):
            within.append(hint)
        elif key is not None:
            default = json.dumps(_default(stage, name), ensure_ascii=False)
            shown = default if len(default) <= 40 else "see `settings show`"
            cells = (f"`{name}`", f"`{shown}`" if shown == default else shown, key.text, key.allowed)
            yield f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |"
    yield ""
    for one in within:
        yield from _stage_lines(one)


def _default(stage: type[Stage], name: str) -> object:
    return default_of(stage.__dataclass_fields__[name])


def rules_table() -> str:
    """Return the rules of the gate: code, on what, what it stands for, what fires it, limit, unit."""
    lines = ["| rule | judges | stands for | fires where it finds | limit in `[policy]` | unit |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for code, rule in RULES.items():
        limits = ", ".join(f"`{name}`" for name in (rule.limit, rule.novel_limit) if name)
        judges = "candidate" if code in CANDIDATE_CODES else "drop"
        cells = (f"`{code}`", judges, rule.stands_for, rule.why, limits, rule.unit)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def scorers_table() -> str:
    """Return the scorers: name with version, what a score says, what it needs, its table of settings."""
    lines = ["| scorer | version | its score | needs | parameters |", "| --- | --- | --- | --- | --- |"]
    for name, one in SCORERS.items():
        table = f"`[{one.params.TABLE}]`" if one.has_params else ""
        lines.append(f"| `{name}` | {one.version} | {one.about} | {', '.join(one.needs)} | {table} |")
    return "\n".join(lines)


def selectors_table() -> str:
    """Return the selectors: name, what is picked, by which score, its table of settings, what it allows."""
    lines = ["| selector | picks | by the scorer | parameters | goes on after a stop | keep, never, quotas |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for name, one in SELECTORS.items():
        table = f"`[{one.params.TABLE}]`" if one.params.TABLE else ""
        cells = (f"`{name}`", one.about, f"`{one.scorer}`" if one.scorer else "", table)
        flags = ("yes" if flag else "no" for flag in (one.resumes, one.constrained))
        lines.append(f"| {' | '.join((*cells, *flags))} |")
    return "\n".join(lines)


def comparisons_tables() -> str:
    """Return the selectors on each pool of `benchmarks.selectors`, and how alike they rank."""
    cases = json.loads((RESULTS / "selectors.json").read_text(encoding="utf-8"))["cases"]
    lines = []
    for name, found in cases.items():
        lines += [f"### {name[0].upper()}{name[1:]}", "", shown(found), ""]
    names = list(next(iter(cases.values()))["selectors"])
    lines += ["### Kendall's tau with `zip`", "", f"| pool | {' | '.join(names[1:])} |"]
    lines += [f"| --- |{' ---: |' * (len(names) - 1)}"]
    for name, found in cases.items():
        taus = found["kendall_tau"][names[0]]
        lines.append(f"| {name} | {' | '.join(f'{taus[other]:+.2f}' for other in names[1:])} |")
    return "\n".join(lines)


def decisions_table() -> str:
    """Return how often cheap figures rank two selections as a fine-tuned model does."""
    return accuracies(json.loads((RESULTS / "decision_accuracy.json").read_text(encoding="utf-8")))


def information_table() -> str:
    """Return where planted floods and noise stand, from `benchmarks.information`."""
    kinds = json.loads((RESULTS / "information.json").read_text(encoding="utf-8"))["kinds"]
    lines = ["| records | of them | without a score | pruned with a tenth | among the highest tenth | AUC |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, one in kinds.items():
        shares = (one["unscored"], one["pruned"], one["highest_tenth"])
        cells = ["-" if share is None else f"{share:.1%}" for share in shares]
        auc = "-" if one["auc"] is None else f"{one['auc']:.3f}"
        lines.append(f"| {name} | {one['records']:,} | {' | '.join(cells)} | {auc} |")
    return "\n".join(lines)


def layouts_table() -> str:
    """Return the layouts of `export`: name, which records, what is written."""
    lines = ["| layout | records | writes |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {layout.kind} | rows |" for name, layout in LAYOUTS.items()]
    lines += [f"| `{name}` | text, chat | {files.about} |" for name, files in TOKEN_LAYOUTS.items()]
    return "\n".join(lines)


def losses_table() -> str:
    """Return why `export` refuses a record."""
    lines = ["| refused as | because |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| `{reason}` | {why} |" for reason, why in LOSSES.items())])


TABLES = {
    ("settings.md", "settings"): settings_table,
    ("commands.md", "layouts"): layouts_table,
    ("commands.md", "losses"): losses_table,
    ("commands.md", "scorers"): scorers_table,
    ("commands.md", "selectors"): selectors_table,
    ("gate.md", "rules"): rules_table,
    ("mixtures.md", "results"): mixtures_tables,
    ("scale.md", "cost"): cost_table,
    ("selectors.md", "comparisons"): comparisons_tables,
    ("selectors.md", "information"): information_table,
    ("selectors.md", "decisions"): decisions_table,
}


def put_between(page: str, mark: str, table: str) -> str:
    """Return a page with a table between its marks `<!-- mark -->` and `<!-- /mark -->`.

    >>> put_between("a <!-- t --> old <!-- /t --> b", "t", "new").split()
    ['a', '<!--', 't', '-->', 'new', '<!--', '/t', '-->', 'b']
    """
    before, rest = page.split(f"<!-- {mark} -->")
    return f"{before}<!-- {mark} -->\n{table}\n<!-- /{mark} -->{rest.split(f'<!-- /{mark} -->')[1]}"


def main() -> None:
    """Write all tables into their pages."""
    for (name, mark), table in TABLES.items():
        path = DOCS / name
        path.write_text(put_between(path.read_text(encoding="utf-8"), mark, table()), encoding="utf-8")


if __name__ == "__main__":
    main()
