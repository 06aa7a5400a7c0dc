r"""Text as it reads once JSON's escapes are undone: words in calls of tools hide behind `\n` and `\u00fc`.

Addresses and tokens hide behind Markdown's escapes, entities of HTML, tags around an `@`, signs without width
or of full width, percent-encoding and continued lines as well.

What belongs here: undoing escapes, to search in. What does not: searching; nothing of this is stored.
"""

import html
import re

import polars as pl

from entropy_assets.records import RECORD_PARTS, SCHEMA, TURN_FIELDS

_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|([nrtbf\"/]))")
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " ", '"': '"', "/": "/"}
_HAS_ESCAPE = r"\\(?:u[0-9a-fA-F]{4}|[nrtbf\"/])"
_MARKED = re.compile(r"\\+([_@.+-])")
_ENTITY = re.compile(r"&(?:#\d{2,3}|#[xX][0-9a-fA-F]{2}|commat|period|lowbar);")
_WIDE = re.compile("[\uff01-\uff5e]")
_CONTINUED = re.compile(r"(?<=[A-Za-z0-9_=/+-])\\\r?\n[ \t]*(?=[A-Za-z0-9_/+-]{6})")
_PERCENT = re.compile(r"%([2-7][0-9A-Fa-f])")
_WIDTHLESS_SIGNS = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
_UNSEEN = f"[{_WIDTHLESS_SIGNS}]"
_WIDTHLESS = re.compile(rf"(?<=[A-Za-z0-9@._+-]){_UNSEEN}+|{_UNSEEN}+(?=[A-Za-z0-9@._+-])")
_WHATSAPP = re.compile(r"(\bwa\.me/|whatsapp\.com/send/?\?phone=)(?=[1-9]\d{7})")
_HAS_WIDE = re.compile("＠|[０-９]{4}")
_JOINED = re.compile(r"(?<=[A-Za-z0-9_-])(?P<q>[\"'])[ \t]?\+[ \t]?(?P=q)(?=[A-Za-z0-9_-]{16})")
_TAGGED = re.compile(r"(?:<[A-Za-z!][^<>]{0,80}>){1,2}[ \t]?@[ \t]?(?:</?[A-Za-z][^<>]{0,80}>)*")
_IN_TAGS = re.compile(r"<([A-Za-z]\w{0,10})[^<>]{0,80}>([@.]?)</\1>")
_HAS_DISGUISE = (
    rf"{_HAS_ESCAPE}|[A-Za-z0-9]\\[_@.+-][A-Za-z0-9]|&(?:#[0-9]{{2,3}}|#[xX][0-9a-fA-F]{{2}}|commat|period|lowbar);"
    rf"|[A-Za-z0-9@._+-]{_UNSEEN}|{_UNSEEN}[A-Za-z0-9@._+-]"
    r"|[A-Za-z0-9_-][\"'][ \t]?\+[ \t]?[\"'][A-Za-z0-9_-]{16}"
    r"|[０-９]{4}|(?:wa\.me/|\?phone=)[1-9][0-9]{7}"
    r"|[A-Za-z0-9_=/+-]\\\r?\n[ \t]*[A-Za-z0-9_/+-]{6}"
    r"|[A-Za-z0-9_.=/?:-]%(?:3[0-9Aa]|4[1-9A-Fa-f]|6[1-9A-Fa-f]|[57][0-9Aa]|2[DdFf]|5[Ff])[A-Za-z0-9_.%-]|\uff20"
)
_HINTS = rf"\\|&#|&commat;|&period;|&lowbar;|>@|> @|@<|{_UNSEEN}"
_HAS_JOINT = r"%[2-7]|[\"'] ?\+ ?[\"']"
_HAS_FEW = r"＠|[０-９]{4}|wa\.me/[1-9]|\?phone=[1-9]"
"""What a text with a disguise holds, each by itself, which is faster than one expression for all."""
_HAS_TAG = r">[ \t]?@|>\.?</[A-Za-z]"
_JSON_PARTS = ("tool_calls", "attachments")


