"""Why a row cannot become a record: the codes, one sentence each, and how they travel.

What belongs here: the vocabulary of the quarantine. What does not: deciding which code applies.
"""

import enum
from collections.abc import Mapping
from typing import Any, NamedTuple


class Reason(enum.StrEnum):
    """Code of the reason for which a row, or a whole file, is in quarantine."""

    invalid_utf8 = "invalid_utf8"
    other_encoding = "other_encoding"
    invalid_json = "invalid_json"
    invalid_csv = "invalid_csv"
    not_an_object = "not_an_object"
    no_known_layout = "no_known_layout"
    ambiguous_layout = "ambiguous_layout"
    empty_text = "empty_text"
    not_a_string = "not_a_string"
    unknown_role = "unknown_role"
    empty_turn = "empty_turn"
    lone_surrogate = "lone_surrogate"
    duplicate_key = "duplicate_key"
    equal_answers = "equal_answers"
    attachment_by_value = "attachment_by_value"
    row_too_large = "row_too_large"
    nested_too_deep = "nested_too_deep"
    truncated_stream = "truncated_stream"
    compression_bomb = "compression_bomb"
    unreadable_header = "unreadable_header"
    unreadable_file = "unreadable_file"
    unsupported_file = "unsupported_file"
    git_lfs_pointer = "git_lfs_pointer"


REASONS: dict[Reason, str] = {
    Reason.invalid_utf8: "The row holds bytes that are not UTF-8; write the file as UTF-8.",
    Reason.other_encoding: "The file is text in another encoding, as UTF-16; write it as UTF-8.",
    Reason.invalid_json: "The row is not one JSON value; repair or remove it.",
    Reason.invalid_csv: "The row of a CSV file has a stray quote or another number of cells than the header.",
    Reason.not_an_object: "The row is JSON but not an object with named fields.",
    Reason.no_known_layout: "The fields of the row fit none of the layouts that can be read.",
    Reason.ambiguous_layout: "The fields of the row fit two layouts that say different things; keep one.",
    Reason.empty_text: "The text, or the list of turns, holds nothing but white space.",
    Reason.not_a_string: "A field that must be a string has another type.",
    Reason.unknown_role: "A turn has a role that is no spelling of system, user, assistant or tool.",
    Reason.empty_turn: "A turn of the conversation holds nothing but white space.",
    Reason.lone_surrogate: "The row escapes half of a surrogate pair, which no UTF-8 text can hold.",
    Reason.duplicate_key: "An object names the same key twice, so one of its values would be lost.",
    Reason.equal_answers: "The chosen and the rejected answer are the same, so there is no preference.",
    Reason.attachment_by_value: "An image, audio or file stands in the row itself; refer to it by its path.",
    Reason.row_too_large: "The row has more bytes than `ingest.max_row_bytes` allows.",
    Reason.nested_too_deep: "Objects and lists of the row are nested deeper than `ingest.max_depth` allows.",
    Reason.truncated_stream: "The file ends before its data do; deliver it again. Rows before are kept.",
    Reason.compression_bomb: "The file unpacks to more bytes than the limits allow; the rest stays packed.",
    Reason.unreadable_header: "The first row of a CSV file cannot name its columns, so no row can be read.",
    Reason.unreadable_file: "The file is damaged or cannot be opened; deliver it again.",
    Reason.unsupported_file: "The file is of a kind that is not read, or is no regular file.",
    Reason.git_lfs_pointer: "The file is a Git LFS pointer; fetch the data and deliver them.",
}
"""Code -> one sentence for people."""

INCOMPLETE = frozenset(
    {
        Reason.truncated_stream,
        Reason.compression_bomb,
        Reason.other_encoding,
        Reason.unreadable_header,
        Reason.unreadable_file,
        Reason.git_lfs_pointer,
    }
)
"""Reasons that leave an unknown number of rows behind: a drop with one of them is not complete."""


class Fault(NamedTuple):
    """What is wrong with a row or with the rest of a file."""

    reason: Reason
    detail: str


class Refused(Exception):
    """A row cannot become a record; caught where the row was read, never seen by callers of the stage."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(reason, detail)


class Unplaced(Refused):
    """A row that fits no layout, or whose layout leaves keys that may be trained on; what to do is not said.

    `keys` are those keys, none where no layout fits; `advice` is what is said where nothing better is known.
    `behind` are those of the keys that may be declared to stand behind the question, and `context_advice`
    says so.
    """

    def __init__(
        self,
        detail: str,
        keys: tuple[str, ...] = (),
        advice: str = "",
        behind: tuple[str, ...] = (),
        context_advice: str = "",
    ) -> None:
        super().__init__(Reason.no_known_layout, detail)
        self.keys = keys
        self.advice = advice
        self.behind = behind
        self.context_advice = context_advice


def type_name(value: Any) -> str:
    """Return the JSON name of a value's type, for messages.

    >>> type_name(None), type_name([1])
    ('null', 'a list')
    """
    if value is None:
        return "null"
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return f"a {type(value).__name__}"


_TYPE_NAMES: tuple[tuple[Any, str], ...] = (
    (bool, "a boolean"),
    ((int, float), "a number"),
    (str, "a string"),
    (list, "a list"),
    (Mapping, "an object"),
)


def one_of(given: dict[str, Any], place: str) -> Any:
    """Return the value that all keys have.

    Raises
    ------
    Refused
        Two of them differ.
    """
    first, *others = given.values()
    if any(other != first for other in others):
        names = " and ".join(given)
        raise Refused(Reason.ambiguous_layout, f"{place} has {names}, which differ; keep one")
    return first
