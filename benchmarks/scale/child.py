"""One candidate from its drop to the decision in this process, as `entropy-assets run` does, stage by stage.

    python -m benchmarks.scale.child home drop result.json [--processes] [--until-screened]

Not in the stages are the imports, the session, the checks between the stages and what is stored there: the
rest. Processor time of workers counts for the stage that they end in. Bytes read and written are those of
this process, what is mapped into memory left out; bytes compressed are those that `zip` had priced.
"""

import contextlib
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

DATASET = "bench"


def main(arguments: Sequence[str]) -> None:
    """Run the candidate and write what its stages cost."""
    home, drop, result = arguments[:3]
    from upath import UPath

    from entropy_assets.candidate import pipeline
    from entropy_assets.candidate.summary import summarise
    from entropy_assets.candidate.workspace import Workspace

    if "--processes" in arguments:
        start_always()
    stages: list[dict[str, Any]] = []
    count_compressed()
    for name, (module, function) in places(pipeline).items():
        setattr(module, function, timed(name, getattr(module, function), stages))
    workspace = Workspace(UPath(home), DATASET)
    if "--until-screened" in arguments:
        pipeline.report_drops = end
        with contextlib.suppress(Enough):
            pipeline.curate(workspace, drop)
        Path(result).write_text(json.dumps({"stages": stages, "cpu_seconds": cpu_seconds()}))
        return
    entry = pipeline.curate(workspace, drop)
    told = summarise(workspace, drop)
    found = {
        "decision": told.decision,
        "codes": sorted({reason["code"] for reason in told.reasons}),
        "cpu_seconds": cpu_seconds(),
        "state": entry.state.digest if entry is not None else "",
        "stages": stages,
    }
    Path(result).write_text(json.dumps(found))


class Enough(Exception):
    """What was asked for has been measured."""


def end(*_: Any) -> None:
    """End the run before the stage that this function stands for."""
    raise Enough


def start_always() -> None:
    """Let workers start however little there is to do."""
    from entropy_assets.execution import pieces

    pieces.START_SECONDS = 0.0


def places(pipeline: Any) -> dict[str, tuple[Any, str]]:
    """Return stage -> where `pipeline.decide` finds its function, and under which name."""
    steps = {
        "ingest": (pipeline.ingest, "read_drops"),
        "dedup": (pipeline.dedup, "deduplicate_drops"),
        "screening": (pipeline.screening, "screen_drops"),
    }
    named = {
        "drop report": "report_drops",
        "pool": "assemble_pool",
        "selection": "choose_records",
        "control": "select_control",
        "probe": "probe_candidate",
        "law": "report_law",
        "publication": "conclude",
    }
    return steps | {stage: (pipeline, name) for stage, name in named.items()}


def timed(name: str, fn: Callable[..., Any], stages: list[dict[str, Any]]) -> Callable[..., Any]:
    """Return a function that does what `fn` does and notes what it cost and what came out."""

    @wraps(fn)
    def wrapped(*arguments: Any) -> Any:
        began, before, moved = time.monotonic(), cpu_seconds(), moved_bytes()
        made = fn(*arguments)
        cost = {"began": began, "ended": time.monotonic(), "cpu_seconds": cpu_seconds() - before}
        cost |= {kind: n_bytes - moved[kind] for kind, n_bytes in moved_bytes().items()}
        parts = made if isinstance(made, tuple) else (made,)
        # An entry of the ledger says when it was written; the state that it brings does not.
        sealed = [getattr(part, "state", part) for part in parts]
        digests = [one.digest for one in sealed if hasattr(one, "digest")]
        stages.append({"stage": name, **cost, "digests": digests})
        return made

    return wrapped


COMPRESSED = [0]
"""Bytes that `zip` had priced so far."""


def count_compressed() -> None:
    """Count the bytes of each text that is priced beside a context."""
    from entropy_assets.curation.selection.zstd_context import ZstdContext

    plain = ZstdContext.added_bytes

    @wraps(plain)
    def counted(context: Any, texts: Sequence[bytes], workers: int = 1) -> Any:
        COMPRESSED[0] += sum(map(len, texts))
        return plain(context, texts, workers)

    ZstdContext.added_bytes = counted  # type: ignore[method-assign]


def moved_bytes() -> dict[str, int]:
    """Return the bytes that this process has read and written, and those that `zip` had priced, so far."""
    told = {}
    if Path("/proc/self/io").is_file():
        told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return {
        "read_bytes": int(told.get("rchar", 0)),
        "written_bytes": int(told.get("wchar", 0)),
        "compressed_bytes": COMPRESSED[0],
    }


def cpu_seconds() -> float:
    """Return the processor time of this process and of the workers that have ended, in seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    main(sys.argv[1:])
