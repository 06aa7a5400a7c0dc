"""The command `law`: the law as it stands, and the versions beside their scores."""

from typing import Any

from entropy_assets.candidate.law_history import LawReport, LawStands, law_report
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.plain_tables import make_table, print_table
from entropy_assets.cli.printing import say, say_json
from entropy_assets.curation.entropy_law import RankCorrelation, VersionPlace


def print_law(workspace: Workspace, as_json: bool) -> None:
    """Print the law report of a dataset.

    Parameters
    ----------
    workspace
        The dataset.
    as_json
        Whether to print one JSON object.

    Raises
    ------
    InvalidInput
        The ledger, a version's manifest or a recorded score is missing or damaged.
    """
    report = law_report(workspace)
    if as_json:
        say_json(report.to_json())
        return
    if report.law is None:
        say("no promoted candidate has a law yet")
    else:
        _print_line(report.law)
    for note in report.notes:
        say(f"no law of {note}")
    if report.versions:
        say("")
        _print_versions(report)
        say("")
        _print_correlations(report.correlations)


def _print_line(law: LawStands) -> None:
    fit = law.fit
    say(f"law of {law.version} (candidate {law.candidate}), fitted on its parent's pool")
    say(
        f"  L = {fit.intercept_bpb:.4f} {fit.slope_bpb:+.4f} ln R, bits per byte; band ± "
        f"{fit.half_width_bpb:.4f}, which covers {fit.coverage:.0%} of {len(fit.points)} points left out"
    )
    table = make_table("point", "R zstd_long", "L", "residual", "in band")
    for row in fit.rows():
        table.add_row(row["origin"], *_cells(row))
    for name, place in law.places.items():
        table.add_row(name, *_cells(place), style="bold")
    print_table(table)


def _cells(place: dict[str, Any]) -> tuple[str, ...]:
    inside = "yes" if place["inside"] else "no"
    residual = f"{place['residual_bpb']:+.4f}"
    return f"{place['ratio']:.3f}", f"{place['loss_bpb']:.4f}", residual, inside


def _print_versions(report: LawReport) -> None:
    table = make_table("version", "R zstd_long", "L", "residual", "held-out", *report.higher_is_worse)
    for one in report.versions:
        mark = "*" if one.from_scratch else ""
        scores = [_figure(one.scores.get(name), ".6g") for name in report.higher_is_worse]
        table.add_row(one.version, *_own(one, mark), *scores)
    print_table(table)
    if any(one.from_scratch for one in report.versions):
        say("* from scratch, without a parent's checkpoint: in no correlation")
    worse = [name for name, is_worse in report.higher_is_worse.items() if is_worse]
    if worse:
        say(f"higher is worse: {', '.join(worse)}")


def _own(one: VersionPlace, mark: str) -> tuple[str, ...]:
    loss, heldout = (_figure(value, ".3f") for value in (one.loss_bpb, one.heldout_bpb))
    return _figure(one.ratio, ".3f"), loss + mark, _figure(one.residual_bpb, "+.4f"), heldout + mark


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _print_correlations(correlations: tuple[RankCorrelation, ...]) -> None:
    table = make_table("score", "with", "Spearman", "p", "n", "")
    names = {"ratio": "R", "loss_bpb": "L", "residual_bpb": "residual"}
    for one in correlations:
        rho, p = _figure(one.rho, "+.3f"), _figure(one.p_value, ".3g")
        table.add_row(one.score, names[one.figure], rho, p, str(one.n), one.why)
    print_table(table)
    say("Scores are counted so that higher is better: the law expects negative correlations.")
