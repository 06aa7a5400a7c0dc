"""Runs of candidates without the UI, on the same instance that the UI shows.

What belongs here: delivering a drop, running the graph for one candidate, and telling what came out.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from upath import UPath

from entropy_assets.defs.automation import in_flight
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.instance import open_instance
from entropy_assets.defs.resources import Dataset
from entropy_assets.errors import CurationError, InvalidInput
from entropy_assets.ledger import Entry
from entropy_assets.shards import Shards
from entropy_assets.storage import SUCCESS_MARKER, check_drop_name, digest_bytes, read_json

MAX_ATTEMPTS = 5
"""Times that a candidate is measured anew because another one was promoted meanwhile."""

BAD_INPUT = ("InvalidInput", "InvalidParameter")
TOLD = (*BAD_INPUT, "CurationError", "StaleProvenance", "StorageConflict", "ProbeDiverged", "Failure")
"""Errors that already say in one sentence what is wrong, whatever caused them."""


def running_candidates(home: UPath, dataset: Dataset) -> set[str]:
    """Return the keys of the dataset's candidates whose runs are queued or under way."""
    if not (home / "dagster").is_dir():
        return set()
    with open_instance(home) as instance:
        return in_flight(instance, dataset)


def deliver(dataset: Dataset, path: Path) -> str:
    """Make sure that a folder or file lies in the inbox as a complete drop; return the drop's name.

    Delivering the same content twice is harmless. The marker is written last.

    Raises
    ------
    InvalidInput
        Nothing is at `path`, or a drop of that name with other content was delivered before.
    InvalidParameter
        The name cannot be that of a drop.
    """
    if not path.exists():
        raise InvalidInput(f"{path} does not exist: name a folder or a file with data")
    name = check_drop_name(path.name if path.is_dir() else path.name.split(".")[0].lower())
    target = Path(str(dataset.home.drop(name)))
    if path.resolve() == target.resolve():
        if not (target / SUCCESS_MARKER).exists():
            raise InvalidInput(f"drop {target} has no {SUCCESS_MARKER}: write the marker when it is complete")
        return name
    if not (target / SUCCESS_MARKER).exists():
        _copy(path, target)
        (target / SUCCESS_MARKER).touch()
    elif content_of(path) != content_of(target):
        raise InvalidInput(
            f"drop {name!r} was delivered before with other content: drops do not change; rename it"
        )
    return name


