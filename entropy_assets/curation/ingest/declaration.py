"""`drop.toml`: what whoever delivers a drop declares about it.

What belongs here: the file's form. What does not: what follows from a declaration.
"""

import difflib
import stat
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets.curation.ingest.batches import Ingested, Note
from entropy_assets.curation.ingest.origins import Origin, is_one_line
from entropy_assets.curation.ingest.split_names import SPLITS
from entropy_assets.curation.ingest.unread import NOTHING_DECLARED, Declared
from entropy_assets.errors import InvalidInput
from entropy_assets.languages import language_of

DECLARATION = "drop.toml"
"""Name of the file, in the drop's own folder; it holds no rows."""

MAX_BYTES = 65_536
_MISTAKABLE = {f"{DECLARATION}{end}" for end in ("", ".txt", ".gz", ".zst", ".zip", ".bz2", ".xz")}


_KEYS = ("source", "licence", "language", "split")
_LISTS = ("metadata", "context")
_ALL = frozenset({"correction", *_KEYS, *_LISTS})
_OTHER_SPELLING = "license"


@dataclass(frozen=True)
class Declaration:
    """What a drop declares of its rows; an empty text where it says nothing.

    Parameters
    ----------
    corrects
        Source that it corrects.
    source, language, licence
        Those of rows that name none.
    split
        Split of all its files, whatever their names say.
    keys
        Keys of its rows that are metadata, and those of what stands behind a question.
    """

    corrects: str = ""
    source: str = ""
    licence: str = ""
    language: str = ""
    split: str = ""
    keys: Declared = NOTHING_DECLARED

    def of(self, origin: Origin, source: str | None = None) -> Origin:
        """Return what a file's place says, with what is declared, and before that `source`, in its stead."""
        columns = origin.columns
        if self.licence:
            columns = (*columns, ("licence", self.licence))
        return Origin(
            file=origin.file,
            source=source or self.source or origin.source,
            language=self.language or origin.language,
            split=self.split or origin.split,
            columns=columns,
            declared=self.keys,
        )


def declaration_of(folder: Path, drop: str) -> Declaration:
    """Return what a drop declares; nothing where it has no such file.

    Parameters
    ----------
    folder
        Folder of the drop.
    drop
        Its name, for messages.

    Raises
    ------
    InvalidInput
        The file is no small regular TOML file, or says something else than ``source``, ``licence``,
        ``language``, ``split``, ``metadata`` and ``context``, and ``[correction]`` with ``source = "..."``.
    """
    path = folder / DECLARATION
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return Declaration()
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_BYTES:
        raise InvalidInput(
            f"{DECLARATION} of drop {drop!r} must be a regular file of at most {MAX_BYTES:,} bytes: write one"
        )
    try:
        value = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())
        raise InvalidInput(f"{DECLARATION} of drop {drop!r} is no TOML ({why}): mend it") from error
    if _OTHER_SPELLING in value:
        if "licence" in value:
            raise InvalidInput(
                f"{DECLARATION} of drop {drop!r} holds licence and {_OTHER_SPELLING}: remove one of them"
            )
        value["licence"] = value.pop(_OTHER_SPELLING)
    table = value.get("correction", {})
    strange = sorted(value.keys() - _ALL)
    strange += sorted(table.keys() - {"source"}) if isinstance(table, dict) else []
    if strange:
        meant = difflib.get_close_matches(strange[0].lower(), _ALL, n=1)
        raise InvalidInput(
            f"{DECLARATION} of drop {drop!r} may hold {', '.join(_KEYS)}, and [correction] with `source` "
            f"and lists {' and '.join(_LISTS)} and nothing else, it holds {', '.join(map(repr, strange))}: "
            f"remove that{f', or write {meant[0]!r}' if meant else ''}"
        )
    said = {key: _text_of(key, value[key], drop) for key in _KEYS if key in value}
    if "language" in said:
        said["language"] = _language(said["language"], drop)
    if "split" in said:
        said["split"] = _split(said["split"], drop)
    return Declaration(corrects=_correction(value, drop), keys=_keys(value, drop), **said)


def with_unmet(batches: Iterable[Ingested], declared: Declared) -> Iterator[Ingested]:
    """Yield batches of a drop; the last tells which keys of its declaration no row has.

    Parameters
    ----------
    batches
        One or more.
    declared
        What is declared of keys.
    """
    held: Ingested | None = None
    met: set[str] = set()
    n_rows = 0
    for batch in batches:
        if held is not None:
            yield held
        held = batch
        met |= batch.keys_met
        n_rows += batch.rows_in
    if held is None:
        return
    unmet = [
        Note(DECLARATION, f"says {key!r} under {name}, and no row has such a key: mend or remove it")
        for name, keys in declared._asdict().items()
        for key in keys
        if key not in met
    ]
    yield replace(held, told=(*held.told, *unmet)) if unmet and n_rows else held