def unescaped(text: str) -> str:
    r"""Return a text with JSON's escapes undone, however often they were escaped themselves.

    >>> unescaped(r'{"to": "j\u00f6rg", "text": "a\\nb"}')
    '{"to": "jörg", "text": "a\nb"}'
    """
    found = _ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else _SIGNS[one[2]], text)
    # Two halves of a pair make one sign; a half that stands alone is no text.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def revealed(text: str) -> str:
    r"""Return a text as it shows: without JSON's and Markdown's escapes, entities, and tags around an `@`.

    Lines that a backslash continues are one, percent-encoded signs and those of full width are plain.

    >>> revealed(r"karin\_holm<b>@</b>kontor-nord&#46;de")
    'karin_holm@kontor-nord.de'
    """
    shown = text
    if "\\" in text:
        if "\\\n" in text or "\\\r\n" in text:
            shown = _CONTINUED.sub("", text)
        shown = _MARKED.sub(r"\1", unescaped(shown))
    if "+" in shown:
        shown = _JOINED.sub("", shown)
    if "%" in shown:
        shown = _PERCENT.sub(lambda one: chr(int(one[1], 16)), shown)
    if "&" in shown:
        shown = _ENTITY.sub(lambda one: html.unescape(one[0]), shown)
    if any(sign in shown for sign in _WIDTHLESS_SIGNS):
        shown = _WIDTHLESS.sub("", shown)
    if "wa.me/" in shown or "?phone=" in shown:
        shown = _WHATSAPP.sub(r"\1 +", shown)
    if not shown.isascii() and _HAS_WIDE.search(shown):
        shown = _WIDE.sub(lambda one: chr(ord(one[0]) - 0xFEE0), shown)
    if "<" not in shown:
        return shown
    return _TAGGED.sub("@", _IN_TAGS.sub(r"\2", shown)) if "@" in shown else shown


def with_disguise(texts: pl.Series) -> list[int]:
    """Return the places of the texts that `revealed` may change."""
    # Most texts hold none of these signs, and what is searched for signs alone is passed over fast.
    has_hint = texts.str.contains(_HINTS) | texts.str.contains(_HAS_JOINT)
    places = (has_hint | texts.str.contains(_HAS_FEW)).arg_true()
    few = texts.gather(places)
    return places.filter(few.str.contains(rf"{_HAS_DISGUISE}|{_HAS_TAG}")).to_list()


def readable(records: pl.DataFrame) -> pl.DataFrame:
    """Return records whose calls, definitions and results of tools have JSON's escapes undone.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`; other columns stay as they are.
    """
    given = [name for name in TURN_FIELDS if records[name].null_count() < records.height]
    has_escape = pl.any_horizontal(
        *[pl.col(name).str.contains(_HAS_ESCAPE).fill_null(value=False) for name in RECORD_PARTS],
        *[_turns_have_escape(name) for name in given],
    )
    marked = records.with_columns(has_escape.fill_null(value=False).alias("_escaped")).with_row_index("_at")
    if not marked["_escaped"].any():
        return records
    rows = [_readable(row) for row in marked.filter("_escaped").iter_rows(named=True)]
    fields = [*RECORD_PARTS, *TURN_FIELDS]
    undone = pl.DataFrame(rows, schema=marked.schema)
    whole = pl.concat([marked.filter(~pl.col("_escaped")), undone]).sort("_at")
    return records.with_columns(whole.select(fields).cast({name: SCHEMA[name] for name in fields}))


def _turns_have_escape(name: str) -> pl.Expr:
    turn = pl.element().struct
    parts = [turn.field(part).str.contains(_HAS_ESCAPE).fill_null(value=False) for part in _JSON_PARTS]
    result = (turn.field("role") == "tool") & turn.field("content").str.contains(_HAS_ESCAPE)
    return pl.col(name).list.eval(pl.any_horizontal(*parts, result.fill_null(value=False))).list.any()


def _readable(row: dict[str, object]) -> dict[str, object]:
    for name in RECORD_PARTS:
        if isinstance(text := row[name], str):
            row[name] = unescaped(text)
    for name in TURN_FIELDS:
        turns = row[name]
        for turn in turns if isinstance(turns, list) else ():
            for part in (*_JSON_PARTS, *(("content",) if turn["role"] == "tool" else ())):
                if turn[part] is not None:
                    turn[part] = unescaped(turn[part])
    return row
