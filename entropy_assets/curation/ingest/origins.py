"""Where a file lies in a drop -> the source, language and split that its rows have unless they say so.

Names that writers of shards make (``part-00000-<uuid>-c000.snappy``, ``train-00001-of-00003``) say nothing
of what is in them, so the same rows have the same source whoever wrote them. Folders do, and ``key=value``
most of all.

What belongs here: what a path says. What does not: which files are read (`files`), and what rows say.
"""

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from entropy_assets.curation.ingest.split_names import TRAIN, split_in, split_named, without_shard
from entropy_assets.curation.ingest.streams import name_parts
from entropy_assets.curation.ingest.unread import NOTHING_DECLARED, Declared
from entropy_assets.languages import language_of

NAMELESS = "data"
"""Source of rows whose file and folders have no name but those that shards and splits have."""

_KEYS = {"source": "source", "domain": "source", "language": "language", "lang": "language", "split": "split"}

# Names that many data sets have: alone they tell none from another.
_PLAIN_NAMES = frozenset(
    [
        *("data", "dataset", "default", "part", "parts", "shard", "shards", "chunk", "chunks", "file"),
        *("files", "output", "out", "records", "raw", "jsonl", "json", "parquet", "csv", "txt", "text"),
        *("snapshots", "blobs", "main", "latest", "export", "exports", "dump", "delivery", "copy"),
    ]
)
_NULLS = frozenset(["__HIVE_DEFAULT_PARTITION__", "__DEFAULT_PARTITION__", "null", ""])
"""Values of ``key=value`` that writers of folders give to what has none."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LANGUAGE = re.compile(r"[a-z]{2}")
_UUID = "[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# A day or a month of this century, a week, a quarter, and the time of a day behind it.
_DATE = rf"""(?:
        (?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])(?:[-_.]?(?:0[1-9]|[12]\d|3[01]))?
      | (?:0?[1-9]|[12]\d|3[01])[-_.](?:0?[1-9]|1[0-2])[-_.](?:19|20)\d\d
      | (?:19|20)\d\d[-_.]?(?:w[0-5]\d|q[1-4]|h[12])(?:[-_.]\d)?
      | (?:19|20)\d\d[-_.]?{_MONTH}(?:[-_.]?\d\d?)? | (?:\d\d?[-_.]?)?{_MONTH}[-_.]?(?:19|20)\d\d
    )(?:[-_.T\ ]?\d\d[-_.:]?\d\d(?:[-_.:]?\d\d(?:[.,]\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?"""
# From the end of a name; what is left is looked at again.
_ENDS = re.compile(
    rf"""[-_.\s]*(?:\(\d+\)|\[\d+\]|(?:^|[-_.\s]+)copy(?:[-_.\ ]?\d+)?)$   # a second download
      | (?:^|[-_.\ ]+)(?:
        {_DATE}
      | (?:v|ver|version|rev|release)[-_.]?\d+(?:[-_.]\d+)*(?:[-_.]?(?:rc|beta|alpha)\d*)?
      | \d+(?:\.\d+)+                           # 1.7
      | (?:day|week|month|run|delivery|export|dump)[-_.]?\d+ | latest
      |
        {_UUID}                                 # one run of a writer
      | (?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{{12,64}}   # a digest
      | c\d{{3,}}                               # Spark's count of files
      | (?:\d+[-_.])?(?:of)[-_.]?\d+            # 00000-of-00003
      | (?:part|shard|chunk|split|file|batch|block|piece)s?[-_.]?\d+
      | \d{{3,}}
      | snappy | gzip | gz | zstd | zst | lz4 | brotli | uncompressed
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_START = re.compile(rf"{_DATE}[-_.\ ]+(?=\D)", re.IGNORECASE | re.VERBOSE)
_PART_ALONE = re.compile(r"(?:part|shard|chunk|file|batch|block|piece|data|\d+)s?[-_.]?\d*", re.IGNORECASE)
_SHARD = re.compile(r"(?:part|shard|chunk)s?[-_.](?:[rm][-_.])?\d{3,}(?:[-_.].*)?", re.IGNORECASE | re.DOTALL)


class Origin(NamedTuple):
    """What a file's place says of its rows.

    Attributes
    ----------
    file
        Path in the drop, as text.
    source, language
        Those of a row that names none; no language is None.
    split
        Split that the path names, one of the values of `split_names.SPLITS`; None where it names none.
    columns
        Further ``key=value`` of its folders and of the declaration, for rows that have no such key.
    declared
        What the declaration says of keys.
    """

    file: str
    source: str
    language: str | None = None
    split: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    declared: Declared = NOTHING_DECLARED


def origin_of(file: str, siblings: frozenset[str] = frozenset()) -> Origin:
    """Return what the path of a file says.

    Parameters
    ----------
    file
        Path in the drop, folders apart by slashes.
    siblings
        Bare names, as `bare_name` gives them, of the drop's files and folders: a name that ends with a split
        is taken apart only where its beginning stands with another split too (``wiki_test`` beside
        ``wiki_train``).

    Examples
    --------
    >>> origin_of("source=wiki/lang=de/part-0.parquet")[1:4]
    ('wiki', 'de', None)
    >>> origin_of("c4/train-00000-of-00003.parquet")[1:4], origin_of("books.jsonl")[1:4]
    (('c4', None, 'train'), ('books', None, None))
    """
    *folders, name = file.split("/")
    told: dict[str, str] = {}
    columns: list[tuple[str, str]] = []
    names: list[str] = []
    split = None
    for folder in folders:
        key, is_pair, value = folder.partition("=")
        if is_pair and unquote(value) in _NULLS:
            continue
        if is_pair and key and value:
            known = _KEYS.get(key.lower())
            said = language_of(unquote(value)) if known == "language" else unquote(value)
            if known and said:
                told[known] = said
            else:
                columns.append((key, unquote(value)))
            continue
        rest, named = _taken_apart(bare_name(one_line(folder)), siblings)
        split = named or split
        if rest or not named:
            names.append(rest if named else folder)
    base, named = _taken_apart(one_line(bare_name(name)), siblings)
    base = _bare(base) if named else base
    split = named or split
    if "split" in told:
        split = split_named(told["split"]) or told["split"]
    source = one_line(told.get("source", "")) or _first_of([base, *map(one_line, reversed(names))])
    return Origin(file, source, told.get("language"), split, tuple(columns))


def one_line(name: str) -> str:
    r"""Return a name with a blank in place of line feeds and other signs without a form.

    >>> one_line("\n a\x00b")
    'a b'
    """
    return _CONTROL.sub(" ", name).strip() if _CONTROL.search(name) else name


def is_one_line(name: str) -> bool:
    """Return whether a name has no line feed and no other sign without a form."""
    return not _CONTROL.search(name)


def bare_name(name: str) -> str:
    """Return a file's name without its suffixes and all that tells shards and deliveries apart.

    Nothing may be left: dates, versions, and the signs of a second download are no names either.

    >>> bare_name("part-00000-c000.snappy.parquet"), bare_name("law-00000-of-00003.jsonl")
    ('', 'law')
    >>> bare_name("2024-05-01.jsonl"), bare_name("wiki v1.2 (1).jsonl")
    ('', 'wiki')
    """
    return _bare(name_parts(name)[0])


def _bare(stem: str) -> str:
    if _SHARD.fullmatch(stem):
        return ""
    bare = _START.sub("", stem, count=1) if _START.match(stem) else stem
    while (found := _ENDS.search(bare)) and (found.start() or not bare.isalnum() or _is_counted(bare)):
        bare = bare[: found.start()]
    return "" if _PART_ALONE.fullmatch(bare) and (bare != stem or any(map(str.isdigit, bare))) else bare


def _is_counted(name: str) -> bool:
    return any(map(str.isdigit, name)) or name.lower() in _PLAIN_NAMES


def _taken_apart(bare: str, siblings: frozenset[str]) -> tuple[str, str | None]:
    """Return the name of the data and the split in a bare name."""
    if whole := split_named(bare):
        return "", whole
    found = split_in(bare)
    if not found:
        return bare, None
    base, split = found
    if split == TRAIN or without_shard(base) in _trained_on(siblings):
        return base, split
    return bare, None


@functools.lru_cache(maxsize=4)
def _trained_on(names: frozenset[str]) -> frozenset[str]:
    """Return the names, without numbers of shards, that stand with `train`."""
    found = filter(None, map(split_in, names))
    return frozenset(without_shard(base) for base, split in found if split == TRAIN)


def _first_of(names: list[str]) -> str:
    """Return the first name that tells a data set from others, those of languages last; else `NAMELESS`."""
    telling = list(_telling(names))
    return next((name for name in telling if not _LANGUAGE.fullmatch(name)), (telling or [NAMELESS])[0])


def _telling(names: list[str]) -> Iterator[str]:
    for name in names:
        bare = name if name is names[0] else bare_name(name)
        if bare and bare.lower() not in _PLAIN_NAMES and not split_named(bare):
            yield name if name is names[0] else bare
