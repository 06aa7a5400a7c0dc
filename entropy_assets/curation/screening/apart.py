r"""Secrets that stand apart from their name: pairs of a name and a value, sentences, cookies, logins.

``- name: DB_PASSWORD`` and ``value: ...`` below it, ``ENV DB_PASSWORD ...``, a variable's default, and
*the root password on the box is ...*. Where words stand between a name and a value, the value must look made
up, not only hold a digit: programs' documentation talks about passwords all the time.

What belongs here: these places. What does not: names right before their value (`named`), and tables
(`tabled`).
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.named import KEY, MADE, MADE_BEFORE, NO_KEY, OTHER_NAMES, PASSWORD
from entropy_assets.curation.screening.placed import placed_secrets
from entropy_assets.curation.screening.placeholders import (
    is_drawn,
    is_expression,
    is_made_up,
    is_mixed_letters,
    is_password,
)
from entropy_assets.curation.screening.tabled import tabled_secrets

PREFILTERS = (
    r"(?i-u:passw|passphr|pwd)|[ \n(][Pp][Ww](?:['’]s|:|=| is) ",
    r"(?i:kennwort|contrase|senha)",
    r"(?i:secret|token|api.key)",
    r"(?i-u:cookie|creds|credent)",
    r"(?i:wachtwoord|salasana|parola|mot de pass)",
    r"ароль|パスワード|비밀번호|密碼|密码|口令|hasło|lösenord|jelszó|şifre|[Hh]eslo|khẩu|مرور|السر|पासवर्ड|รหัสผ่าน"
    r"|dgangskode|Hasło|Lösenord|Jelszó|Şifre|ozinka|озинка|arol[ăa]|סיסמ|κωδικός|عبور|পাসওয়ার্ড|암호",
    r"eyJhdXRo|dockerc|user/pass|[Ll]ogin: |[Ss](?:ESS|ess)(?:ION|ion)?_?(?:ID|id)?=|connect\.sid="
    r"|\np: |\nP: |\n- p: |, p: |; p: |ackup [Cc]ode|covery [Cc]ode|cratch [Cc]ode|ackup verification",
)
"""Every text in which something is found contains a match of one of these; few literals are fast.

Words of a password and of cookies are folded as ASCII is, which takes a third of the time.
"""

HOLDS = (
    r"[0-9][!-~]*[A-Z][!-~]*[a-z]|[0-9][!-~]*[a-z][!-~]*[A-Z]|[A-Z][!-~]*[0-9][!-~]*[a-z]"
    r"|[a-z][!-~]*[0-9][!-~]*[A-Z]|[A-Z][!-~]*[a-z][!-~]*[0-9]|[a-z][!-~]*[A-Z][!-~]*[0-9]"
    r"|[a-z0-9]{16}|[A-Z0-9]{16}|(?i:(?:backup|recovery|scratch) (?:verification )?code)"
    r"|(?i:(?:^|[^a-z0-9_])env[ \t]|setenv|setx|set[ \t]+-|variable[ \t]+\"|value[\"']?[ \t]{0,4}[:=>])"
)
"""And one of this: a value that may be one, or a place in which any word is.

