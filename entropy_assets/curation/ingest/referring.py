"""What the words of a key say of files: whether it refers to one, and in rows of which kind.

What belongs here: words of keys. What does not: what their values must be (`media`).
"""

import enum
import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any

from entropy_assets.curation.ingest.naming import Named, kind_of, words_of

MEDIA = (
    *("images", "image", "audios", "audio", "videos", "video", "attachments"),
    *("image_path", "image_url", "image_file", "img", "image_paths", "image_urls"),
    *("audio_path", "audio_url", "video_path", "video_url"),
)
"""Keys of references to files; `attachments` may hold all of them in the form of a record, as JSON text."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THINGS = _words("""
    image img picture pic photo photograph screenshot frame figure scan audio wav sound speech recording
    utterance video clip movie pdf jpg jpeg png tiff webp flac
    """)
"""Words of things that lie in files."""

_HANDLES = _words("""
    id path file filename filepath name url uri href link key ref reference src uuid guid list
    """)
"""Last words of keys that say which of them is meant; sums and numbers in a row say nothing of it."""

_SOUNDS = _words("audio wav sound speech recording utterance")
"""Things of which a text is the transcript."""

_FURNITURE = _words("""
    thumb thumbnail avatar logo icon favicon banner cover og poster preview profile
    """)
"""Words of pictures that stand around a text, of which nothing speaks."""

_AROUND_TEXT = _words("screenshot hero header featured lead social share twitter badge")
"""Words of such pictures beside a text; beside a question they may be what it asks about."""

_PLACES = _words("file filename filepath path src")
_NOT_OF_FILES = _words("n num number has is with without use needs count max min no")
_GEOMETRY = _words("bbox box bounding polygon crop roi quad keypoint segmentation rle rect rectangle")
"""Last words of keys of a part of a picture, whatever else a row refers to."""

_COORDINATES = _words("""
    region point coordinate coord start end begin stop onset offset duration span timestamp segment page fps
    nframe slice channel grid
    """)
"""Last words of keys of a part of what a row refers to, where it does."""

_MEDIA = frozenset(MEDIA)
_OF_COORDINATES = _words("time sec second ms idx index number no num id")
_OF_FRAMES = _words("idx index number no num")
_KNOWN = _THINGS | _HANDLES | _GEOMETRY | _COORDINATES


class Refers(enum.Enum):
    """How a key may refer to a file, by its words.

    Attributes
    ----------
    thing, handle, place
        It is called after what lies in a file; after a name of such a thing; after a file.
    geometry, coordinate
        It says which part of a picture is meant; which part of what the row refers to, where it does.
    unknown
        Nothing is known, and the value may be the name of a file.
    furniture
        It is called after a picture around a text, as `thumbnail`: only a file of the data set counts.
    nothing
        It does not.
    """

    thing = enum.auto()
    handle = enum.auto()
    place = enum.auto()
    geometry = enum.auto()
    coordinate = enum.auto()
    unknown = enum.auto()
    furniture = enum.auto()
    nothing = enum.auto()


@functools.lru_cache(maxsize=4096)
def refers_by(key: str) -> Refers:
    """Return how a key may refer to a file.

    >>> [refers_by(key).name for key in ("page_image", "image_id", "filename", "bbox", "video_start", "id")]
    ['thing', 'handle', 'place', 'geometry', 'coordinate', 'nothing']
    >>> [refers_by(key).name for key in ("og_image", "avatar_url", "image_sha256", "frame_index")]
    ['furniture', 'furniture', 'nothing', 'coordinate']
    """
    if key in _MEDIA:
        return Refers.thing
    words = [_singular(word) for word in words_of(key)]
    if not words or words[0] in _NOT_OF_FILES:
        return Refers.nothing
    last, before = words[-1], words[:-1]
    if not _FURNITURE.isdisjoint(words):
        is_number = kind_of(key) is Named.record and last not in _HANDLES
        return Refers.nothing if is_number else Refers.furniture
    if last in _GEOMETRY:
        return Refers.geometry
    if last in _THINGS:
        return Refers.thing
    of_frame = "frame" in before and last in _OF_FRAMES
    if last in _COORDINATES or of_frame or (last in _OF_COORDINATES and not _COORDINATES.isdisjoint(before)):
        return Refers.coordinate
    if last in _HANDLES and not _THINGS.isdisjoint(before):
        return Refers.handle
    if last in _PLACES or words == ["file", "name"]:
        return Refers.place
    kind = kind_of(key)
    return Refers.nothing if kind in (Named.record, Named.switch, Named.part) else Refers.unknown


def _singular(word: str) -> str:
    short = word.removesuffix("es") if word.endswith("xes") else word.removesuffix("s")
    return short if short in _KNOWN else word


class Beside(enum.Enum):
    """What keys that may refer to a file stand beside.

    Attributes
    ----------
    question
        What may be about any file: a plain question, a turn, a chat that speaks of files.
    turns
        A chat that speaks of none: an identifier or an address is not what it is about.
    text
        A text: of files only those count whose content it may say, by their words.
    """

    question = enum.auto()
    turns = enum.auto()
    text = enum.auto()


@functools.lru_cache(maxsize=4096)
def may_count(key: str, beside: Beside) -> bool:
    """Return whether a key that refers to a file by its words may do so beside a text or a chat.

    >>> [may_count(key, Beside.text) for key in ("image", "audio_filepath", "utterance_id", "photo_id")]
    [True, True, True, False]
    >>> [may_count(key, Beside.turns) for key in ("screenshot", "image_path", "video_id", "pdf_url")]
    [True, True, False, False]
    """
    if beside is Beside.question or key in _MEDIA:
        return True
    by, words = refers_by(key), [_singular(word) for word in words_of(key)]
    if (
        by is Refers.handle
        and words[-1] not in _PLACES
        and (beside is Beside.turns or _SOUNDS.isdisjoint(words))
    ):
        return False
    return beside is Beside.turns or (by is not Refers.unknown and _AROUND_TEXT.isdisjoint(words))


_SPOKEN_OF = re.compile(
    r"<\W?(?:image|img|picture|audio|sound|speech|video|frame|document|page)\b|\b(?:"
    + "|".join(sorted(_THINGS))
    + r")s?\b",
    re.IGNORECASE,
)


def speaks_of_files(texts: Iterable[str]) -> bool:
    """Return whether texts have the place of a file, as ``<image>``, or the word for what lies in one.

    >>> [speaks_of_files([said]) for said in ("<image> Where?", "Who is in this photo?", "Hi")]
    [True, True, False]
    """
    return any(map(_SPOKEN_OF.search, texts))


def beside_of(content: Mapping[str, Any], asked: Any = None) -> Beside:
    """Return what the keys of a row stand beside.

    Parameters
    ----------
    content
        Its record.
    asked
        What asks in the row, where it has a place for a question.
    """
    if content["kind"] == "text":
        return Beside.text
    turns = content.get("messages") or [*content["prompt"], *content["chosen"], *content["rejected"]]
    is_about = (
        isinstance(asked, str)
        or any(turn.get("attachments") for turn in turns)
        or speaks_of_files(turn["content"] for turn in turns)
    )
    return Beside.question if is_about else Beside.turns