def _keys(value: dict[str, Any], drop: str) -> Declared:
    """Return what a declaration says of the keys of rows."""
    said = {}
    for name in _LISTS:
        keys = value.get(name, [])
        if not isinstance(keys, list) or not all(isinstance(key, str) and key for key in keys):
            raise InvalidInput(
                f"`{name}` in {DECLARATION} of drop {drop!r} must be a list of keys, as in "
                f'{name} = ["notes"], got {keys!r}: write one'
            )
        said[name] = tuple(dict.fromkeys(keys))
    if twice := sorted(set(said["metadata"]).intersection(said["context"])):
        raise InvalidInput(
            f"{twice[0]!r} stands under metadata and context in {DECLARATION} of drop {drop!r}: take one away"
        )
    return Declared(**said)


def _text_of(key: str, value: object, drop: str) -> str:
    if isinstance(value, str) and not value.strip():
        raise InvalidInput(
            f"`{key}` in {DECLARATION} of drop {drop!r} is empty: take the line away, or fill it in"
        )
    if not isinstance(value, str):
        raise InvalidInput(
            f"`{key}` in {DECLARATION} of drop {drop!r} must be a text in quotes, got {value!r}: write one"
        )
    if not is_one_line(value.strip()):
        raise InvalidInput(
            f"`{key}` in {DECLARATION} of drop {drop!r} must be one line, got {value!r}: write it so"
        )
    return value.strip()


def _language(said: str, drop: str) -> str:
    found = language_of(said)
    if found is None:
        raise InvalidInput(
            f'`language` in {DECLARATION} of drop {drop!r} must be a language, as "en" or "English", got '
            f"{said!r}: name one"
        )
    return found


def _split(said: str, drop: str) -> str:
    if said.lower() not in SPLITS:
        raise InvalidInput(
            f"`split` in {DECLARATION} of drop {drop!r} must be one of {', '.join(SPLITS)}, got {said!r}: "
            "name one"
        )
    return SPLITS[said.lower()]


def _correction(value: dict[str, Any], drop: str) -> str:
    """Return the source that a declaration corrects; empty where it corrects none."""
    if "correction" not in value:
        return ""
    table = value["correction"]
    if not isinstance(table, dict):
        raise InvalidInput(
            f"[correction] in {DECLARATION} of drop {drop!r} must be one table, got {_kind(table)}: write "
            '[correction] and, below it, source = "manuals"'
        )
    source = table.get("source")
    if not isinstance(source, str) or not source.strip():
        raise InvalidInput(
            f"[correction] in {DECLARATION} of drop {drop!r} must name the source that the drop corrects, "
            f'as in source = "manuals", got {source!r}: name it'
        )
    return source


def _kind(value: object) -> str:
    """Return in words what TOML gave in place of a table."""
    return "a list of tables, [[correction]]" if isinstance(value, list) else f"the value {value!r}"


def refuse_misnamed(name: str, prefix: str, drop: str) -> None:
    """Refuse a declaration that nobody would read, misspelt, packed, or in a folder of the drop.

    Parameters
    ----------
    name
        Name of a file or folder of the drop.
    prefix
        Path of its folder in the drop, empty or ending in a slash.
    drop
        Name of the drop, for messages.

    Raises
    ------
    InvalidInput
        It is one.
    """
    if name.casefold() not in _MISTAKABLE or (name == DECLARATION and not prefix):
        return
    raise InvalidInput(
        f"{prefix}{name} of drop {drop!r} looks like a declaration, which is a file {DECLARATION}, spelt so "
        "and not packed, in the drop's own folder: put it there, or give it another name"
    )


def require_correctable(drop: str, source: str, rows: Sequence[pl.DataFrame]) -> None:
    """Refuse the rows of a correction that cannot be told apart, or are of another source.

    Parameters
    ----------
    drop
        Name of the drop.
    source
        The source that it corrects.
    rows
        Frames with `row_id` and `source` of all its records.

    Raises
    ------
    InvalidInput
        A row has no row id, two have the same one, or one is of another source.
    """
    said = f"drop {drop!r} says that it corrects source {source!r}"
    table = pl.concat(rows) if rows else pl.DataFrame(schema={"row_id": pl.String, "source": pl.String})
    others = table.filter(pl.col("source") != source)["source"].unique().sort().to_list()
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise InvalidInput(
            f"{said}, but holds records of {', '.join(map(repr, others[:3]))}{more}: deliver those apart, or "
            "state the source in each row"
        )
    if missing := table["row_id"].null_count():
        raise InvalidInput(
            f"{said}, so each row must have an id, {missing:,} of {table.height:,} rows have none: name them"
        )
    twice = table.filter(pl.col("row_id").is_duplicated())["row_id"].unique().sort()
    if len(twice):
        raise InvalidInput(
            f"{said}, so each id must stand once, {len(twice):,} stand more than once, {twice[0]!r} among "
            "them: deliver one row an id"
        )
