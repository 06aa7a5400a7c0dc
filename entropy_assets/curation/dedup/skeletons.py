r"""Skeletons: the signs of two texts, between the same words, as far as they are no typography.

Signs are content: `./a` is no `/a`, and `e^{-x}` no `e^{x}`. Typography alone are white space, the kinds of
quotes, dashes and ellipses, and the last full stop; in a text that is not short also commas, quotes and what
else parts its sentences.

What belongs here: folding and comparing all that stands between words. What does not: which signs stand
anywhere in a text (`signs`).
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from entropy_assets.curation.dedup.ends import Ends, unlike
from entropy_assets.curation.dedup.signs import without_layout
from entropy_assets.curation.dedup.tokens import WHOLE

MARGIN = 40
"""Characters around what two texts have in common in which the words beside a sign stand."""

MOST_PLACE = 20_000
"""Characters that are cut into words; two texts that differ over more were written anew."""

_KINDS = {'"': '“”„‟«»″＂', "'": "‘’‚‛′＇", "`": "´", "-": "‐‑‒–—―−─━═", "|": "│┃║", ",": "，、،",
          ".": "。．", "!": "！", "?": "？؟", ":": "：", ";": "；؛", "(": "（", ")": "）"}  # fmt: skip
_TYPOGRAPHY = str.maketrans(
    {kind: sign for sign, kinds in _KINDS.items() for kind in kinds} | {"…": "...", "\ufeff": "", "\xad": ""}
)
_DASH = re.compile(r"(?<=[^\W_])--+(?=[^\W_])|(?<=\s)--+(?=\s)|--{2,}")
_ELLIPSIS = re.compile(r"\. \. \.")
_BULLET = re.compile(r"^([ \t]*)[*+•·‣⁃◦▪▫■□●○◆◇▶►▸▹❖➢➤](?=[ \t])", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}(?=[ \t])", re.MULTILINE)
_TELLING = re.compile(r"[\\${}\[\]|&~@#^=+*/<>_%`≤≥≠±×÷√∞¬∧∨→←]")
_PARTING = re.compile(r"[.,;:!?\"']+(?=\s|\Z)|(?<=\s)[\"']+|^[\"']+|[.,;:!?\"']+(?=[)\]]*(?:\s|\Z))")
_CLOSE, _BLANKS = re.compile(r"[/~\\&|<>]"), re.compile(r"\s+")
_ASKING = ("?", "？", "؟", "!", ". .", " - -", "- ", ".-", "-.")
_MARK_OF_NAME = re.compile(r"[!?](?:$|[:.)\]} ])")
_GLUED = re.compile(r"[!?][:.)\]}]")
_ROW = re.compile(r"(?<=\s)[.\-*_|#~]{1,6}(?=\s|$)")
_RUN = re.compile(r"([-=])\1\1+")
_PARTING_SIGNS = bytes(
    point for point in range(0x80) if chr(point).isalnum() or chr(point).isspace() or chr(point) in ",;:!?\"'"
)


def typographic(text: str) -> str:
    """Return a text with one kind of each of quotes, dashes, commas and the like.

    >>> typographic("“so” – it…")
    '"so" - it...'
    """
    return unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY)


def has_other_signs(one: str, other: str, ends: Ends) -> bool:
    """Return whether two texts have other signs between two words that stand side by side in both.

    The texts need not have the same words elsewhere. Signs that part sentences are none.

    Parameters
    ----------
    one, other
        Two texts.
    ends
        What `ends.equal_chars` returns for them.

    >>> from entropy_assets.curation.dedup.ends import equal_chars
    >>> texts = "Here is the decay e^{-kt} of it.", "There is a decay e^{kt} of it."
    >>> has_other_signs(*texts, equal_chars(*texts))
    True
    """
    places = unlike(one, other, 0, ends)
    if max(map(len, places)) > MOST_PLACE or _same_skeleton(*places):
        return False
    gone, came = (_between(text) for text in unlike(one, other, MARGIN, ends))
    gone, came = gone - came, came - gone
    return not {words for words, _ in gone}.isdisjoint(words for words, _ in came)


def _between(text: str) -> Counter[tuple[tuple[str, str], str]]:
    """Return each two words that stand side by side, and the telling signs between them."""
    words, gaps = _gaps(text, is_short=False)
    beside = zip(["", *words], [*words, ""], strict=True)
    return Counter(zip(beside, gaps, strict=True))


@lru_cache(1 << 8)  # the same short answers stand in many pairs
def signs_differ(one: str, other: str, *, is_short: bool) -> bool:
    r"""Return whether two texts of the same words have other signs between them.

    Parameters
    ----------
    one, other
        Texts with the same words in the same order.
    is_short
        Whether all signs but typography count; else only those that part no sentences.

    >>> signs_differ("rm -r ./var", "rm -r /var", is_short=True), signs_differ("a, b", "a b", is_short=False)
    (True, False)
    """
    if one.split() == other.split():
        return False
    if _asks_otherwise(one, other):
        return True
    if not is_short and _same_skeleton(one, other) and "-" not in one:
        return False
    return _gaps(one, is_short=is_short)[1] != _gaps(other, is_short=is_short)[1]


def _asks_otherwise(one: str, other: str) -> bool:
    """Return whether one of two texts of the same words asks what the other states, or marks another name.

    A sentence may have lost its mark, but has no other; a mark within a sentence is a part of a name
    (`save!`), and rows of dots and strokes are signals.

    >>> _asks_otherwise("Is it so?", "Is it so."), _asks_otherwise("Is it so?", "Is it so")
    (True, False)
    >>> _asks_otherwise("It calls save! on it.", "It calls save on it.")
    True
    """
    if not any(sign in text for text in (one, other) for sign in _ASKING):
        return False
    texts = [text if text.isascii() else typographic(text) for text in (one, other)]
    words = WHOLE.findall(texts[0])
    gaps = zip(*(WHOLE.split(_ELLIPSIS.sub("...", text)) for text in texts), [*words, ""], strict=False)
    return any(mine != yours and _tells_apart(mine, yours, behind) for mine, yours, behind in gaps)


def _tells_apart(mine: str, yours: str, behind: str) -> bool:
    """Return whether a question mark, a mark of a name or a row of signs stands in one of two gaps."""
    if ("?" in mine) != ("?" in yours):
        stated = yours if "?" in mine else mine
        if any(sign in stated for sign in ".!"):
            return True
    names = [_MARK_OF_NAME.match(gap) is not None for gap in (mine, yours)]
    if names[0] != names[1] and (behind[:1].islower() or _GLUED.match(mine if names[0] else yours)):
        return True
    rows = [[_ROW.findall(line) for line in gap.split("\n")] for gap in (mine, yours)]
    return any(len(row) > 1 for own in rows for row in own) and rows[0] != rows[1]


def _same_skeleton(one: str, other: str) -> bool:
    """Return whether two texts have the same signs in the same order, but for those that part sentences."""
    if one.isascii() and other.isascii():
        return one.encode().translate(None, _PARTING_SIGNS) == other.encode().translate(None, _PARTING_SIGNS)
    first, second = ("".join(WHOLE.sub("", text).split()) for text in (one, other))
    return first == second


def _gaps(text: str, *, is_short: bool) -> tuple[list[str], list[str]]:
    """Return the words of a text, and the signs before, between and behind them."""
    if not text.isascii():
        text = typographic(text)
    text = _ELLIPSIS.sub("...", _DASH.sub("-", text.replace("''", '"')))
    text = _BULLET.sub(r"\1-", text) if is_short else _HEADING.sub("#", without_layout(text))
    text = text.rstrip()
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1]
    words, gaps = WHOLE.findall(text), WHOLE.split(text)
    if is_short:
        return words, ["" if gap == " " else _RUN.sub(r"\1", _close(gap)) for gap in gaps]
    before, behind = ["", *words], [*words, ""]
    return words, [
        "" if gap == " " or not gap.strip() else _telling(gap, *beside)
        for gap, *beside in zip(gaps, before, behind, strict=True)
    ]


def _close(gap: str) -> str:
    """Return the signs between two words; in paths and commands with single blanks."""
    return _BLANKS.sub(" ", gap) if _CLOSE.search(gap) else "".join(gap.split())


def _telling(gap: str, before: str, behind: str) -> str:
    """Return the signs between two words that do more than part sentences."""
    if _TELLING.search(gap):
        return _RUN.sub(r"\1", "".join(_PARTING.sub("", gap).split()))
    bare = gap.rstrip()
    if not bare.endswith("-"):
        return ""
    is_beside_number = behind[:1].isdigit() and (bare != gap or len(bare) > 1 or before[-1:].isdigit())
    return "-" if is_beside_number or (bare == gap and len(gap) > 1 and behind[:1].isalnum()) else ""
