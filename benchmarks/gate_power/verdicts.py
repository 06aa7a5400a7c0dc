"""One case through the product: by the rules of the drop alone, or by the whole candidate.

`drop` is ingest, dedup, screening, the drop report and its rules: a few seconds. `full` is everything that
decides a candidate. Both are judged by the default policy. Another judge sees the same pool and drop rows
(`judges`).

What belongs here: from a case to one JSON line. What does not: what the lines come to (`table`).
"""

import json
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from traceback import format_exception
from typing import Any

from benchmarks.gate_power.cases import Case, rows_of
from benchmarks.gate_power.forms import write
from benchmarks.gate_power.homes import Bench, copied, inbox, product_digest
from benchmarks.gate_power.judges import judged_by
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import CurationError

STAGES = ("drop", "full")
DECLARED = "entropy_assets.curation.ingest.declaration"
"""Module of a product to which a drop can say that it corrects an earlier one."""

Line = dict[str, Any]


def run_all(
    cases: Sequence[Case],
    out: Path,
    bench: Bench,
    stage: str,
    workers: int,
    tell: Callable[[str], None],
) -> None:
    """Judge every case that `out` does not hold yet; one JSON line each is added to it at once.

    Parameters
    ----------
    cases
        Cases, in the order in which they are begun.
    out
        File of JSON lines.
    bench
        Where to read and write.
    stage
        One of `STAGES`, or another judge as `module:function`.
    workers
        Cases at a time.
    tell
        Takes one line for a person.
    """
    done = {line["drop"] for line in read_verdicts(out) if line["outcome"] != "failed"}
    todo = [case for case in cases if case.name not in done]
    out.parent.mkdir(parents=True, exist_ok=True)
    tell(f"{len(cases) - len(todo)} verdicts are there, {len(todo)} to come")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool, out.open("a") as lines:
        for n, future in enumerate(as_completed([pool.submit(verdict, c, bench, stage) for c in todo]), 1):
            line = future.result()
            lines.write(json.dumps(line) + "\n")
            lines.flush()
            tell(f"{n} of {len(todo)}: {line['world']}, {line['outcome']} ({line['seconds']:.1f} s)")


def read_verdicts(out: Path) -> list[Line]:
    """Return the lines of a file of verdicts, of each case the last one.

    A line that was cut off is as if it were not there.
    """
    lines: dict[str, Line] = {}
    for text in out.read_text().splitlines() if out.is_file() else ():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        lines[line["drop"]] = line
    return list(lines.values())


def verdict(case: Case, bench: Bench, stage: str) -> Line:
    """Return what was decided about one case; where it cannot be judged, `failed` and why.

    Also where the product has a bug: one case must not end a run of hours, and the next run tries it again.
    """
    told = {"drop": case.name, "stage": stage, "product": product_digest(), **asdict(case)}
    told["form"] = case.of_world.form
    began = time.perf_counter()
    try:
        rows, planted = rows_of(case, bench.data)
        told |= {"rows": len(rows), "planted": len(planted)}
        if stage in STAGES:
            return told | _by_product(case, bench, stage, rows, planted)
        return told | judged_by(stage, case.of_world, bench.data, rows)
    except Exception as error:
        why = str(error) if isinstance(error, CurationError) else "".join(format_exception(error)[-3:])
        seconds = round(time.perf_counter() - began, 1)
        return {"rows": 0, "planted": 0} | told | {"outcome": "failed", "why": why, "seconds": seconds}


def word(outcome: str) -> str:
    """Return `promote`, `ask` or `hold`; what an older product calls inconclusive is `ask`."""
    return outcome if outcome in ("promote", "hold") else "ask"


def _by_product(case: Case, bench: Bench, stage: str, rows: list[Row], planted: set[str]) -> Line:
    files = {}
    if case.corrects and find_spec(DECLARED):
        files["drop.toml"] = f"[correction]\nsource = {json.dumps(rows[0]['source'])}\n"
    with copied(case.of_world, bench) as workspace:
        stem = "rows" if case.twin != "renamed" else "delivered-again"
        write(rows, inbox(workspace) / case.name, files, stem)
        began, cpu = time.perf_counter(), time.process_time()
        found = (_judge_drop if stage == "drop" else _judge_candidate)(workspace, case.name)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        return {
            **found,
            "seconds": round(seconds, 2),
            "cpu_seconds": round(cpu, 2),
            "removed_upstream": 1 - _left(workspace, case.name, rows) / len(planted) if planted else 0.0,
            **_named(workspace, case.name, found["codes"]),
        }


