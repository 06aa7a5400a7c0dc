"""Row `memory`: the peak memory of the command line on a large pool."""

import tempfile
from pathlib import Path

from benchmarks.zip.job import Check, Job, Result
from benchmarks.zip.pools import PoolSpec, ensure_pool
from benchmarks.zip.process import COMMAND_LINE, Usage, run_command

N_RECORDS, N_PICKS = 1_000_000, 2000
BAR_BYTES = 3 * 2**30
PER_POOL_BYTE, FIXED_BYTES = 3, 500_000_000
TAIL = 200


def measure_memory(job: Job) -> Result:
    """Return the peak resident set of `entropy-assets select` with the selector `zip`."""
    spec = PoolSpec(1000, is_small=True) if job.is_smoke else PoolSpec(N_RECORDS)
    pool = ensure_pool(spec, job.shared, job.cache)
    n_picks = 100 if job.is_smoke else N_PICKS
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "picked.jsonl"
        command = [*COMMAND_LINE, "select", str(pool.path), "--selector", "zip", "--budget", str(n_picks)]
        usage = run_command([*command, "--out", str(out), "--workers", str(job.workers)])
        n_written = len(out.read_bytes().splitlines()) if out.is_file() else 0
    figures = {
        "pool": pool.figures,
        "peak_bytes": usage.peak_bytes,
        "seconds": usage.seconds,
        "cpu_seconds": usage.cpu_seconds,
        "return_code": usage.return_code,
        "picks": n_written,
    }
    return Result(memory_checks(usage, pool.figures, n_written == n_picks), figures)


def memory_checks(usage: Usage, pool: dict[str, float], is_complete: bool) -> list[Check]:
    """Return the checks of the peak; a command that stopped or wrote too little has no figure."""
    works = usage.return_code == 0 and is_complete
    if works:
        note = f"pool {pool['bytes'] / 1e6:.0f} MB of text, {usage.seconds:.0f} s"
    else:
        note = f"the command ended with code {usage.return_code}: {' '.join(usage.output.split())[-TAIL:]}"
    allowed = PER_POOL_BYTE * pool["bytes"] + FIXED_BYTES
    what = f"peak memory of the command, {pool['records']:,} records"
    peak = usage.peak_bytes
    return [
        Check(what, "under", BAR_BYTES / 2**30, "GiB", peak / 2**30 if works else None, note),
        Check(
            f"{what}, against 3 x pool + 500 MB", "at most", 1, "", peak / allowed if works else None, note
        ),
    ]
