"""The command `mixture`: files in, a mixture of their sources out, as a table, as JSON, or as weights.

What belongs here: reading, and how a mixture is shown. What does not: mixtures.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from upath import UPath

from entropy_assets.candidate.domain_counts import (
    VON_NEUMANN,
    by_source,
    count_sources,
    entropies_with,
    moments_of_sources,
)
from entropy_assets.candidate.figures import finite_or_none
from entropy_assets.cli.mixture_notes import law_figures, law_words, unseen_words
from entropy_assets.cli.options import of_option
from entropy_assets.cli.plain_tables import make_table, print_table
from entropy_assets.cli.pool_file import read_pool, require_pool
from entropy_assets.cli.printing import say
from entropy_assets.curation.ingest.nothing import nothing_read
from entropy_assets.curation.mixture import (
    Counts,
    Estimate,
    Known,
    Limits,
    Mixture,
    Moments,
    WeightsForm,
    mixture_by,
    read_runs,
    require_large,
    seen_once,
    unit_for,
    weights_as,
)
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import UnitName
from entropy_assets.storage import put
from entropy_assets.temporary import temporary_folder
from entropy_assets.texts import StoredTexts, one_by_one

N_DIMENSIONS = 128
"""Of the vectors of which von Neumann's entropy is taken."""


@dataclass(frozen=True)
class Task:
    """What the command was asked for.

    Parameters
    ----------
    paths
        Files or folders of records.
    method
        Name of the method.
    unit
        What entropies are counted in.
    amounts_in
        `tokens` of the unit, or `bytes`: what shares, budget and availability are of.
    budget
        What is trained on in all; 0 for what all sources hold.
    max_epochs
        Times that a source may be taken whole.
    tables
        `cap`, `floor`, `ceiling` and `share` -> source -> number.
    max_divergence
        Most nats from the natural mixture; None for no limit.
    runs
        File of probe runs; None where there is none.
    steps
        Of the training that the mixture is for, in the unit of the runs; 0 for those of the longest run.
    weights, out
        Form of the weights and where they go; None for none.
    seed, workers
        Of all draws; processes.
    """

    paths: Sequence[Path]
    method: str
    unit: UnitName = "bpe"
    amounts_in: str = "tokens"
    budget: float = 0
    max_epochs: float = 16
    tables: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    max_divergence: float | None = None
    runs: Path | None = None
    steps: float = 0
    weights: WeightsForm | None = None
    out: Path | None = None
    seed: int = 0
    workers: int = 1


@dataclass(frozen=True)
class Found:
    """A mixture, and what is known of its sources."""

    mixture: Mixture
    counts: Mapping[str, Counts]
    entropies: Mapping[str, Mapping[str, Estimate]]
    law: Mapping[str, Any] | None = None


def pairs_of(option: str, given: Sequence[str]) -> dict[str, float]:
    """Return source -> number of values such as `books=0.5`.

    Raises
    ------
    InvalidParameter
        A value has another form, or names a source again.
    """
    found: dict[str, float] = {}
    for value in given:
        name, _, number = value.rpartition("=")
        try:
            amount = float(number)
        except ValueError:
            amount = float("nan")
        if not name or not np.isfinite(amount) or name in found:
            raise InvalidParameter(f"--{option} must be SOURCE=NUMBER, once a source, got {value!r}")
        found[name] = amount
    return found


ENDINGS = {"datasets": (".json",), **dict.fromkeys(("llamafactory", "axolotl", "streams"), (".yaml", ".yml"))}
"""Form of weights -> what a file of them ends in; a file for Megatron-LM may be called anything."""


