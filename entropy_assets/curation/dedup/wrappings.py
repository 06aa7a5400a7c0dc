r"""Wrappings: what a text comes in that says nothing, as HTML, a quoted mail or a wrong encoding leaves it.

Entities, tags of paragraphs, headings, links and emphasis of Markdown, `>` before each line, `\n` in two
characters and mojibake. Of two texts of which one has some of it and the other has none, the one is unwrapped
and compared again. A short text, in which each sign counts, is not unwrapped, nor one with code in backticks,
which may be about such signs; signs of Markdown stay where there is code outside fences.

What belongs here: unwrapping a text. What does not: folding what every text may have (`writing`).
"""

import html
import re

import ftfy

from entropy_assets.curation.dedup.programs import code_spans

LEAST_WORDS = 40
"""Words from which a text is unwrapped."""

_ENTITY = re.compile(r"&(?:#\d{1,6}|#[xX][0-9A-Fa-f]{1,5}|[A-Za-z][A-Za-z0-9]{1,7});")
_TAG = re.compile(
    r"[ \t]*</?(?:p|br|div|span|b|i|em|strong|li|ul|ol|h[1-6])(?:\s[^<>\n]*)?/?>", re.IGNORECASE
)
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_NEWLINE = re.compile(r"(?:\\r)?\\n")
_MOJIBAKE = re.compile("[ÂÃâ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\ufffd]")
_LOSSY = re.compile("â€(?:\x9d|\ufffd)")
# A blank line stands before a heading; below another line such a sign takes a line of a program out.
_HEADING = re.compile(r"(?:\A|(?<=\n\n)|(?<=[\x15-\x1f]))[ ]{0,3}#{1,6}[ ]+(?=\S)")
_RULE = re.compile(r"^[ ]{0,3}(?:={3,}|-{3,}|\*{3,}|_{3,})[ ]*$\n?", re.MULTILINE)
_LINK = re.compile(r"(?<![\w!\]])\[([^\[\]\n]+)\]\((?:https?://|/|#)[^()\s]*\)")
_EMPHASIS = re.compile(r"(?<!\w)(_{1,2}|~~)(?=[^\s_~])([^_~\n`=(){}$\\]*[^\s_~`=(){}$\\])\1(?!\w)")
_TURNS = re.compile("([\x1c-\x1f][\x15-\x18]?)")
_WORD = re.compile(r"\w+")


_MARKDOWN = (
    ("#", _HEADING),
    ("](", _LINK),
    ("_", _EMPHASIS),
    ("~~", _EMPHASIS),
    ("===", _RULE),
    ("---", _RULE),
    ("***", _RULE),
)
"""Signs of Markdown, and what they are a part of."""


def is_wrapped(text: str) -> bool:
    """Return whether a text may be wrapped.

    >>> is_wrapped("It isn&#39;t so."), is_wrapped("It isn't so; R&D is.")
    (True, False)
    """
    return (
        ("&" in text and _ENTITY.search(text) is not None)
        or ("<" in text and _TAG.search(text) is not None)
        or ("\\n" in text)
        or ("\n>" in text)
        or any(form.search(text) is not None for sign, form in _MARKDOWN if sign in text)
        or (not text.isascii() and _MOJIBAKE.search(text) is not None)
    )


def unwrapped(text: str) -> str:
    r"""Return a marked text without its wrapping; a short one, and one with code in backticks, as it is.

    >>> said = "so it is " * 14
    >>> unwrapped(f"<p>{said}</p>\n<p>It isn&#39;t.</p>") == f"{said}\nIt isn't.".replace(" \n", "\n")
    True
    """
    if "`" in text or len(_WORD.findall(text)) < LEAST_WORDS:
        return text
    return "".join(_unwrapped(part) for part in _TURNS.split(text))


def _unwrapped(text: str) -> str:
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and all(_QUOTE.match(line) for line in lines):
        text = _QUOTE.sub("", text)
    if len(lines) == 1 and "\\n" in text:
        text = _NEWLINE.sub("\n", text)
    if not code_spans(text):
        text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", _RULE.sub("", _HEADING.sub("", text))))
    text = _TAG.sub("", re.sub(r"[ \t]*<br[ \t]*/?>[ \t]*(?!\n)", "\n", text)) if "<" in text else text
    if "&" in text and "<" not in text:
        text = html.unescape(text)
    if not text.isascii() and _MOJIBAKE.search(text):
        text = ftfy.fix_encoding(_LOSSY.sub('"', text))
    return text
