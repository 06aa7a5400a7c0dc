"""What an address and a header say, and what is kept out of a message.

What belongs here: reading and masking. What does not: sending (`http`).
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit


def is_address(url: str) -> bool:
    """Return whether an address can be asked, and can be shown: one with a user or a query may hold a key."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and not (parts.query or parts.fragment or "@" in parts.netloc)


def without_key(text: str, key: str) -> str:
    """Return a text in which no part of a key of six signs or more is left, whatever is put around it.

    Nor one in base64, in hexadecimal digits or as an address spells it: a server may repeat a header so.

    >>> without_key("Bearer sk-12345678 is wrong; sk-1234... is", "sk-12345678")
    'Bearer *** is wrong; ***... is'
    """
    if not key:
        return text
    forms = [key, quote(key, safe=""), *_in_base64(key.encode())]
    parts = {form[start : start + 6] for form in forms for start in range(max(len(form) - 5, 1))}
    digits = key.encode().hex()
    in_hex = {digits[start : start + 12] for start in range(0, max(len(digits) - 11, 1), 2)}
    hit = [False] * len(text)
    for part, flags in [*((own, 0) for own in parts), *((own, re.IGNORECASE) for own in in_hex)]:
        for found in re.finditer(f"(?={re.escape(part)})", text, flags):
            hit[found.start() : found.start() + len(part)] = [True] * len(part)
    masked = "".join("\0" if is_hit else sign for sign, is_hit in zip(text, hit, strict=True))
    return re.sub("\0+", "***", masked)


def _in_base64(key: bytes) -> list[str]:
    """Return how base64 spells a key behind any number of other bytes, both alphabets, without its ends.

    The first and last signs that it shares with what stands around it are left out.
    """
    found = []
    for n_before in range(3):
        coded = base64.b64encode(bytes(n_before) + key).decode().rstrip("=")
        inner = coded[-(-n_before * 8 // 6) : (n_before + len(key)) * 8 // 6]
        found += [inner, inner.replace("+", "-").replace("/", "_")]
    return [one for one in found if len(one) >= 6]


def wait_asked(value: str) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, as a number or a date; None without one.

    >>> wait_asked("1.5"), wait_asked("Wed, 21 Oct 2015 07:28:00 GMT"), wait_asked("soon")
    (1.5, 0.0, None)
    """
    try:
        return max(float(value), 0.0) if re.fullmatch(r"\d+(\.\d+)?", value.strip()) else _until(value)
    except (TypeError, ValueError):
        return None


def _until(date: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float:
    when = parsedate_to_datetime(date)
    return max((when.replace(tzinfo=when.tzinfo or UTC) - now()).total_seconds(), 0.0)