def require_numbers(task: Task) -> None:
    """Refuse numbers that no mixture can have, whatever sources there are.

    Raises
    ------
    InvalidParameter
        One is out of its range, or the floors add up to more than 1.
    """
    numbers = {"max-epochs": task.max_epochs, "budget": task.budget or 1.0, "steps": task.steps or 1.0}
    numbers |= {f"cap {name}": value for name, value in task.tables.get("cap", {}).items()}
    for option, value in numbers.items():
        if not (value > 0 and np.isfinite(value)):
            raise InvalidParameter(f"--{option} must be a finite number above 0, got {value:g}")
    for option, most in (("floor", 1.0), ("ceiling", 1.0), ("share", np.inf)):
        for name, value in task.tables.get(option, {}).items():
            if not 0 <= value <= most:
                allowed = "0 or more" if most > 1 else "a fraction from 0 to 1"
                raise InvalidParameter(f"--{option} {name} must be {allowed}, got {value:g}")
    for name, floor in task.tables.get("floor", {}).items():
        if floor > (most := task.tables.get("ceiling", {}).get(name, 1.0)):
            raise InvalidParameter(f"--floor {name} must be {most:g} at most, its --ceiling, got {floor:g}")
    if (least := math.fsum(task.tables.get("floor", {}).values())) > 1 + 1e-9:
        raise InvalidParameter(f"--floor: the floors add up to {least:g}, and 1 is all there is: lower them")
    if task.max_divergence is not None and not task.max_divergence >= 0:
        raise InvalidParameter(f"--max-divergence must be 0 nats or more, got {task.max_divergence:g}")


def mix_files(task: Task) -> Found:
    """Return the mixture of the sources of files, and write the weights where a place is named.

    Raises
    ------
    InvalidInput
        Files cannot be read, or there are not two sources that can be mixed.
    InvalidParameter
        The method needs what is not given, or limits cannot be met.
    """
    _require_used(task)
    if (task.weights is None) != (task.out is None):
        raise InvalidParameter("--weights FORM and --out FILE go together: give both, or neither")
    runs = _runs(task)
    for path in task.paths:
        require_pool(path)
    with temporary_folder() as folder:
        counts, moments = _counted(task, folder)
    is_entropy = task.method.startswith("entropy:")
    require_large(counts, *(() if is_entropy else (1,)))
    entropies = entropies_with(counts, moments, task.seed)
    tables = {name: task.tables.get(name, {}) for name in ("cap", "floor", "ceiling", "share")}
    limits = Limits(
        {
            name: float(one.n_tokens if task.amounts_in == "tokens" else one.n_bytes)
            for name, one in counts.items()
        },
        task.budget or None,
        task.max_epochs,
        tables["cap"],
        tables["floor"],
        tables["ceiling"],
        task.max_divergence,
    )
    known = Known(given=tables["share"], entropies=entropies, runs=runs, steps=task.steps or None)
    found = Found(mixture_by(task.method, limits, known), counts, entropies, law_figures(runs, task.seed))
    if task.weights is not None and task.out is not None:
        n_records = {name: one.n_records for name, one in counts.items()}
        put(UPath(task.out.absolute()), weights_as(task.weights, found.mixture, n_records).encode())
    return found


def _require_used(task: Task) -> None:
    """Refuse options that the method does not look at, and files that are named twice."""
    if task.tables.get("share") and task.method != "given":
        raise InvalidParameter(f"--share is for --method given, got --method {task.method}: leave one out")
    if task.steps and task.method != "fitted":
        raise InvalidParameter(f"--steps is for --method fitted, got --method {task.method}: leave one out")
    known: dict[Path, Path] = {}
    for path in task.paths:
        if (where := path.resolve()) in known:
            raise InvalidParameter(f"{path} is named twice and would count twice: name each file once")
        known[where] = path


def _runs(task: Task) -> tuple[Any, ...]:
    if (task.method == "fitted") != (task.runs is not None):
        raise InvalidParameter(
            "--method fitted and --runs FILE go together: the file has a probe run a line, "
            '{"shares": {source: share}, "steps": number, "losses": {source: loss}}'
        )
    if task.method == "given" and not task.tables.get("share"):
        raise InvalidParameter("--method given needs --share SOURCE=NUMBER of each source")
    if task.runs is None:
        return ()
    with of_option("runs"):
        try:
            lines = task.runs.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{task.runs} cannot be read ({error}): name a file of probe runs") from error
        return read_runs(lines, str(task.runs))


