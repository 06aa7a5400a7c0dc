r"""Marked texts: what dedup compares of a record, with a mark before each turn that says whose it is.

A mark is one of four separators that no keyboard writes, U+001C to U+001F. To tokens it is white space, so
bands are those of the text without it; where two texts are read closely, it tells context, question and
answer apart. Where a turn is spoken by another than such turns are, as a tool's, a tag behind the mark says
by whom. A text without turns may have them in its words, as `Question:` and `Answer:` at the start of
lines do.

What belongs here: where the parts of a record begin. What does not: what follows from them.
"""

import re

import polars as pl
import xxhash

from entropy_assets.curation.dedup.exact_parts import with_numbers, without_call_ids
from entropy_assets.curation.dedup.shots import Shot, cut_by_names, last_shot
from entropy_assets.records import full_text_column

CONTEXT, ASKED, ANSWER, REJECTED = "\x1c", "\x1d", "\x1e", "\x1f"
"""Marks of a system turn or what else frames a talk, of what is asked, of what is answered, and of what a
preference rejects."""

ROLES = {"system": "\x15", "user": "\x16", "assistant": "\x17", "tool": "\x18"}
"""Tags of who speaks."""

USUAL = {CONTEXT: "system", ASKED: "user", ANSWER: "assistant", REJECTED: "assistant"}
"""Who speaks where a mark has no tag."""

MOST_TURNS = 8
"""Turns that a text may have in its words; in one that has more, all but the last two are context."""

MARKS = f"{CONTEXT}{ASKED}{ANSWER}{REJECTED}".encode()
"""All marks, of a byte each."""

_FIRST_MARKS = frozenset(MARKS.decode())
_ANSWER, _REJECTED = ANSWER.encode(), REJECTED.encode()
_NOTHING = MARKS + b" \t\r\n"
_TAGS = "".join(ROLES.values())
_MARK = re.compile(f"([{MARKS.decode()}])[{_TAGS}]?")
_TAGGED = re.compile(f"[{MARKS.decode()}][{_TAGS}]".encode())
_NO_TAGS = bytes(set(range(0x100)) - set(_TAGS.encode()))
_TURNS = ("messages", "prompt", "chosen", "rejected")
_BESIDE = {"tools": CONTEXT, "attachments": ASKED}
"""What a record may hold beside its turns, and the mark of it."""


def _words(names: str) -> str:
    """Return the pattern of a turn that begins with one of the names at the start of a line, or in a tag."""
    return (
        rf"^[ \t]*(?:\#+\ *(?:{names})\b\ *:?|(?:{names})\ *[:：])"
        rf"|<[|｜](?:im_start\|>|start_header_id\|>)?(?:{names})(?:[|｜]>|\b)"
        rf"|<start_of_turn>(?:{names})\b"
    )


