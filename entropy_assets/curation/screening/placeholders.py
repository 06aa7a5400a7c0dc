r"""What stands where a secret belongs, and is none: placeholders, examples, names, and what code computes.

A password is one where it is not made of words that only say what belongs there (`my-secret-pw`, `admin123`,
`P@ssw0rd`), in one run, and with digits or signs among its letters, unless what stands beside it leaves no
doubt. A token looks drawn: letters and digits in turn, of many kinds.

What belongs here: judging a value. What does not: where values stand (`named`, `shapes`, `catalogue`).
"""

import base64
import binascii
import re
from collections import Counter
from itertools import pairwise
from math import log2

_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a abc abcd abcde abcdef access account actual admin administrator an and any api app application asdf at
    auth authentication authorization aws azure bail bar base basic baz bearer bool bot but by caracteres
    change changeit changeme char character characters chars client code config confirm confirmation
    confirmed cred credential credentials current data database db default demo dev dict digest digits dummy
    email empty encoded encrypted enter env environment example fake false field file fill fixme foo for
    from generate generated github gitlab go goes google guest hash hashed here hex hidden host hunter id in
    input insert int is it jwt key keys kubernetes length letmein list local localhost login long mariadb
    masked max md me min mongo mongodb must my mypass mysql name new no none not null nullable number oauth
    object of old one only openai optional or oracle p param pass passed passphrase passw passwd password
    passwords path pg placeholder please postgres postgresql private prod production project public put pw
    pwd qux qwer qwerty rabbitmq random read real redacted redis removed replace replaceme require required
    right root s sa safe salt salted sample scott sec secret secrets secure see server service session set
    sha slack some something sometimes str string stripe strong sts super supersecret temp temporary test
    tester testing text that the this tiger tmp to tobe todo token tokens top true twilio type undefined
    user username users utf v val valid value var variable vault very w welcome with word wrong xyz you your
    """,
    )
)
"""Words of which a value that only says what belongs there is made."""
_LONGEST = max(map(len, _WORDS))
_LEET = str.maketrans("@0134$5!", "aoleassi")

_TEMPLATE = re.compile(
    r"^(?:\$(?:[A-Za-z_{(]|\d[a-z]?\$)|[{<\[%(&].*[}>\])%s;]$|%[sd(]|!\w+$|&\w+;)"
    r"|^(?:(?:\.{0,2}|~|[A-Za-z]:)[/\\]\S|https?:)|\$\{|\{\{|<[A-Za-z_ -]+>|\{[A-Za-z_.]*\}|\$\("
    r"|\.\.\.|…|\*\*\*|(?:x{4}|X{4}|(.)\1{5})"
    r"|(?i:environ|getenv|process\.env|\$_(?:post|get|env)|example|placeholder|redacted|change-?_?me)"
    r"|(?i:replace-?_?(?:me|with))|\[[^\]]*[a-z]-[a-z]|\\[wdsS]|(?i:^enc[(\[]|^\{(?:cipher|noop|bcrypt)\})"
)
"""A variable, a path, an expression, something cut or masked, or what says that it is an example."""

_STRONG = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*\d)(?=.*[!@#$%^&*+?])")
_FEEBLE = re.compile(
    r"(?:my|your|the|some|db|a)?[_-]?(?:pass|test|admin|change|your|user|example|pw|replace|insert|enter|abc)"
)
_COMMON = re.compile(
    r"(?:my|your|the|some|db|a)?[_-]?(?:pass(?:word|wd)?|secret|admin|root|test|letmein|welcome|changeme)"
)
_MIN_STRONG = 10
"""Words with digits, signs and capitals, as rules for passwords want them, are a password all the same."""

_EXPRESSION = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\?\.|->|::|\.)[A-Za-z_][\w$]*)*[(\[].*|[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_]\w*)+"
)
"""A call, an index, or a chain of attributes."""

_ASCENDING = re.compile(r"12345678|01234567|abcdefg|qwertyu|987654321", re.IGNORECASE)
_EXAMPLE_OF_RFC = re.compile(r"mF_9\.B5f-4\.1JqM|ZGFudDpwaQ|jwtExample|31d4d96e407aad42")

MIN_PASSWORD, MIN_SURE, MIN_MADE_UP, MIN_TOKEN, MAX_VALUE = 6, 4, 9, 16, 512
"""Characters of a password, of one that stands where nothing else can, of one among words, and of a token."""
MIN_LETTERS = 10
"""Characters of a password that is letters alone."""
_MIN_BITS, _MIN_MIXED, _MAX_SPELLED = 3.0, 20, 5


def is_placeholder(value: str) -> bool:
    """Return whether a value only says what belongs there.

    >>> [is_placeholder(value) for value in ("my-secret-pw1", "${DB_PASSWORD}", "P@ssw0rd", "Sunflower99")]
    [True, True, True, False]
    """
    if _TEMPLATE.search(value) or len(set(value)) < 4:
        return True
    lowered = value.lower()
    plain = lowered.rstrip("0123456789!.").translate(_LEET)
    if len(value) >= _MIN_STRONG and _STRONG.match(value) and not _FEEBLE.match(plain):
        return False
    return _only_words(lowered) or bool(_COMMON.fullmatch(plain))


def is_expression(value: str) -> bool:
    """Return whether a value without quotes is what code computes: a call, an index, an attribute."""
    return bool(_EXPRESSION.fullmatch(value))


def is_password(value: str, *, sure: bool = False) -> bool:
    """Return whether a value is a password.

    Parameters
    ----------
    value
        Characters without blanks.
    sure
        Whether nothing but a password can stand there: then letters alone are one.
    """
    if not (MIN_SURE if sure else MIN_PASSWORD) <= len(value) <= MAX_VALUE or is_placeholder(value):
        return False
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    signs = sum(not (sign.isalnum() or sign in "_-.,:;/") for sign in value)
    return letters > 0 and (sure or digits > 0 or (signs > 0 and value.isascii()))


def is_drawn(value: str) -> bool:
    """Return whether a value looks drawn: 16 characters or more, letters and digits mixed.

    >>> [is_drawn(value) for value in ("9f86d081884c7d659a2f", "use-the-second-door-2", "your_api_key_123")]
    [True, False, False]
    """
    if not MIN_TOKEN <= len(value) <= MAX_VALUE or is_placeholder(value) or _ASCENDING.search(value):
        return False
    if _EXAMPLE_OF_RFC.search(value) or not value.isascii():
        return False
    changes = sum(a.isdigit() != b.isdigit() for a, b in pairwise(value) if a.isalnum() and b.isalnum())
    is_spelled = value == value.lower() and re.search(r"[a-z]{3,}[_.-]|[_.-][a-z]{3,}", value)
    if (changes < 3 and not _is_mixed(value)) or (is_spelled and re.search(r"[g-z]", value)):
        return False
    shares = [n / len(value) for n in Counter(value).values()]
    return -sum(share * log2(share) for share in shares) >= _MIN_BITS


def is_made_up(value: str) -> bool:
    """Return whether a value looks like a password that was made up: kinds of signs change all the time.

    Unlike `is_password` it takes no word with a number, so that it can be asked of any word of a sentence.

    >>> [is_made_up(value) for value in ("Kr4nich" + "amSee7Uhr", "base64-encoded", "OAuth2Token", "SHA-256")]
    [True, False, False, False]
    """
    if not MIN_MADE_UP <= len(value) <= MAX_VALUE or not value.isascii() or is_placeholder(value):
        return False
    if not (re.search("[a-z]", value) and re.search("[A-Z]", value) and re.search(r"\d", value)):
        return False
    return 5 * _changes(value) >= 2 * len(value)


def is_mixed_letters(value: str) -> bool:
    """Return whether letters alone look drawn: small ones and capitals take turns as in no name of code.

    >>> [is_mixed_letters(value) for value in ("exOjBFAD" + "qjHh", "currentUserPassword", "getDBPassword")]
    [True, False, False]
    """
    if not MIN_LETTERS <= len(value) <= MAX_VALUE or not (value.isascii() and value.isalpha()):
        return False
    has_word = re.search(r"[a-z]{6}|[A-Z]{6}", value)
    return has_word is None and 2 * _changes(value) >= len(value) - 1 and not is_placeholder(value)


def _changes(value: str) -> int:
    """Return how often small letters, capitals, digits and signs take turns."""
    kinds = [
        "d" if sign.isdigit() else "u" if sign.isupper() else "l" if sign.islower() else "" for sign in value
    ]
    return sum(a != b for a, b in pairwise(kinds))


def _is_mixed(value: str) -> bool:
    """Return whether the kinds of signs in a long value change more often than in words."""
    kinds = [
        "d" if sign.isdigit() else "u" if sign.isupper() else "l" if sign.islower() else "" for sign in value
    ]
    if (
        len(value) < _MIN_MIXED
        or len({*kinds} - {""}) < 3
        or re.search(rf"[a-z]{{{_MAX_SPELLED + 1}}}", value)
    ):
        return False
    return 5 * _changes(value) >= 2 * len(value)


def pair_of(value: str) -> tuple[str, str] | None:
    """Return the user and the password that base 64 holds, None where it holds something else."""
    try:
        text = base64.b64decode(
            value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), validate=True
        ).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon and text.isprintable() else None


def is_pair(user: str, password: str) -> bool:
    """Return whether a user and a password are somebody's."""
    if not password:
        return is_drawn(user)
    return (
        user != password
        and not user.isdigit()
        and is_password(password, sure=True)
        and password != "open sesame"
    )


def _only_words(value: str) -> bool:
    return all(_is_spelled(chunk) for chunk in re.findall(r"[^\W\d_]+", value))


def _is_spelled(chunk: str) -> bool:
    """Return whether a run of letters is words of the list, one after the other."""
    if len(chunk) > 64:
        return False
    reached = [True] + [False] * len(chunk)
    for end in range(1, len(chunk) + 1):
        reached[end] = any(
            reached[start] and chunk[start:end] in _WORDS for start in range(max(0, end - _LONGEST), end)
        )
    return reached[-1]
