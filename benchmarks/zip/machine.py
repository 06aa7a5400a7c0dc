"""Where and with what the figures were measured."""

import os
import platform
import subprocess
import zlib
from importlib.metadata import PackageNotFoundError, version

import zstandard

from benchmarks.zip.process import ROOT


def machine_kind() -> str:
    """Return cores that this process may use and the machine's memory, as "2 cores, 24 GiB"."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{len(os.sched_getaffinity(0))} cores, {round(memory / 2**30)} GiB"


def versions() -> dict[str, str]:
    """Return what decides picks and times: interpreter, libraries, commit."""
    packages = {}
    for name in ("zstandard", "torch", "numpy", "polars", "entropy-assets"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "not installed"
    return {
        "python": platform.python_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "zstd": ".".join(map(str, zstandard.ZSTD_VERSION)),
        **packages,
        "commit": commit(),
    }


def commit() -> str:
    """Return the commit of the checkout, with "-dirty" where files differ from it; "unknown" without git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