Without \\b, whose letters are those of all scripts: with it the expression takes six times as long.
"""

_NAME = rf"(?P<name>[\w.-]{{0,60}}?(?:(?P<password>{PASSWORD})|(?P<key>{KEY}))\d{{0,2}})"
_VALUE = r"(?:[\"'](?P<quoted>[^\s\"'\\]{4,512})[\"']|(?P<bare>[^\s\"'`,;<>}\])]{4,512}))"
_IS = r"[\"']?[ \t]{0,4}[:=][ \t]{0,4}"
_BETWEEN = r"[ \t]{0,4},?[ \t]{0,4}(?:\r?\n[ \t]{0,40})?(?:-[ \t])?"
_OTHER = rf"(?:[\"']?(?:type|kind|secure|sensitive|scope){_IS}[\"']?\w{{0,30}}[\"']?{_BETWEEN})?"
_PAIRS = (
    re.compile(
        rf"\b(?:name|key|variable|parameter_?key){_IS}[\"']?{_NAME}[\"']?{_BETWEEN}{_OTHER}"
        rf"[\"']?(?:parameter_?)?value{_IS}{_VALUE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:parameter_?)?value{_IS}{_VALUE}{_BETWEEN}{_OTHER}"
        rf"[\"']?(?:name|key|variable|parameter_?key){_IS}[\"']?{_NAME}(?![\w.-])",
        re.IGNORECASE,
    ),
    re.compile(
        rf"<(?:name|key)>\s{{0,20}}{_NAME}\s{{0,20}}</(?:name|key)>\s{{0,40}}"
        r"<(?:value|string)>\s{0,20}(?P<quoted>[^\s<>]{4,512})(?P<bare>(?!))?\s{0,20}</",
        re.IGNORECASE,
    ),
)
_SET = re.compile(
    rf"(?:^[ \t]*ENV|\bsetenv|\bsetx|\bSetEnv|\bset[ \t]+-\w{{1,3}})[ \t]+{_NAME}[ \t]+{_VALUE}",
    re.MULTILINE | re.IGNORECASE,
)
_DEFAULT = re.compile(
    rf"\bvariable[ \t]+\"{_NAME}\"[ \t]*\{{(?P<body>[^{{}}]{{0,600}}?)\bdefault[ \t]*=[ \t]*{_VALUE}",
    re.IGNORECASE,
)
_UPPER = re.compile(r"[A-Z][A-Z0-9_]*")
MIN_SET = 8
"""Characters of a value in an environment, as `named` asks for it."""

_LONG_NAME = PASSWORD.replace("|(?<![a-z])pass", "")
_SAYS = (
    r"(?:is|was|reads|ist|war|lautet|wurde|es|est|este|era|é|è|er|är|jest|to|je|це|это|είναι|là|adalah"
    r"|هي|هو|היא|הוא)(?=[ \t:])"
)
_WORD = r"\(?(?:[^\W\d][\w@.’'-]{0,23}|\d{1,6})\)?"
_SENTENCE = re.compile(
    rf"(?:(?P<password>{_LONG_NAME})|(?P<key>{KEY}))[*`\"']{{0,3}}"
    rf"(?:(?:[ \t]{{1,2}}{_WORD}){{1,7}}?[ \t]{{0,2}}(?:[:：](?=\s)|=[ \t])"
    r"|[ \t]{0,2}[:：][ \t]{0,4}(?=\r?\n)"
    rf"|(?:[ \t]{{1,2}}{_WORD}){{0,7}}?[ \t]{{1,2}}(?:[—–-][ \t]|{_SAYS}[ \t]?:?))"
    r"(?:[ \t]{0,4}\r?\n)?[ \t]{0,4}[\"'`*“«„]{0,3}(?P<value>[!-~]{8,512})",
    re.IGNORECASE,
)
"""A name, words, and what says that a value follows; right behind a name, `named` knows it."""
_UNSPACED = re.compile(
    r"(?:パスワード|비밀번호|密码|密碼|口令)(?:(?P<is>は|[은는]|是|为|為)|[^\x00-\x7f]{0,12})"
    r"[ \t]?:?[ \t]?[\"'`「『]?(?P<value>[!-~]{8,512})"
)
_NAMES = (
    *("passw", "passphrase", "kennwort", "contrase", "mdp", "mot de passe", "mot_de_passe", "пароль"),
    *("senha", "hasło", "wachtwoord", "lösenord", "salasana", "parola", "şifre", "jelszó", "pwd"),
    *("パスワード", "비밀번호", "密码", "密碼", "口令", "secret", "token", "credential", "key"),
    *OTHER_NAMES,
)
_KINDS = re.compile(r"(?=.*[a-z][!-~]*[A-Z])(?=(?:.*\d){3})[A-Za-z0-9]{9,64}")
_KEY_BEFORE = 16

_ASKED = re.compile(
    rf"(?:(?P<password>{_LONG_NAME})|(?P<key>{KEY}))[*`\"')]{{0,3}}(?P<rest>[^\n.!?。？;]{{0,120}})"
    r"(?P<end>[?？.!。])[*`\"')]{0,3}\s",
    re.IGNORECASE,
)
"""A name in a question, or in a sentence that may ask for what it names."""
_ASKS = re.compile(
    r"\b(?:send|give|tell|share|show|need|paste|provide|remind|forgot|forgotten|lost|remember|want|get me"
    r"|schick|gib|sag|brauche|nenne|donne|envoie|dame|env[ií]a|dime|manda)",
    re.IGNORECASE,
)
_OF_NOBODY = re.compile(
    r"generat|random|\bcreate (?:an?|me|new|some)\b|exampl|sample|strong|suggest|invent|dummy|fake|hash|encod"
    r"|decod|\b(?:en|de)crypt(?:s|ion)?\b|base64|crack|guess|cipher|riddle|puzzle|\bformat|look like|regex"
    r"|\bmake\b|placeholder|checksum|digest|\bsha|\bmd5",
    re.IGNORECASE,
)
"""What a question speaks of where its answer was made for it, or computed."""
_TOLD = re.compile(
    r"\s{0,3}(?:[^\n]{1,300}\n\n(?=[!-~]{8,512}[ \t]*(?:\n|\Z)))?"
    r"(?:[^\W\d][\w’']{0,15}[,.!:：]{0,1}[ \t]{1,2}){0,6}?[\"'`*“«„]{0,3}"
    r"(?P<value>[!-~]{8,512})(?=[ \t]*(?:\n|\Z)|(?<=[,.;!])\s)"
)
"""The answer: some words and a value at the end of its line; or another answer, and a value alone."""
_ASKED_BEFORE = 120

_LOGIN = re.compile(
    r"\b(?:creds?|credentials|logins?|zugangsdaten|identifiants|credenciales|credenciais"
    r"|user(?:name)?[ ]?/[ ]?pass(?:word)?)\b[^\n]{0,40}?[\s:=*`\"']"
    r"(?P<user>[\w.@+-]{2,64})[`\"']?(?:[ \t]{0,2}[/:|][ \t]{0,2}|[ \t]{1,2}[—–-][ \t]{1,2})[`\"']?"
    r"(?P<value>[!-.0-~]{8,128})",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"(?<![\w.$'-])(?:pw|psw)(?:[’']s|[ \t]+is|[ \t]{0,2}[:=])[ \t]+[\"'`*]{0,2}(?P<value>[!-~]{8,128})"
    r"|(?:^|(?<=[\n,;|/]))[ \t>*-]{0,6}(?:u|usr|user|login)[ \t]?[:=][ \t]{0,4}\S{2,64}?[ \t]{0,4}[\n,;|/]"
    r"[ \t>*-]{0,6}(?:p|pw|pass)[ \t]?[:=][ \t]{0,4}[\"'`]?(?P<second>[!-~]{8,128})",
    re.IGNORECASE,
)
"""A password whose name is two letters, or one below that of a user."""
_CODES = re.compile(
    r"\b(?:backup|recovery|scratch)[ -](?:verification[ -])?codes?\b[^\n:：]{0,40}[:：]?\s{1,4}"
    r"(?P<value>(?:[-*•\d.)]{0,3}[ \t]{0,3}(?:[a-z0-9]{4,6}-[a-z0-9]{4,6}|\d{4}[ ]\d{4}|\d{8}|[a-z0-9]{8,10})"
    r"[ \t]{0,3}[,;]?\s{1,3}){1,15}(?:[-*•\d.)]{0,3}[ \t]{0,3})?"
    r"(?:[a-z0-9]{4,6}-[a-z0-9]{4,6}|\d{4}[ ]\d{4}|\d{8}|[a-z0-9]{8,10}))(?![\w-])",
    re.IGNORECASE,
)
"""Codes that let somebody in who has lost the second factor: two or more."""
_CODE = re.compile(r"[A-Za-z0-9]{4,6}-[A-Za-z0-9]{4,6}|\d{4} ?\d{4}|[A-Za-z0-9]{8,10}")

_COOKIES = re.compile(
    r"(?:\bcookies?[\"']?[ \t]?[:=][ \t]?\{?[\"']?|[ \t](?:-b|--cookie)[ \t=]\$?[\"']?)"
    r"(?P<all>[^\n{}]{8,2000})",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"(?:^|(?<=[\s;,\"']))(?P<name>[\w.-]{2,60})(?:=|[\"'][ ]?:[ ]?[\"'])(?P<value>[^\s;,\"']{16,512})"
)
_SESSION = re.compile(r"sess|(?:^|[._-])s?id$|auth|jwt|token|remember", re.IGNORECASE)
_NO_SESSION = re.compile(r"csrf|xsrf|^_g|visitor|device|client", re.IGNORECASE)

_DOCKER = re.compile(
    r"(?:\.docker(?:configjson|cfg)[\"']?[ \t]*[:=][ \t]*[\"']?|(?=eyJhdXRo))"
    r"(?P<value>[A-Za-z0-9+/]{24,20000}={0,2})"
)
_DOCKER_PASSWORD = re.compile(r"\"password\"\s{0,4}:\s{0,4}\"(?P<value>[^\s\"]{4,256})\"")


def apart_secrets(text: str) -> Iterator[Match]:
    """Yield the secrets of a text that stand apart from what names them: what it is, start, end."""
    lowered = text.lower()
    if "value" in lowered or "<string>" in lowered:
        for pattern in _PAIRS:
            yield from _set(pattern, text)
    if any(word in lowered for word in ("env ", "setenv", "setx", "set -", "set  ")):
        yield from _set(_SET, text)
    if "variable" in lowered and "default" in lowered:
        yield from _set(_DEFAULT, text)
    # A letter whose small form is two would move all places behind it.
    lowered = lowered if len(lowered) == len(text) else text
    places = sorted({place for word in _NAMES for place in _places_of(word, lowered)})
    yield from _sentences(text, lowered, places)
    yield from tabled_secrets(text, places)
    if any(word in lowered for word in ("cred", "login", "zugangsdaten", "identifiants", "user/", "user /")):
        for found in _LOGIN.finditer(text):
            yield from _made_up(text, found)
    if any(word in lowered for word in ("pw", "psw", "\np: ", "- p: ", ", p: ", "; p: ")):
        for found in _SHORT.finditer(text):
            yield from _made_up(text, found)
    if "code" in lowered:
        yield from _codes(text)
    if "cookie" in lowered or " -b" in text:
        yield from _cookies(text)
    if "docker" in lowered or "eyJhdXRo" in text:
        yield from _docker(text)


def _set(pattern: re.Pattern[str], text: str) -> Iterator[Match]:
    """Yield the values of names that a pattern finds."""
    for found in pattern.finditer(text):
        group = "quoted" if found["quoted"] else "bare"
        value = found[group]
        start, end = found.span(group)
        if found["key"]:
            before = found["name"][: found.start("key") - found.start("name")]
            if not NO_KEY.search(before) and is_drawn(value):
                yield "token by its name", start, end
            continue
        if is_expression(value):
            continue
        is_variable = bool(_UPPER.fullmatch(found["name"])) and len(value) >= MIN_SET
        if is_password(value, sure=is_variable) or (group == "quoted" and is_mixed_letters(value)):
            yield "password by its name", start, end


def _sentences(text: str, lowered: str, places: Sequence[int]) -> Iterator[Match]:
    end = 0
    for place in places:
        if place < end:
            continue
        start = place
        if lowered.startswith("key", place):
            before = re.search(r"[a-z]{3,12}[_. -]?\Z", lowered[max(place - _KEY_BEFORE, 0) : place])
            start = place if before is None else place - len(before[0])
        if found := _SENTENCE.match(text, start):
            end = place + 1
            yield from _made_up(text, found)
        elif asked := _ASKED.match(text, start):
            yield from _answered(text, asked)
    for found in _UNSPACED.finditer(text):
        yield from _made_up(text, found, is_named=bool(found["is"]))


def _answered(text: str, asked: re.Match[str]) -> Iterator[Match]:
    """Yield the value that answers a question for a password or a key."""
    begin = max(asked.start() - _ASKED_BEFORE, 0)
    question = text[begin : asked.end()].rsplit("\n", 2)[-2:]
    sentence = "\n".join(question)
    if asked["end"] not in "?？" and not _ASKS.search(sentence):
        return
    told = _TOLD.match(text, asked.end())
    if told is None or _OF_NOBODY.search(text, begin, told.start("value")):
        return
    value = re.split(r"[\"'`<>]", told["value"])[0].rstrip(".,;:!?)*")
    start = told.start("value")
    if asked["key"]:
        if not NO_KEY.search(text[max(asked.start() - 30, 0) : asked.start()]) and is_drawn(value):
            yield "token by its name", start, start + len(value)
    elif is_made_up(value) and not is_expression(value):
        yield "password in a sentence", start, start + len(value)


def _places_of(word: str, text: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _made_up(text: str, found: re.Match[str], *, is_named: bool = False) -> Iterator[Match]:
    """Yield the value behind words, where nobody would write it but as a secret.

    Where nothing stands between the name and *is*, as `is_named` says, three kinds of signs are enough.
    """
    group = "value" if found["value"] is not None else "second"
    value = re.split(r"[\"'`<>]", found[group])[0].rstrip(".,;:!?)*")
    start = found.start(group)
    if found.groupdict().get("key"):
        before = text[max(found.start() - 30, 0) : found.start()]
        if not NO_KEY.search(before) and is_drawn(value):
            yield "token by its name", start, start + len(value)
    elif (is_made_up(value) or (is_named and (_KINDS.fullmatch(value) or is_mixed_letters(value)))) and not (
        is_expression(value) or MADE.search(text, max(start - MADE_BEFORE, 0), start)
    ):
        yield "password in a sentence", start, start + len(value)


def _codes(text: str) -> Iterator[Match]:
    """Yield runs of codes, each of which holds digits, or one and a letter: words are none."""
    for found in _CODES.finditer(text):
        codes = _CODE.findall(found["value"])
        if len(codes) > 1 and all(re.search(r"\d", code) for code in codes) and len(set(codes)) == len(codes):
            yield "codes of a second factor", *found.span("value")


def _cookies(text: str) -> Iterator[Match]:
    for cookies in _COOKIES.finditer(text):
        for found in _COOKIE.finditer(text, *cookies.span("all")):
            is_session = _SESSION.search(found["name"]) and not _NO_SESSION.search(found["name"])
            if is_session and is_drawn(found["value"]):
                yield "cookie of a session", *found.span("value")


def _docker(text: str) -> Iterator[Match]:
    for found in _DOCKER.finditer(text):
        value = found["value"].rstrip("=")
        try:
            told = base64.b64decode(value + "=" * (-len(value) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        plain = _DOCKER_PASSWORD.search(told)
        if any(placed_secrets(told)) or (plain and is_password(plain["value"])):
            yield "password of a registry", *found.span("value")
