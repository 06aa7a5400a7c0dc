"""Words that tables and programs write where there is no value.

What belongs here: these words. What does not: what becomes of a value that is one of them.
"""

NOTHING_WORDS = frozenset(
    [
        *("nan", "NaN", "NAN", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT", "None", "none", "NULL", "Null"),
        *("null", "nil", "undefined"),
    ]
)
"""Such words, as pandas, R, SQL and JavaScript write them."""


def says_nothing(text: str) -> bool:
    """Return whether a text is blank, or one that is written where there is no value.

    >>> says_nothing(" nan"), says_nothing("<NA>"), says_nothing("None of them")
    (True, True, False)
    """
    return text.strip() in NOTHING_WORDS or not text or text.isspace()
