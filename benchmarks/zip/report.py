"""The table that is printed: what, bar, measured, whether it holds."""

from collections.abc import Mapping

from benchmarks.zip.job import Check, Result

COLUMNS = ("what", "bar", "measured", "holds")


def markdown(results: Mapping[str, Result], *, is_smoke: bool = False) -> str:
    """Return the checks of all rows as a Markdown table, the remarks below it."""
    lines = table_lines(results)
    remarks = [f"* {row}: {remark}" for row, result in results.items() for remark in result.remarks]
    if is_smoke:
        remarks.insert(0, "* smoke run: sizes of seconds, so that neither figure nor verdict means anything")
    return "\n".join([*lines, "", *remarks]) + "\n"


def table_lines(results: Mapping[str, Result]) -> list[str]:
    """Return the lines of the table, head first."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for result in results.values():
        lines += [f"| {' | '.join(map(_cell, _cells(check)))} |" for check in result.checks]
    return lines


def _cells(check: Check) -> tuple[str, str, str, str]:
    measured = "-" if check.measured is None else amount(check.measured, check.unit)
    told = "; ".join(part for part in (measured, check.note, check.skipped) if part)
    return check.what, f"{check.sense} {amount(check.bar, check.unit)}", told, check.holds


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def amount(value: float, unit: str) -> str:
    """Return a figure with four significant digits, or whole where it is large, and its unit."""
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{number} {unit}".rstrip()
