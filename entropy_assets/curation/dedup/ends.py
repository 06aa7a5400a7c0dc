"""Ends: what two texts have in common at the beginning and at the end, and what lies between.

What belongs here: cutting two texts. What does not: what the words between them say (`places`).
"""

Ends = tuple[int, int]
"""What `equal_chars` returns; functions that need it of many pairs are given it once."""


def equal_chars(one: str, other: str) -> Ends:
    """Return how many characters two texts have in common at the beginning, and at the end of the rest.

    >>> equal_chars("a cold day", "a cool day")
    (4, 4)
    """
    if one.isascii() and other.isascii():
        return _equal_bytes(one.encode(), other.encode())
    low, high = 0, min(len(one), len(other))
    while low < high:
        half = (low + high + 1) // 2
        if other.startswith(one[low:half], low):
            low = half
        else:
            high = half - 1
    start, low, high = low, 0, min(len(one), len(other)) - low
    while low < high:
        half = (low + high + 1) // 2
        if other.endswith(one[len(one) - half : len(one) - low], 0, len(other) - low):
            low = half
        else:
            high = half - 1
    return start, low


def _equal_bytes(one: bytes, other: bytes) -> Ends:
    """Return `equal_chars` of ASCII, as numbers whose bits are compared all at once."""
    most = min(len(one), len(other))
    differing = int.from_bytes(one[:most]) ^ int.from_bytes(other[:most])
    if not differing:
        return most, 0
    start = most - (differing.bit_length() + 7) // 8
    if len(one) != len(other):
        differing = int.from_bytes(one[-most:]) ^ int.from_bytes(other[-most:])
    stop = ((differing & -differing).bit_length() - 1) // 8 if differing else most
    return start, min(stop, most - start)


def unlike(one: str, other: str, margin: int, ends: Ends | None = None) -> tuple[str, str]:
    """Return two texts without what both begin and end with, but for `margin` characters of that.

    What a pattern finds that looks no further than `margin` characters is the same in what is left out.

    >>> unlike("It is logical, I say.", "It is illogical, I say.", 3)
    ('is log', 'is illog')
    """
    start, stop = ends or equal_chars(one, other)
    start, stop = max(0, start - margin), max(0, stop - margin)
    return one[start : len(one) - stop], other[start : len(other) - stop]


def lines_unlike(one: str, other: str, ends: Ends | None = None) -> tuple[str, str, str, str]:
    r"""Return the lines before the first that differs, those of either text up to the last, and those behind.

    >>> lines_unlike("a\nb c\nd", "a\nb\nd")
    ('a\n', 'b c', 'b', '\nd')
    """
    start, stop = ends or equal_chars(one, other)
    start = one.rfind("\n", 0, start) + 1
    end = one.find("\n", len(one) - stop)
    stop = 0 if end < 0 else len(one) - end
    return one[:start], one[start : len(one) - stop], other[start : len(other) - stop], one[len(one) - stop :]
