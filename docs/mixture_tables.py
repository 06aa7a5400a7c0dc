"""Tables of the page on mixtures, from what `benchmarks.mixtures` and `benchmarks.mixture_bars` measured.

What belongs here: how these figures are shown. What does not: which page they stand on (`tables`).
"""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent.parent / "benchmarks" / "results"


def mixtures_tables() -> str:
    """Return the mixtures beside each other, their shares, and what the laws say."""
    found = json.loads((RESULTS / "mixtures.json").read_text(encoding="utf-8"))
    bars = json.loads((RESULTS / "mixture_bars.json").read_text(encoding="utf-8"))
    return "\n".join([*_compared(found), "", *_laws(found), "", *_bars(bars)])


def _compared(found: dict[str, Any]) -> list[str]:
    names = list(found["held_bytes"])
    lines = [f"| mixture | bits per byte | less natural | {' | '.join(names)} | most epochs |"]
    lines.append(f"| --- |{' ---: |' * (len(names) + 3)}")
    for name, one in found["mixtures"].items():
        less = "-" if name == "natural" else f"{one['minus_natural'][0]:+.3f} ± {one['minus_natural'][1]:.3f}"
        shares = (f"{one['shares'][own]:.3f}" for own in names)
        mean = f"{one['mean_bpb'][0]:.3f} ± {one['mean_bpb'][1]:.3f}"
        most = max(one["epochs"].values())
        lines.append(f"| {name} | {mean} | {less} | {' | '.join(shares)} | {most:.1f} |")
    return lines


def _laws(found: dict[str, Any]) -> list[str]:
    out, unseen, apart = found["extrapolation"], found["unseen_mixture"], found["distance_to_long_optimum"]
    reuse = found["reuse"]
    rows = [
        (
            "mean relative error on the longest runs, fitted on those of a quarter and less",
            _share(out["small_to_last"]),
        ),
        (
            "the same, fitted on the first half of the checkpoints, over the second half",
            _share(out["first_half_to_second_half"]),
        ),
        (
            "the same on the longest runs, fitted on small runs with matched repetition",
            _share(out["matched_to_last"]),
        ),
        ("a mixture that was left out, at the longest: by the law", _share(unseen["law"])),
        ("the same by the law without the share", _share(unseen["without_share"])),
        (
            "distance (total variation) of the optimum of matched small runs to that of the long ones",
            f"{apart['matched']:.3f}",
        ),
        ("the same of unmatched small runs", f"{apart['unmatched']:.3f}"),
        (
            f"reuse: training bytes saved where only {reuse['touched']} is touched "
            f"(share {reuse['share'][0]:.3f} by the whole swarm, {reuse['share'][1]:.3f} by reuse)",
            _share(reuse["saved"]),
        ),
    ]
    return ["| what | measured |", "| --- | ---: |", *(f"| {what} | {value} |" for what, value in rows)]


def _bars(bars: dict[str, Any]) -> list[str]:
    planted = bars["planted"]
    cover, seconds = planted["coverage"], planted["fit_cpu_seconds"]
    weak = ", ".join(f"{cover[name]:.0%}" for name in ("B", "beta", "C"))
    rows = [
        ("planted laws: median error of α", _share(planted["alpha_median_error"])),
        (
            "median error of the loss of an unseen mixture",
            _share(planted["loss_median_error_on_an_unseen_mixture"]),
        ),
        (
            "intervals that cover α; the loss of an unseen mixture",
            f"{cover['alpha']:.0%}; {cover['loss']:.0%}",
        ),
        ("intervals that cover B; β; C", weak.replace(", ", "; ")),
        ("a fit of seven domains with its intervals, one core", f"{seconds[1]:.1f} s"),
    ]
    for unit in ("bpe", "words", "bytes"):
        if unit in bars:
            one, most = bars[unit], bars[unit]["peak_mib"]
            what = f"entropies of {one['bytes'] / 1e9:.1f} GB in `{unit}`, {one['workers']} workers"
            spent = f"{one['wall_seconds']:.0f} s ({one['cpu_seconds']:.0f} s of processor)"
            rows.append(
                (
                    what,
                    f"{spent}, {most['this_process']:.0f} MiB, a worker at most {most['largest_worker']:.0f}",
                )
            )
    head = f"| on {planted['draws']} planted laws of seven domains, and on repeated text | measured |"
    return [head, "| --- | ---: |", *(f"| {what} | {value} |" for what, value in rows)]


def _share(value: float) -> str:
    return f"{value:.2%}"
