"""Where results of commands go: looked at before any work is done, with the option that names the place.

What belongs here: whether a file can be put somewhere, and what its name says about its form. What does not:
writing.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from entropy_assets.errors import InvalidParameter
from entropy_assets.temporary import cleared, disk_fault, temporary_beside, written_to

FORMS = {
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".json": "array",
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "text",
    ".parquet": "parquet",
}
"""Ending of a name -> the form that it says."""

WORDS = {
    "lines": "JSON lines",
    "array": "a JSON array",
    "csv": "CSV",
    "tsv": "TSV",
    "text": "plain text",
    "parquet": "Parquet",
}
"""Form -> what it is called."""

PACKINGS = (".gz", ".zst")
_OTHER_PACKINGS = (".bz2", ".xz", ".zip", ".7z", ".zstd", ".lz4", ".br", ".tar", ".tgz")


def form_named(path: Path) -> tuple[str, str]:
    """Return the form and the packing that a name says, each empty where it says none.

    >>> form_named(Path("rows.JSONL.gz"))
    ('lines', '.gz')
    >>> form_named(Path("picked"))
    ('', '')
    """
    name = path.name.lower()
    packing = next((end for end in (*PACKINGS, *_OTHER_PACKINGS) if name.endswith(end)), "")
    return FORMS.get(Path(name.removesuffix(packing)).suffix, ""), packing


def _suffix(path: Path) -> str:
    """Return what a name ends in, before what says how it is packed."""
    name = path.name.lower()
    packing = form_named(path)[1]
    return Path(name.removesuffix(packing)).suffix


def require_no_device(**options: Path | None) -> None:
    """Refuse options that name a pipe, a socket or a device as the place of a result.

    Results are written beside their place and moved there, which would replace what is there.

    Raises
    ------
    InvalidParameter
        One does.
    """
    for name, path in options.items():
        with _as_place(name, path):
            if path is not None and path.exists() and not (path.is_file() or path.is_dir()):
                raise InvalidParameter(f"--{name} {path} is a pipe, socket or device: name a file")


def require_places(**options: Path | None) -> None:
    """Refuse options that name a place where no file can be put; nothing is left there.

    Raises
    ------
    InvalidParameter
        Something that is no file is there, what is above it is no folder, or a folder cannot be made.
    StorageFailed
        The disk cannot be written to.
    """
    require_no_device(**options)
    for name, path in options.items():
        if path is None:
            continue
        with _as_place(name, path):
            if path.is_dir():
                raise InvalidParameter(f"--{name} {path} is a folder: name a file")
            above = next(folder for folder in path.absolute().parents if folder.exists())
            if not above.is_dir():
                raise InvalidParameter(
                    f"--{name} {path} cannot be written, {above} is no folder: name another"
                )
            _try_writing(path)


def require_apart(result: str, place: Path, **others: Path | None) -> None:
    """Refuse a place of a result that is something else that the command was given.

    Parameters
    ----------
    result, place
        Option of the result, and where it goes.
    others
        Name -> what else was given: an option, or in capitals an argument.

    Raises
    ------
    InvalidParameter
        It is one of them, however it is spelt.
    """
    for name, path in others.items():
        if path is None:
            continue
        is_same = path.resolve() == place.resolve()
        if is_same or (path.exists() and place.exists() and path.samefile(place)):
            what = name if name.isupper() else f"--{name}"
            raise InvalidParameter(f"--{result} {place} is {what} itself: name another file")


def require_parquet(**options: Path | None) -> None:
    """Refuse options whose name says another form than Parquet, which is what is written there.

    Raises
    ------
    InvalidParameter
        One does.
    """
    for name, path in options.items():
        form, packing = ("", "") if path is None else form_named(path)
        if packing or form not in ("", "parquet") or (path is not None and path.suffix and not form):
            raise InvalidParameter(
                f"--{name} {path} is written as Parquet: let its name end in .parquet"
                + (" alone, it is packed inside" if form == "parquet" else "")
            )


def require_ending(*endings: str, **options: Path | None) -> None:
    """Refuse options whose name ends in something else than what is written there; one without end is fine.

    Raises
    ------
    InvalidParameter
        One does.
    """
    for name, path in options.items():
        if path is not None and path.suffix and path.suffix.lower() not in endings:
            raise InvalidParameter(f"--{name} {path} must end in {' or '.join(endings)}, or in nothing")


def form_to_write(out: Path, pool: Path, form: str) -> str:
    """Return the form in which rows of a pool are written, as the name of the result says it.

    A name that says nothing, or ends as the pool's does, means the pool's form. JSON lines and an array hold
    the same rows, so each is written as the other.

    Parameters
    ----------
    out, pool
        The file to write, and what the rows come from: a file, or a folder of Parquet.
    form
        Form of the pool, a key of `WORDS`.

    Raises
    ------
    InvalidParameter
        The name says a form, or a packing, in which these rows are not written.
    """
    (said, packing), suffix = form_named(out), _suffix(out)
    if packing in _OTHER_PACKINGS:
        raise InvalidParameter(
            f"--out {out} cannot be packed so: end it in {' or '.join(PACKINGS)}, or in neither"
        )
    if packing and "parquet" in (said, form):
        raise InvalidParameter(
            f"--out {out} would be packed Parquet, which nothing reads: end it in .parquet"
        )
    is_known = bool(said) or not suffix or suffix == _suffix(pool)
    if is_known and (not said or said == form or said == form_named(pool)[0]):
        return form
    if {said, form} == {"lines", "array"}:
        return said
    raise InvalidParameter(
        f"--out {out} says {WORDS.get(said, 'no form that is written')}, and {pool} is {WORDS[form]}, which "
        f"select writes as it came: name it {' or '.join(end for end in FORMS if FORMS[end] == form)}"
    )


def _try_writing(path: Path) -> None:
    """Put a file beside a place and take it away again, with the folders that were made for it."""
    folder = path.absolute().parent
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    probe, made = temporary_beside(path), list[Path]()

    def clear() -> None:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)
        for one in reversed(made):
            with contextlib.suppress(OSError):  # it is gone already, or another one has filled it
                one.rmdir()

    with cleared(clear):
        for one in reversed(missing):
            made.append(one)
            try:
                one.mkdir()
            except FileExistsError:  # by another, just now
                made.pop()
        probe.touch()


@contextlib.contextmanager
def _as_place(name: str, path: Path | None) -> Iterator[None]:
    """Turn what the system says of a place into one sentence with its option."""
    with written_to(f"--{name} {path}"):
        try:
            yield
        except OSError as error:
            if disk_fault(error) is not None:
                raise
            raise InvalidParameter(
                f"--{name} {path} cannot be made ({error.strerror or error}): name another place"
            ) from error
