"""The rows by name, in the order in which they run."""

import importlib

from benchmarks.zip.job import Job, Result

ROWS: dict[str, tuple[str, str]] = {
    "official": ("benchmarks.zip.official", "zip_paper against the official script, budget 600"),
    "official_10k": ("benchmarks.zip.official_cost", "zip_paper against the official script, budget 10,000"),
    "paper_300k": ("benchmarks.zip.speed", "zip_paper, 300,000 records"),
    "zip_300k": ("benchmarks.zip.speed", "zip, 300,000 records"),
    "quality": ("benchmarks.zip.quality", "xz ratio at equal bytes"),
    "blobs": ("benchmarks.zip.blobs", "planted blobs"),
    "far_copy": ("benchmarks.zip.far_copy", "a copy of the first pick"),
    "memory": ("benchmarks.zip.memory", "peak memory, 1,000,000 records"),
    "half": ("benchmarks.zip.half", "half of the bytes of large pools"),
    "limit": ("benchmarks.zip.limit", "the compressor's own speed"),
}
"""Row -> (module, title); the module's function `measure_<row>` takes a job and returns a result."""


def measure(row: str, job: Job) -> Result:
    """Return the result of a row, measured in this process."""
    module, _ = ROWS[row]  # imported here, so that the command stays small beside what it measures
    function = getattr(importlib.import_module(module), f"measure_{row}")
    result: Result = function(job)
    return result