def _copy(path: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copyfile(path, target / path.name)


def content_of(path: Path) -> list[tuple[str, str]]:
    """Return name and SHA-256 of every file of a drop, sorted; the marker is none of them."""
    if path.is_file():
        return [(path.name, digest_bytes(path.read_bytes()))]
    files = [file for file in path.rglob("*") if file.is_file() and file.name != SUCCESS_MARKER]
    return sorted((f.relative_to(path).as_posix(), digest_bytes(f.read_bytes())) for f in files)


def run_candidate(dataset: Dataset, key: str, instance: dg.DagsterInstance, log_level: str = "INFO") -> Entry:
    """Run one candidate through the whole graph and return the decision.

    A candidate that becomes stale while it runs is measured anew against the new parent.

    Parameters
    ----------
    dataset
        The dataset.
    key
        Key of the candidate.
    instance
        Where Dagster keeps its runs.
    log_level
        From which level on Dagster's log goes to stderr; the instance keeps all of it.

    Raises
    ------
    InvalidInput, InvalidParameter
        The drop, the candidate or the settings cannot be used.
    CurationError
        The run failed for another reason; the message is that of the step.
    """
    dataset.settings  # noqa: B018 - a settings file that cannot be read is refused before a run starts
    dataset.candidate(key)
    job = build_dataset(dataset).resolve_job_def(f"curate_{dataset.name}")
    instance.add_dynamic_partitions(str(dataset.partitions.name), [key])
    tags = {"dataset": dataset.name, "candidate": f"{dataset.name}/{key}"}
    for _ in range(MAX_ATTEMPTS):
        decided = dataset.ledger.decision(key)
        if decided is not None:
            return decided
        before = dataset.ledger.state()
        result = job.execute_in_process(
            instance=instance,
            partition_key=key,
            raise_on_error=False,
            tags=tags,
            run_config={"loggers": {"console": {"config": {"log_level": log_level}}}},
        )
        decided = dataset.ledger.decision(key)
        if decided is None and dataset.ledger.state() == before:
            raise failure_of_run(key, result)
    decided = dataset.ledger.decision(key)
    if decided is None:
        raise CurationError(f"candidate {key!r} was overtaken {MAX_ATTEMPTS} times: run it again")
    return decided


def failure_of_run(key: str, result: dg.ExecuteInProcessResult) -> CurationError:
    """Return why a run of a candidate ended without a decision, as the error of the step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None and error.cls_name not in TOLD:
                error = error.cause
            if error is None or error.cls_name == "DagsterAssetCheckFailedError":
                break  # the check itself says more
            text = error.message.strip().split(": ", 1)[-1]
            return InvalidInput(text) if error.cls_name in BAD_INPUT else CurationError(f"{key!r}: {text}")
    failed = [
        f"{e.check_name}: {e.description}" for e in result.get_asset_check_evaluations() if not e.passed
    ]
    return CurationError(f"candidate {key!r} was stopped by {'; '.join(failed) or 'an unknown step'}")


@dataclass(frozen=True)
class Summary:
    """One candidate as a person or a script wants to see it.

    Parameters
    ----------
    candidate
        Its key.
    decision
        `promote`, `hold`, `inconclusive`, or `open`.
    version
        Version after the decision, None where there is none.
    reasons
        Code, measured, allowed, what to do.
    figures
        R under both codecs, L and held-out bits per byte; the same of the random control.
    rows
        In, records, quarantined, duplicates, screened out, pool, selected.
    """

    candidate: str
    decision: str
    version: str | None
    reasons: list[dict[str, Any]]
    figures: dict[str, float | None]
    rows: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the summary as the one object that `--json` prints."""
        own = {k: v for k, v in self.figures.items() if not k.startswith("random_")}
        control = {k.removeprefix("random_"): v for k, v in self.figures.items() if k.startswith("random_")}
        return {
            "candidate": self.candidate,
            "decision": self.decision,
            "reasons": self.reasons,
            "version": self.version,
            **own,
            "random_control": control,
            "rows": self.rows,
        }


def summarise(dataset: Dataset, key: str) -> Summary:
    """Return what is stored about a candidate."""
    entry = dataset.ledger.decision(key)
    law = _stored(dataset, "entropy_law_report", key)
    return Summary(
        candidate=key,
        decision=decision_word(entry),
        version=None if entry is None else entry.state.version,
        reasons=[] if entry is None or entry.action != "hold" else [_short(r) for r in entry.reasons],
        figures=law.get("figures", {}),
        rows=_rows(dataset, key),
    )


def decision_word(entry: Entry | None) -> str:
    """Return `promote`, `hold`, `inconclusive` or `open`."""
    if entry is None:
        return "open"
    if entry.action != "hold":
        return "promote"
    return "inconclusive" if all(r["code"] == "inconclusive" for r in entry.reasons) else "hold"


def _short(reason: dict[str, Any]) -> dict[str, Any]:
    return {name: reason[name] for name in ("code", "scope", "measured", "allowed", "do")}


def _rows(dataset: Dataset, key: str) -> dict[str, int]:
    raw = _stored(dataset, "raw_records", key)
    shards = {
        name: Shards.from_json(_stored(dataset, asset, key).get("shards", [])).rows
        for name, asset in (
            ("records", "raw_records"),
            ("quarantined", "quarantined_rows"),
            ("duplicates", "duplicate_pairs"),
            ("screened_out", "screened_out"),
        )
    }
    pool, selection = _stored(dataset, "pool", key), _stored(dataset, "selection", key)
    return {
        "in": raw.get("rows_in", 0),
        **shards,
        "pool": pool.get("n_records", 0),
        "selected": selection.get("n_records", 0),
    }


def _stored(dataset: Dataset, asset: str, key: str) -> dict[str, Any]:
    path = dataset.manifest_path(asset, key)
    if not path.exists():
        return {}
    value: dict[str, Any] = read_json(path)
    return value
