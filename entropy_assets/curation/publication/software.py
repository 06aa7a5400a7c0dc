"""The software that a version was made with, for its manifest.

What belongs here: names and releases. What does not: what follows from them.
"""

import platform
import zlib
from importlib.metadata import version as package_version

import zstandard


def software() -> dict[str, str]:
    """Return name -> release of this package and of the libraries that its results depend on."""
    return {
        "entropy-assets": package_version("entropy-assets"),
        "polars": package_version("polars"),
        "python": platform.python_version(),
        "torch": package_version("torch"),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "zstd": ".".join(map(str, zstandard.ZSTD_VERSION)),
    }