def _judge_drop(workspace: Any, name: str) -> Line:
    """Take a drop up to its report, and judge that by the rules of drops under the default policy."""
    from entropy_assets.candidate import dedup, ingest, screening
    from entropy_assets.candidate.drop_report import report_drops
    from entropy_assets.candidate.publish import early_reasons
    from entropy_assets.candidate.session import session
    from entropy_assets.candidate.verdict import judge_part
    from entropy_assets.settings import PolicySettings

    made: list[Any] = []
    with session(workspace, name, uuid.uuid4().hex) as run:
        for step in (ingest.read_drops, dedup.deduplicate_drops, screening.screen_drops):
            found = step(run, *made[-1:])
            manifest, other = found
            for one in (manifest, other):
                workspace.store(one)
            made.append(manifest)
            if stopped := early_reasons(run, *made):
                return _stopped([vars(reason) for reason in stopped[name]])
        report = report_drops(run, made[-1])
        workspace.store(report)
        first = run.parent.version is None
        (let_in,), (part,) = made[-1].parts, report.parts
        reached = judge_part(PolicySettings(), let_in, part, first=first, overrides=())
    kept = part.model_dump(mode="json", include={"measurements", "off"})
    return _reached(reached) | {"report": kept | {"first": first}}


def _judge_candidate(workspace: Any, name: str) -> Line:
    """Take a drop to its decision, and judge its entropy-law report under the default policy."""
    from entropy_assets.candidate.manifests import LawReport
    from entropy_assets.candidate.pipeline import curate
    from entropy_assets.candidate.verdict import judge_under
    from entropy_assets.settings import PolicySettings

    first = workspace.ledger.state().version is None
    entry = curate(workspace, name)
    report = workspace.find(LawReport, name)
    if report is None:  # it was stopped before the gate
        return _stopped(list(entry.reasons if entry else ()))
    stored = report.model_dump(mode="json")
    kept = {part: stored[part] for part in ("measurements", "off", "screened")} | {"first": first}
    reached = judge_under(PolicySettings(), stored, first=first, overrides=())
    return _reached(reached) | {"report": kept}


def judged(report: Line, policy: dict[str, Any]) -> Line:
    """Return the outcome of a stored report under the default policy with some changes.

    A report of the rules of the drop alone is judged by them alone.
    """
    from entropy_assets.candidate.verdict import judge_under
    from entropy_assets.curation import entropy_law
    from entropy_assets.settings import PolicySettings

    known = {m["code"] for m in report["measurements"]}
    off = {code: "it was not measured" for code in entropy_law.RULES if code not in known}
    whole = {"screened": [], **report, "off": off | report["off"]}
    return _reached(judge_under(PolicySettings(**policy), whole, first=report["first"], overrides=()))


def _reached(reached: Any) -> Line:
    reasons = [{key: _plain(value) for key, value in vars(reason).items()} for reason in reached.reasons]
    return {"outcome": word(reached.outcome), "stopped": False, **_codes(reasons)}


def _stopped(reasons: list[dict[str, Any]]) -> Line:
    asked = {reason.get("stands_for", "hold") for reason in reasons} <= {"ask", "note"}
    outcome = "ask" if reasons and asked else "hold"
    return {"outcome": outcome, "stopped": True, "report": None, **_codes(reasons)}


def _codes(reasons: list[dict[str, Any]]) -> Line:
    told = sorted({f"{r.get('rule') or r['code']} ({r.get('scope', '')})" for r in reasons})
    return {"codes": sorted({r.get("rule") or r["code"] for r in reasons}), "reasons": told}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _left(workspace: Any, name: str, rows: list[Row]) -> int:
    """Return how many planted rows are among the records that came to the gate.

    One that says what an undamaged row says does no harm: it may be the one of several that dedup kept.
    """
    from entropy_assets import records
    from entropy_assets.candidate.manifests import ScreenedRecords
    from entropy_assets.shards import read_shards

    screened = workspace.find(ScreenedRecords, name)
    if screened is None:
        return 0
    said = {row["id"]: (row["instruction"], row["output"]) for row in rows}
    clean = {content for row_id, content in said.items() if not row_id.endswith("~")}
    kept = [
        row_id
        for part in screened.parts
        for row_id in read_shards(workspace.root, part.shards, records.SCHEMA, ["row_id"])["row_id"]
    ]
    return sum((row_id or "").endswith("~") and said[row_id] not in clean for row_id in kept)


def _named(workspace: Any, name: str, codes: Sequence[str]) -> Line:
    """Return how many damaged and how many sound rows the rules that stand against a drop point at."""
    from entropy_assets.candidate.manifests import DropReport
    from entropy_assets.candidate.suspects import read_suspects

    report = workspace.find(DropReport, name)
    if report is None or not report.parts:
        return {}
    suspects = read_suspects(workspace, report.parts[0].suspects)
    ids = set(suspects.filter(suspects["rule"].is_in(list(codes)))["row_id"].to_list())
    damaged = sum((row_id or "").endswith("~") for row_id in ids)
    return {"named_damaged": damaged, "named_sound": len(ids) - damaged}
