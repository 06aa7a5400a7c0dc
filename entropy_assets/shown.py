r"""Names and texts from outside, made harmless for where a person reads them: one function a medium.

A name may hold markup, escape bytes of a terminal, line feeds that forge a line, and signs that turn the
direction of writing. What is read by programs alone keeps them.

What belongs here: how each medium escapes. What does not: what is printed.
"""

import html
import json
import re
import unicodedata
from typing import Any

# Control and format characters (those that turn the direction among them), halves of surrogate pairs, and
# the separators of lines and paragraphs.
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Zl", "Zp"])
_PLAIN = re.compile(r"[ -~]*")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# An underscore inside a word is no markup.
_MARKDOWN = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
_ADDRESS = re.compile(r"(?i:(?<=https)|(?<=http)|(?<=ftp)|(?<=mailto)|(?<=xmpp)):|(?i:(?<=www))\.|@")


def for_terminal(text: object) -> str:
    r"""Return a text as one line of what can be seen; all else stands as an escape.

    >>> print(for_terminal("a\nb\x1b[31m\u202e"))
    a\nb\x1b[31m\u202e
    """
    return _seen(str(text), _escape)


def for_json(value: Any, *, indent: int | None = 2) -> str:
    r"""Return a value as JSON in which every string shows itself; it reads back as the same value.

    >>> print(for_json(["é\u202e\x7f"], indent=None))
    ["é\u202e\u007f"]
    """
    lines = json.dumps(value, ensure_ascii=False, indent=indent).split("\n")
    return "\n".join(_seen(line, _json_escape) for line in lines)


def for_script(value: Any) -> str:
    r"""Return a value as JSON that can stand inside an HTML page, as descriptions of data sets do.

    >>> print(for_script("</script>"))
    "\u003c/script\u003e"
    """
    text = for_json(value)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def for_markup(text: object) -> str:
    """Return a text as content of HTML or SVG, or as the value of an attribute.

    >>> for_markup("<b> & c")
    '&lt;b&gt; &amp; c'
    """
    return html.escape(for_terminal(text))


def for_markdown(text: object) -> str:
    r"""Return a text as part of a line, or of a table's cell, of Markdown that may hold HTML.

    >>> print(for_markdown("a|b <script> py_docs *c*"))
    a\|b &lt;script&gt; py_docs \*c\*
    """
    escaped = _MARKDOWN.sub(r"\\\g<0>", for_terminal(text))
    escaped = html.escape(escaped, quote=False)
    return _ADDRESS.sub(lambda found: f"&#{ord(found.group())};", escaped)


def _seen(text: str, escape: Any) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return "".join(escape(c) if unicodedata.category(c) in _UNSEEN else c for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 256:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    return json.dumps(character)[1:-1] if ord(character) != 0x7F else "\\u007f"
