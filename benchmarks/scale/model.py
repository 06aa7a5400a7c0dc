"""What a run costs at sizes that nobody here has measured: a line a stage through what was measured.

    python -m benchmarks.scale.model          # prints the table of docs/scale.md, which docs.tables writes

Each figure of a first drop is taken as a fixed part and one in proportion to the rows, both at least 0, by
least squares of relative errors. A second prediction of time goes on with the exponent between the two
largest sizes, where that is above 1: the truth of a stage that grows faster than its rows lies nearer to it.

Assumptions: rows as in `benchmarks.zip.pools`, nodes as fast as the machine that measured, `CORES` each. What
`MAPPED` names is shared out among all cores of all nodes, at the overhead of Ray that was measured, or at its
bar. All else runs on the driver and counts with its CPU seconds as if on one core, though its threads use
more: no cluster makes it shorter. The folder that nodes share keeps up.

What belongs here: fits, predictions, and the tables of them. What does not: measuring (`growth`), and bars
(`judged`).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.scale.growth import FIRST, MAPPED, REST
from benchmarks.scale.judged import FROM_ROWS, GIB, MAX_RAY, exponents
from benchmarks.zip.process import ROOT

RESULTS = ROOT / "benchmarks" / "results" / "scale.json"
CORES = 16
SIZES = (10**8, 10**9)
NODES = (1, 8, 64)
HOUR = 3600
MIB, MB = 2**20, 10**6

PEERS = (
    ("NeMo Curator, fuzzy dedup, one node of H100", 8e12 / (2.05 * HOUR)),
    ("NeMo Curator, the same, 4 nodes", 8e12 / (0.50 * HOUR)),
    ("Data-Juicer 2.0, MinHash dedup, 1,280 cores", 5e12 / (168 * 60)),
)
"""Published figures (NeMo Curator: RedPajama-v2, 8 TB; Data-Juicer 2.0: 5 TB): who, bytes a second."""

TURNED = {
    "ingest": ("execution.engine", "`ray`: rows are parsed on all nodes"),
    "dedup": ("dedup.near", "`false`: exact and normalised copies alone"),
    "screening": ("execution.engine", "`ray`: shards are screened on all nodes"),
    "drop report": ("", "no setting: deliver several drops, each is reported in its size"),
    "pool": ("", "no setting: a dataset a domain, each with its pool"),
    "selection": ("selection.selector", "`random` or `length`; or a smaller `budget_share`"),
    "control": ("selection.budget_share", "a smaller share"),
    "probe": ("probe.n_samples", "fewer runs: wider bands"),
    "law": ("law.n_points", "fewer points: a wider band"),
    "publication": ("memory_bytes", "more memory: shards are gathered in fewer passes"),
}
"""Stage -> the setting to turn where the stage is what breaks, empty for none, and what to do."""

Size = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """A figure by rows: `fixed` and so much `each` row, both at least 0."""

    fixed: float
    each: float

    def at(self, rows: float) -> float:
        """Return the figure of so many rows."""
        return self.fixed + self.each * rows


def fitted(rows: Sequence[float], figures: Sequence[float]) -> Line:
    """Return the line through figures above 0, by least squares of relative errors.

    >>> fitted([10, 20, 40], [25.0, 45.0, 85.0])
    Line(fixed=5.0, each=2.0)
    >>> fitted([10, 20], [10.0, 30.0]).fixed  # a fixed part below 0 means nothing
    0.0
    """
    pairs = [(n, y) for n, y in zip(rows, figures, strict=True) if y > 0]
    if not pairs:
        return Line(0.0, 0.0)
    one, by, twice = (sum(n**power / y**2 for n, y in pairs) for power in (0, 1, 2))
    inverse, quotient = sum(1 / y for _, y in pairs), sum(n / y for n, y in pairs)
    determinant = one * twice - by * by
    if len(pairs) > 1 and determinant > 1e-12 * one * twice:
        fixed = (twice * inverse - by * quotient) / determinant
        each = (one * quotient - by * inverse) / determinant
        if fixed >= 0 and each >= 0:
            return Line(round(fixed, 9), round(each, 12))
        if each < 0:
            return Line(inverse / one, 0.0)
    return Line(0.0, quotient / twice)


@dataclass(frozen=True)
class Stage:
    """What a stage of a first drop costs.

    Parameters
    ----------
    name
        The stage, as in `benchmarks.scale`.
    seconds, peak, read, written, compressed
        CPU seconds, bytes in memory at most, bytes that the driver reads and writes, bytes that `zip` prices.
    exponent
        Of CPU seconds, between the two largest sizes.
    largest
        (rows, CPU seconds) of the largest size.
    """

    name: str
    seconds: Line
    peak: Line
    read: Line
    written: Line
    compressed: Line
    exponent: float
    largest: tuple[int, float]

    def seconds_at(self, rows: float) -> tuple[float, float]:
        """Return CPU seconds by the line, and by the exponent where that gives more."""
        by_line = self.seconds.at(rows)
        n, cost = self.largest
        return by_line, max(by_line, cost * (rows / n) ** self.exponent if self.exponent > 1 else 0.0)


def stages_of(sizes: Sequence[Size]) -> list[Stage]:
    """Return what each stage costs, fitted on first drops from `FROM_ROWS` rows on where two have that."""
    large = [size for size in sizes if size["rows"] >= FROM_ROWS]
    used = large if len(large) > 1 else list(sizes)
    rows = [size["rows"] for size in used]
    found = []
    for name, grown in exponents(used).items():
        own = [size["runs"][FIRST]["stages"].get(name, {}) for size in used]
        if name == "all":
            continue

        def line(kind: str, own: Sequence[Mapping[str, float]] = own) -> Line:
            return fitted(rows, [float(one.get(kind, 0)) for one in own])

        last = grown[-1] if grown and grown[-1] is not None else 1.0
        found.append(
            Stage(
                name,
                line("cpu_seconds"),
                line("peak_bytes"),
                line("read_bytes"),
                line("written_bytes"),
                line("compressed_bytes"),
                last,
                (rows[-1], float(own[-1].get("cpu_seconds", 0))),
            )
        )
    return found


def hours_on(stages: Sequence[Stage], rows: float, nodes: int, ray: float) -> tuple[float, float, float]:
    """Return the hours of a first drop on nodes: by the lines, by the exponents, and on the driver alone."""
    mapped = [stage.seconds_at(rows) for stage in stages if stage.name in MAPPED]
    alone = [stage.seconds_at(rows) for stage in stages if stage.name not in MAPPED]
    times = 1.0 if nodes == 1 else ray
    low, high = (
        sum(one[place] for one in alone) + times * sum(one[place] for one in mapped) / (nodes * CORES)
        for place in (0, 1)
    )
    return low / HOUR, high / HOUR, sum(one[0] for one in alone) / HOUR


def cost_table(results: Path = RESULTS) -> str:
    """Return the tables of docs/scale.md from the results of `benchmarks.scale`."""
    found = json.loads(results.read_text(encoding="utf-8"))
    mean, stages = float(found["mean_bytes"]), stages_of(found["sizes"])
    ray = (found.get("overhead") or {}).get("times", MAX_RAY)
    rows = [size["rows"] for size in found["sizes"]]
    parts = [
        f"Measured at {_listed(rows)} rows of {mean:.0f} bytes, {found['machine']}, CPU seconds.",
        "\n".join(_stage_lines(stages, mean)),
        "\n".join(_node_lines(stages, mean, ray)),
        "\n".join(_break_lines(stages)),
        "\n".join(_small_lines(found["sizes"])),
    ]
    return "\n\n".join(parts)


def _stage_lines(stages: Sequence[Stage], mean: float) -> Iterator[str]:
    yield (
        "| first drop | CPU s: fixed + each million rows | exponent | MiB: fixed + each million rows | "
        "read, written, compressed: times the drop | CPU hours at 10^8 | at 10^9 |"
    )
    yield "|" + " --- |" * 7
    for stage in stages:
        moved = (stage.read, stage.written, stage.compressed)
        times = ", ".join(f"{line.each / mean:.1f}" for line in moved)
        memory = "-" if stage.name == REST else _line(stage.peak, MIB)
        cells = [stage.name, _line(stage.seconds, 1), f"{stage.exponent:.2f}", memory, times]
        cells += [_range(*(seconds / HOUR for seconds in stage.seconds_at(n))) for n in SIZES]
        yield f"| {' | '.join(cells)} |"


def _node_lines(stages: Sequence[Stage], mean: float, ray: float) -> Iterator[str]:
    named = [f"{n} node{'s' * (n > 1)} of {CORES} cores" for n in NODES]
    yield f"| first drop, hours | {' | '.join(named)} | of that on the driver alone |"
    yield "|" + " --- |" * (len(NODES) + 2)
    for rows in SIZES:
        cells = [_range(*hours_on(stages, rows, n, ray)[:2]) for n in NODES]
        driver = hours_on(stages, rows, 1, ray)[2]
        told = f"10^{round(math.log10(rows))} rows, {rows * mean / 1e9:,.0f} GB"
        yield f"| {told} | {' | '.join(cells)} | {driver:,.1f} |"
    dedup = next((stage for stage in stages if stage.name == "dedup"), None)
    for name, speed in [("this project, dedup alone, a core", _speed(dedup, mean)), *PEERS]:
        hours = [f"{rows * mean / speed / HOUR:,.2f}" if speed else "-" for rows in SIZES]
        yield f"| {name}: {speed / MB:,.1f} MB/s | {hours[0]} at 10^8, {hours[1]} at 10^9 |" + " |" * len(
            NODES
        )


def _speed(stage: Stage | None, mean: float) -> float:
    return mean / stage.seconds.each if stage and stage.seconds.each else 0.0


def _break_lines(stages: Sequence[Stage]) -> Iterator[str]:
    yield "| rows | most memory | stage | most time | stage | turn first |"
    yield "|" + " --- |" * 6
    own = [stage for stage in stages if stage.name in TURNED]
    for power in range(6, 10):
        rows = 10.0**power
        heavy, slow = (
            max(own, key=lambda one: one.peak.at(rows)),
            max(own, key=lambda one: one.seconds.at(rows)),
        )
        turned = dict.fromkeys((heavy.name, slow.name))
        told = "; ".join(_turn(name) for name in turned)
        memory, hours = heavy.peak.at(rows) / GIB, slow.seconds.at(rows) / HOUR
        yield f"| 10^{power} | {memory:,.1f} GiB | {heavy.name} | {hours:,.1f} h | {slow.name} | {told} |"


def _turn(stage: str) -> str:
    setting, what = TURNED[stage]
    return f"{stage}: `{setting}`, {what}" if setting else f"{stage}: {what}"


def _small_lines(sizes: Sequence[Size]) -> Iterator[str]:
    measured = [(size, key) for size in sizes for key in size["runs"] if key != FIRST]
    stages = list(dict.fromkeys(name for size, key in measured for name in size["runs"][key]["stages"]))
    names = [f"{key} on {size['rows']:,}" for size, key in measured]
    yield f"| drop of 1,000 rows, CPU s | {' | '.join(names)} |"
    yield "|" + " --- |" * (len(measured) + 1)
    for name in [*stages, "all"]:
        runs = [size["runs"][key] for size, key in measured]
        costs = [
            run["cpu_seconds"] if name == "all" else run["stages"].get(name, {}).get("cpu_seconds", 0)
            for run in runs
        ]
        yield f"| {name} | {' | '.join(f'{cost:.1f}' for cost in costs)} |"


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(f"{n:,}" for n in rows)


def _line(line: Line, unit: float) -> str:
    return f"{line.fixed / unit:,.0f} + {1e6 * line.each / unit:,.0f}"


def _range(low: float, high: float) -> str:
    """Return two figures as one, where they differ as a range.

    >>> _range(1.0, 1.04), _range(1.0, 30.0)
    ('1.0', '1.0 to 30.0')
    """
    one, other = f"{low:,.1f}", f"{high:,.1f}"
    return one if one == other else f"{one} to {other}"


if __name__ == "__main__":
    print(cost_table())