def _counted(task: Task, folder: Path) -> tuple[dict[str, Counts], dict[str, Moments]]:
    """Return counts and, where they are asked for, moments of the sources of all files."""
    texts: list[StoredTexts] = []
    sources: list[str] = []
    for number, path in enumerate(task.paths):
        (folder / str(number)).mkdir()
        read = read_pool(path, folder / str(number), with_ids=False, with_rejected=False)
        if not len(read.texts):
            raise InvalidInput(f"{path} {nothing_read(read.left_out)}")
        texts.append(read.texts)
        sources += read.sources
    whole = texts[0]
    if len(texts) > 1:
        whole = StoredTexts.write(folder / "whole", chain.from_iterable(map(one_by_one, texts)))
    places = by_source(sources)
    if len(places) < 2:
        require_large(dict.fromkeys(places, Counts.none()))
    unit = unit_for(task.unit, _in_turn(whole, places) if task.unit == "bpe" else ())
    counts = count_sources(whole, sources, unit, task.workers)
    if not task.method.endswith(VON_NEUMANN):
        return counts, {}
    return counts, moments_of_sources(whole, sources, N_DIMENSIONS, task.seed)


def _in_turn(texts: StoredTexts, places: Mapping[str, np.ndarray]) -> Iterator[bytes]:
    """Yield records of each source in turn, so that a tokenizer is not made for the first one alone."""
    for row in zip_longest(*(own.tolist() for own in places.values())):
        yield from texts.read(np.array([place for place in row if place is not None]))


def print_mixture(found: Found, task: Task) -> None:
    """Print a mixture as a table, and what its columns are."""
    mixture, unit = found.mixture, f"{task.amounts_in}"
    names = list(next(iter(found.entropies.values())))
    numbers = (unit, *names, "natural", "wanted", "mixture", "epochs", "cap")
    table = make_table("source", *numbers, "held by", numbers=numbers)
    for place, name in enumerate(mixture.domains):
        entropies = found.entropies[name]
        table.add_row(
            name,
            f"{mixture.available[place]:,.0f}",
            *(f"{entropies[one].value:.3f} ± {_half(entropies[one]):.3f}" for one in names),
            f"{mixture.natural[place]:.4f}",
            "-" if mixture.wanted is None else f"{mixture.wanted[place]:.4f}",
            f"{mixture.shares[place]:.4f}",
            f"{mixture.epochs[place]:.2f}",
            f"{mixture.caps[place]:g}",
            ", ".join(mixture.binds[place]) or "-",
        )
    print_table(table)
    near = ", which the limit on it holds" if mixture.is_near else ""
    say(
        f"method {task.method}, budget {mixture.budget:,.0f} {unit}; {mixture.divergence:.4f} nats from the "
        f"natural mixture{near}; entropies in nats of {_UNITS[task.unit]}, corrected, with 95 % intervals."
    )
    for words in (unseen_words(found.counts), law_words(found.law) if found.law else ""):
        if words:
            say(words)


def json_of(found: Found, task: Task) -> dict[str, Any]:
    """Return a mixture and what is known of its sources as one JSON object."""
    mixture = found.mixture
    rows = [
        {
            "source": name,
            "records": found.counts[name].n_records,
            "bytes": found.counts[name].n_bytes,
            "tokens": found.counts[name].n_tokens,
            "pairs_seen_once": seen_once(found.counts[name]),
            "entropies": {
                kind: {
                    "value": one.value,
                    "plug_in": one.plug_in,
                    "low": one.low,
                    "high": finite_or_none(one.high),
                }
                for kind, one in found.entropies[name].items()
            },
            "natural": float(mixture.natural[place]),
            "wanted": None if mixture.wanted is None else float(mixture.wanted[place]),
            "share": float(mixture.shares[place]),
            "epochs": float(mixture.epochs[place]),
            "cap": float(mixture.caps[place]),
            "binds": list(mixture.binds[place]),
        }
        for place, name in enumerate(mixture.domains)
    ]
    return {
        "method": task.method,
        "unit": task.unit,
        "amounts_in": task.amounts_in,
        "budget": mixture.budget,
        "divergence": mixture.divergence,
        "divergence_binds": mixture.is_near,
        "law": found.law,
        "sources": rows,
    }


def _half(estimate: Estimate) -> float:
    return estimate.high - estimate.value


_UNITS = {"bpe": "tokens of a BPE of these files", "words": "words", "bytes": "bytes"}