_IN_WORDS = re.compile(
    r"(?P<answer>"
    + _words(
        "answer|a|assistant|ai|gpt|response|output|completion|antwort|réponse|respuesta|risposta|ответ|答案|回答|答"
    )
    + r"|\[/INST\]|<start_of_turn>model\b|(?<=[.?!]\ )ASSISTANT:)|(?P<asked>"
    + _words("question|q|user|human|instruction|input|prompt|frage|pregunta|domanda|вопрос|问题|問題|问")
    + r"|\[INST\])|(?P<context>"
    + _words("system|context|passage|article|kontext|contexte|contexto")
    + ")",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNS_OF_ANSWERS = (
    *(
        "nswer",
        "NSWER",
        "A:",
        "a:",
        "A：",
        "ssistant",
        "of_turn>model",
        "SSISTANT",
        "AI:",
        "AI",
        "ai:",
        "GPT",
        "gpt",
        "esponse",
        "ESPONSE",
    ),
    *(
        "utput",
        "UTPUT",
        "ompletion",
        "ntwort",
        "éponse",
        "espuesta",
        "isposta",
        "твет",
        "答",
        "[/INST]",
        "A :",
        "A ：",
    ),
)
_MARK_OF = {"answer": ANSWER, "asked": ASKED, "context": CONTEXT}


def marked_texts(records: pl.DataFrame) -> pl.Series:
    """Return the canonical text of each record with its marks, in the records' order.

    Without the marks it is `sketching.canonical_texts`.
    """
    kinds = set(records["kind"].unique())
    if kinds <= {"text"}:
        return with_numbers(records, full_text_column(records))
    records = without_call_ids(records)
    beside = [
        (pl.lit(mark) + pl.col(name)).alias(name) for name, mark in _BESIDE.items() if name in records.columns
    ]
    turns = [
        pl.col(name).list.eval(_marked(name))
        for name in _TURNS
        if records[name].null_count() < records.height
    ]
    is_text = pl.col("kind") == "text"
    beside = [pl.when(is_text).then(pl.col(own.meta.output_name())).otherwise(own) for own in beside]
    return with_numbers(records, full_text_column(records.with_columns(*turns, *beside)))


def _marked(field: str) -> pl.Expr:
    """Return a turn of a field with its mark before what it says first."""
    turn = pl.element().struct
    mark = pl.lit({"chosen": ANSWER, "rejected": REJECTED}.get(field, ASKED))
    if field in ("messages", "prompt"):
        answered = pl.lit(ANSWER if field == "messages" else ASKED)
        mark = pl.when(turn.field("role") == "system").then(pl.lit(CONTEXT)).otherwise(mark)
        mark = pl.when(turn.field("role") == "assistant").then(answered).otherwise(mark)
    tag = turn.field("role").replace_strict(ROLES, default="", return_dtype=pl.String)
    is_usual = turn.field("role") == mark.replace_strict(USUAL, default="", return_dtype=pl.String)
    mark = mark + pl.when(is_usual).then(pl.lit("")).otherwise(tag)
    marked, is_open = {}, pl.lit(value=True)
    for name in ("reasoning", "content", "tool_calls", "attachments"):
        said = turn.field(name)
        says = said.is_not_null() & (said != "")
        marked[name] = pl.when(is_open & says).then(mark + said).otherwise(said)
        is_open = is_open & ~says
    return turn.with_fields(**marked)


def unmarked(text: bytes) -> bytes:
    """Return a marked text without its marks."""
    if text.translate(None, _NO_TAGS):
        text = _TAGGED.sub(b"", text)
    return text.translate(None, MARKS)


def prompt_hash(text: bytes) -> int:
    """Return 64 bits of all that stands before the last answer of a marked text, 0 where nothing does.

    Of a preference that is its prompt.
    """
    at = text.rfind(_ANSWER)
    if at <= 0:
        return 0
    if _REJECTED in text:
        at = text.find(_ANSWER)
    asked = text[:at].rstrip()
    return xxhash.xxh3_64_intdigest(asked) or 1 if asked.strip(_NOTHING) else 0


def has_marks(text: str) -> bool:
    """Return whether a text has a mark."""
    return text[:1] in _FIRST_MARKS or any(mark in text for mark in (CONTEXT, ASKED, ANSWER, REJECTED))


def is_plain(text: str) -> bool:
    """Return whether a marked text has no turns, and no question in its first or last line."""
    lines = text.strip().split("\n")
    return not turns_of(text) and not any(sign in line for sign in "?？" for line in (lines[0], lines[-1]))


def turns_of(text: str) -> list[tuple[str, str]]:
    r"""Return the mark and the words of each turn of a marked text; none where it is one text.

    >>> [(mark == ANSWER, words) for mark, words in turns_of("Q: 2+2?\nA: 4")]
    [(False, 'Q: 2+2?'), (True, 'A: 4')]
    """
    if has_marks(text):
        n_asked, n_answers = text.count(ASKED), text.count(ANSWER)
        if text[0] == ASKED and n_asked == n_answers == 1 and CONTEXT not in text and REJECTED not in text:
            asked, _, answer = text.partition(ANSWER)
            if asked[1:2] not in _TAGS and answer[:1] not in _TAGS:  # nothing is in everything
                return [(ASKED, asked[1:].strip("\n")), (ANSWER, answer.strip("\n"))]
        first, *pieces = _MARK.split(text)
        turns = [(mark, words.strip("\n")) for mark, words in zip(pieces[::2], pieces[1::2], strict=True)]
        return [(ASKED, first), *turns] if first else turns
    found = list(_IN_WORDS.finditer(text)) if any(sign in text for sign in _SIGNS_OF_ANSWERS) else []
    if "answer" not in {one.lastgroup for one in found}:
        return _of_shot(last_shot(text))
    if len(found) > MOST_TURNS:
        return _of_shot(
            cut_by_names(text, [(one.start(), str(one.lastgroup)) for one in found], "asked", "answer")
        )
    starts = [one.start() for one in found]
    marks = [ASKED, *(_MARK_OF[str(one.lastgroup)] for one in found)]
    words = [text[start:end].strip() for start, end in zip([0, *starts], [*starts, len(text)], strict=True)]
    turns = [(mark, own) for mark, own in zip(marks, words, strict=True) if own]
    return turns if len(turns) > 1 else []


def _of_shot(shot: Shot | None) -> list[tuple[str, str]]:
    """Return the last shot of a text as turns, what stands before it as their context."""
    parts = zip((CONTEXT, ASKED, ANSWER), shot or (), strict=False)
    return [(mark, words) for mark, words in parts if words]
