"""Letters, checksums and structured tokens that both lists draw from a seeded generator."""

import base64
import json
import random
import string
import zlib
from collections.abc import Callable

HEX = "0123456789abcdef"
DIGITS = string.digits
LETTERS = string.ascii_letters
ALNUM = string.digits + string.ascii_uppercase + string.ascii_lowercase
URL = ALNUM + "-_"
BASE32 = string.ascii_uppercase + "234567"

MARK = "T3Blbk" + "FJ"
"""In the middle of OpenAI's keys; in parts, as all names of shapes, so that no scanner takes one for a token."""

Draw = Callable[[random.Random], str]


def draw(rng: random.Random, alphabet: str, n: int) -> str:
    """Return `n` characters of an alphabet."""
    return "".join(rng.choice(alphabet) for _ in range(n))


def drawn(prefix: str, alphabet: str, n: int, suffix: str = "") -> Draw:
    """Return what draws tokens of `n` characters of an alphabet between two fixed parts."""
    return lambda rng: prefix + draw(rng, alphabet, n) + suffix


def checked(rng: random.Random, prefix: str) -> str:
    """Return a token of GitHub's or npm's form: 30 characters, and their CRC-32 in base 62 as 6 more."""
    body = draw(rng, ALNUM, 30)
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, place = divmod(number, 62)
        digits = ALNUM[place] + digits
    return prefix + body + digits


def jwt(rng: random.Random, algorithm: str = "HS256") -> str:
    """Return a JSON web token with a claim, an expiry and a drawn signature."""
    head = {"alg": algorithm, "typ": "JWT"}
    body = {"sub": draw(rng, DIGITS, 9), "role": "service", "exp": 1_900_000_000 + rng.randrange(10**6)}
    return ".".join([*(_encoded(json.dumps(part).encode()) for part in (head, body)), draw(rng, URL, 43)])


def pem(rng: random.Random, name: str, lines: int = 12) -> str:
    """Return an armoured block of a name, with drawn content."""
    body = "\n".join(draw(rng, ALNUM + "+/", 64) for _ in range(lines))
    return f"-----BEGIN {name}-----\n{body}\n-----END {name}-----"


def putty(rng: random.Random, version: int) -> str:
    """Return the file of a key as PuTTY writes it."""
    body = "\n".join(draw(rng, ALNUM + "+/", 64) for _ in range(6))
    return (
        f"PuTTY-User-Key-File-{version}: ssh-rsa\nEncryption: none\nComment: rsa-key-20240501\n"
        f"Public-Lines: 6\n{body}\nPrivate-Lines: 6\n{body[::-1]}\nPrivate-MAC: {draw(rng, HEX, 64)}"
    )


def pypi(rng: random.Random) -> str:
    """Return a macaroon of the Python package index: version, place and identifier, base 64."""
    body = b"\x02\x01\x08pypi.org\x02\x24" + draw(rng, HEX, 36).encode() + rng.randbytes(100)
    return "pypi-" + _encoded(body)


def base64_of(rng: random.Random, n_bytes: int) -> str:
    """Return drawn bytes in base 64."""
    return base64.b64encode(rng.randbytes(n_bytes)).decode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
