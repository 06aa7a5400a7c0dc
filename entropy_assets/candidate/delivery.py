"""Temporary: replaced by the delivery branch."""

import hashlib
from pathlib import Path

from entropy_assets.storage import SUCCESS_MARKER, digest_value


def content_digest(folder: Path) -> str:
    """Return the SHA-256 over names and digests of a drop's files."""
    files = [f for f in folder.rglob("*") if f.is_file() and f.name != SUCCESS_MARKER]
    return digest_value(
        sorted((f.relative_to(folder).as_posix(), hashlib.sha256(f.read_bytes()).hexdigest()) for f in files)
    )


def quick_mark(folder: Path) -> str:
    """Return a digest of names, sizes and times."""
    files = [f for f in folder.rglob("*") if f.is_file() and f.name != SUCCESS_MARKER]
    return digest_value(
        sorted((f.relative_to(folder).as_posix(), f.stat().st_size, f.stat().st_mtime_ns) for f in files)
    )
