r"""Wrappings: what a text comes in that says nothing, as HTML, a quoted mail or a wrong encoding leaves it.

Entities, tags of paragraphs, headings, rules, links, emphasis and escapes of Markdown, plain words in
backticks, `>` before each line, `\n` in two characters and mojibake. Of two texts that have other kinds of it
both are unwrapped and compared again. A short text, in which each sign counts, is not unwrapped, nor one with
code in backticks, which may be about such signs; signs of Markdown stay where there is code outside fences.

What belongs here: unwrapping a text. What does not: folding what every text may have (`writing`).
"""

import html
import re

import ftfy

from entropy_assets.curation.dedup.programs import code_spans
from entropy_assets.curation.dedup.writing import looks_like_code

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
_RULE = re.compile(
    r"^[ ]{0,3}(?:={3,}|-(?:[ \t]*-){2,}|\*(?:[ \t]*\*){2,}|_(?:[ \t]*_){2,})[ \t]*$\n?", re.MULTILINE
)
_LINK = re.compile(r"(?<![\w!\]])\[([^\[\]\n]+)\]\((?:https?://|/|#)[^()\s]*\)")
_EMPHASIS = re.compile(r"(?<!\w)(_{1,2}|~~)(?=[^\s_~])([^_~\n`=(){}$\\]*[^\s_~`=(){}$\\])\1(?!\w)")
_TURNS = re.compile("([\x1c-\x1f][\x15-\x18]?)")
# Words that no sign of a program or a shell stands beside.
_CODE_WORDS = re.compile(r"(?<![\w`\\$=(])`([^\W\d_]+(?:[ '’-][^\W\d_]+){0,3})`(?![\w`(=])")
# What Markdown escapes: a star at the edge of a word, and what a list, a quote or a heading begins with.
_ESCAPE = re.compile(
    r"(?<![^\s(\"'])\\(?=\*[^\W_])|(?<=[^\W_])\\(?=\*(?![^\s.,;:!?)]))|(?<=\s)\\(?=[*&]\s)"
    r"|(?:(?<=\n)|(?<=\A))\\(?=[-+#>*]\s)|(?:(?<=\n\d)|(?<=\n\d\d)|(?<=\A\d))\\(?=[.)]\s)"
)
_ESCAPED_NAME = re.compile(r"(?<!\S)[(\"'*]*(?=[^\s\\]*\\_)(?:[\w./()-]|\\_)+[)\"'*.,;:!?]*(?!\S)")
_BRACKETS = re.compile(r"\\\[([^\W\d_][^\[\]\\{}^$=<>|]*)\\\]")
_OF_FORMULAS = re.compile(r"\$|\\[A-Za-z({]|\\\\")
_WORD = re.compile(r"\w+")


_KINDS = (
    ("entity", "&", _ENTITY),
    ("tag", "<", _TAG),
    ("newline", "\\n", None),
    ("quote", "\n>", None),
    ("heading", "#", _HEADING),
    ("link", "](", _LINK),
    ("emphasis", "_", _EMPHASIS),
    ("emphasis", "~~", _EMPHASIS),
    ("rule =", "===", _RULE),
    ("rule -", "---", _RULE),
    ("rule - -", "- -", _RULE),
    ("rule *", "***", _RULE),
    ("rule * *", "* *", _RULE),
    ("rule _", "___", _RULE),
    ("rule _ _", "_ _", _RULE),
    ("words", "`", _CODE_WORDS),
    ("escape", "\\", _ESCAPE),
    ("escape", "\\_", _ESCAPED_NAME),
    ("escape", "\\[", _BRACKETS),
)
"""Kinds of wrappings, a sign that each has, and where more is needed what the sign is a part of."""


def wrappings_of(text: str) -> frozenset[str]:
    """Return the kinds of wrappings that a text may have.

    >>> wrappings_of("It isn&#39;t so."), wrappings_of("It isn't so; R&D is.")
    (frozenset({'entity'}), frozenset())
    """
    found = {kind for kind, sign, form in _KINDS if sign in text and (form is None or form.search(text))}
    if not text.isascii() and _MOJIBAKE.search(text):
        found.add("mojibake")
    return frozenset(found)


def unwrapped(text: str) -> str:
    r"""Return a marked text without its wrapping; a short one, and one with code in backticks, as it is.

    >>> said = "so it is " * 14
    >>> unwrapped(f"<p>{said}</p>\n<p>It isn&#39;t.</p>") == f"{said}\nIt isn't.".replace(" \n", "\n")
    True
    """
    if len(_WORD.findall(text)) < LEAST_WORDS:
        return text
    parts = _TURNS.split(text)
    if "`" in text or "\\" in text:
        parts = list(map(_without_signs, parts))
        if any("`" in part for part in parts):
            return text
    return "".join(map(_unwrapped, parts))


def _without_signs(text: str) -> str:
    """Return a turn without backticks around plain words, and without escapes; a short one as it is."""
    if len(_WORD.findall(text)) < LEAST_WORDS or code_spans(text):
        return text
    if "`" in text and not any(looks_like_code(line) for line in text.split("\n") if "`" in line):
        text = _CODE_WORDS.sub(r"\1", text)
    if "\\" in text and _OF_FORMULAS.search(text) is None:
        text = _ESCAPE.sub("", _BRACKETS.sub(r"[\1]", text))
        text = _ESCAPED_NAME.sub(lambda found: found[0].replace("\\_", "_"), text)
    return text


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
