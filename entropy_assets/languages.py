"""A language as people name it -> one code: ``English``, ``EN``, ``eng`` and ``en-US`` are ``en``.

What belongs here: names and codes. What does not: telling a text's language, and which column names one.
"""

import functools
import re

_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
# The library's index of names is shown nothing else: it fails on control characters.
_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ()'’.0-9_-])+")
_SHORTEST_NAME, _LONGEST = 4, 48
# Words that are codes or old names of languages too, and in data sets mean something else.
_OTHERWISE = frozenset(
    [
        *("abap", "abc", "ada", "apl", "asm", "awk", "bash", "basic", "bat", "c", "code", "cobol", "css"),
        *("csv", "dart", "go", "html", "ini", "java", "javascript", "json", "julia", "kotlin", "lisp"),
        *("lua", "math", "md", "mix", "mul", "multi", "nan", "none", "null", "oz", "perl", "php"),
        *("pascal", "prolog", "python", "ruby", "rust", "sas", "scala", "sed", "sql", "svg", "swift"),
        *("tcl", "tex", "text", "tsv", "txt", "typescript", "und", "unknown", "vim", "xml", "yml", "zig"),
        *("zxx"),
    ]
)
# A locale of POSIX: what stands before its encoding.
_LOCALE = re.compile(r"([A-Za-z]{2,3}[-_][A-Za-z]{2})[.@][A-Za-z0-9._@-]+")
# What a code means where the language goes by another one too: the form that the detector of languages uses,
# or the standard one.
_STANDARD = {"cmn": "zh", "arb": "ar", "zsm": "ms", "ekk": "et", "lvs": "lv", "pes": "fa", "swh": "sw"}
_STANDARD |= {
    "npi": "ne",
    "uzn": "uz",
    "azj": "az",
    "khk": "mn",
    "plt": "mg",
    "ory": "or",
    "nb": "no",
    "tl": "fil",
}
_STANDARD |= {"sh": "sr"}


@functools.lru_cache(maxsize=4096)
def language_of(name: str) -> str | None:
    """Return the code of the language that a name or code means, without region; None where it means none.

    >>> [language_of(name) for name in ("English", "EN", "eng", "en-US", "Deutsch", "Python")]
    ['en', 'en', 'en', 'en', 'de', None]
    """
    bare = name.strip()
    if locale := _LOCALE.fullmatch(bare):
        bare = locale.group(1)
    if not _WORDS.fullmatch(bare) or len(bare) > _LONGEST or bare.lower() in _OTHERWISE:
        return None
    import langcodes  # a tenth of a second that drops without the column do not pay

    if _CODE.fullmatch(bare):
        try:
            language = langcodes.Language.get(bare.replace("_", "-"))
        except ValueError:
            language = langcodes.Language.make()
        if language.language and langcodes.tag_is_valid(language.language):
            return _standard(language.language)
    if bare.isascii() and len(bare) < _SHORTEST_NAME:
        return None
    try:
        found = langcodes.find(bare).language
    except (LookupError, ValueError, SystemError):
        return None
    return _standard(found) if found else None


def code_of(name: str) -> str:
    """Return the code of the language that a stored value means; the value itself where it means none.

    >>> code_of("English"), code_of("und")
    ('en', 'und')
    """
    return language_of(name) or name


def _standard(code: str) -> str:
    return _STANDARD.get(code, code)
