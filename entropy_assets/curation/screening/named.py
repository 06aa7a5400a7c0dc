r"""Secrets that only what stands beside them tells: headers, options, settings, connection strings.

A password has no shape and many tokens have none of their service, but something names them:
``Authorization: Basic``, ``curl -u``, ``DB_PASSWORD=``, ``Pwd=``, ``client_secret:``. What they name is a
secret unless it is a placeholder, a name or an expression (`placeholders`).

What belongs here: what names a secret. What does not: tokens with a shape (`shapes`, `catalogue`).
"""

import re
from collections.abc import Iterator
from itertools import chain

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.placeholders import (
    is_drawn,
    is_expression,
    is_mixed_letters,
    is_pair,
    is_password,
    pair_of,
)

_LANGUAGES = (
    r"(?-i:[Mm]dp)|mot[ _]de[ _]passe|пароль|contrase(?:n|ñ)a|senha|hasło|wachtwoord|lösenord|salasana"
    r"|parolă|parola|şifr[eə]|jelszó|パスワード|비밀번호|암호|密碼|[hg]eslo|passord|adgangskode"
    r"|kata sandi|parool|lozinka|slaptažodis|contrasenya|lykilorð"
    r"|mật khẩu|лозинка|парола|κωδικός(?: πρόσβασης)?|סיסמ[הא]"
    r"|كلمة (?:ال)?(?:مرور|سر)|رمز عبور|पासवर्ड|পাসওয়ার্ড|รหัสผ่าน"
)
PASSWORD = rf"(?:passw(?:or)?d|passphrase|passwort|kennwort|{_LANGUAGES}|pwd|(?<![a-z])pass|密码|口令)"
KEY = (
    r"(?:secret|token|credential|(?:api|app|application|access|secret|private|signing|encryption|master|account"
    r"|auth|admin|client|webhook|service|subscription|license|consumer|shared|storage|deploy|function)"
    r"[_. -]?key)"
)
_ENDS = r"(?:[_-]?base)?\d{0,2}\\?[\"'\])*]{0,2}"
_BASE = r"(?:[_-]?base)?\d{0,2}"
_TYPED = r"(?:[ \t]?:[ \t]?(?:str|string|String)(?=[ \t]?=))?[ \t\u00a0\u202f]{0,8}"
_IS = (
    rf"\\?[\"'\])*]{{0,2}}{_TYPED}(?:=>|:=|[:=：＝](?!=)\*{{0,2}}|是|为|is[ \t]"
    r"|(?<=[ \t])(?:es|est|ist)[ \t])[ \t]{0,8}"
)
_QUOTED = r"[bruBRU@$]{0,2}\\?(?P<mark>[\"'`])(?P<quoted>[^\s\"'`\\]{4,512})\\?(?P=mark)"
_BARE = r"(?P<bare>(?-i:[^\s\"'`<>,;&)\]}\\\u0080-\U0010ffff]{4,512}))"

_SETTINGS = re.compile(
    rf"(?:(?P<password>{PASSWORD})|(?P<key>{KEY})){_BASE}"
    rf"(?:{_IS}(?:{_QUOTED}|{_BARE})"
    r"|\\?[\"'][ \t]{0,4},[ \t]{0,4}\\?[\"'](?P<listed>[^\s\"'\\]{4,512})\\?[\"']"
    r"|[\"'][ \t]+value[ \t]?=[ \t]?[\"'](?P<valued>[^\s\"']{4,512})[\"']"
    r"|>(?P<tagged>[^\s<>]{4,512})</)",
    re.IGNORECASE,
)

OTHER_NAMES = (
    *("parolă", "şifrə", "암호", "heslo", "geslo", "adgangskode", "kata sandi", "parool", "lozinka"),
    *("slaptažodis", "contrasenya", "lykilorð", "mật khẩu", "лозинка", "парола", "κωδικός", "סיסמ"),
    *("كلمة", "رمز عبور", "पासवर्ड", "পাসওয়ার্ড", "รหัสผ่าน"),
)
"""Words for a password, or how they begin, in small letters."""

_NAMES = (
    *("pass", "kennwort", "contrase", "mdp", "пароль", "senha", "hasło", "wachtwoord", "lösenord"),
    *("salasana", "parola", "şifre", "jelszó", "パスワード", "비밀번호", "密碼", "pwd", "密码", "口令"),
    *OTHER_NAMES,
    *("secret", "token", "credential", "key"),
)
_SET = re.compile(
    rf"(?:[Kk]ata |[Mm]ật |كلمة |رمز )?[\w\u0300-\u036f\u0900-\u0dff\u0e30-\u0e4f]{{2,11}}?"
    rf"(?: πρόσβασης)?{_ENDS}{_TYPED}(?:[=:：＝>,]|是|为|is\b|(?:es|est|ist)[ \t]|value\b)"
    rf"|(?:密码|口令|密碼){_ENDS}[ \t]{{0,8}}(?:[=:：＝>,]|是|为)"
)
"""One of the words that name a secret, and what follows it where something is set."""
_LONGEST, _REACH = 16, 700
"""Characters of a name before its last word, and those in which a value ends."""

NO_KEY = re.compile(
    r"(?:page|next|prev|previous|csrf|xsrf|forgery|continuation|sync|cursor|pad|eos|bos|unk|mask|public"
    r"|publishable|anon|site|captcha|cache|idempotency|primary|foreign|sort|partition|upload|resume|change|input"
    r"|output|stop|special|verification|hash(?:ed)?|pub|delimiter|pagination|batch|skip|watch|trace|device"
    r"|registration)[_. -]?$",
    re.IGNORECASE,
)
"""What a token or key is of that nobody keeps to himself."""

_ENVIRONMENT = re.compile(r"(?:^|[\s\"'`;-])[A-Z][A-Z0-9_]*\Z")
_CONNECTION = re.compile(
    r"(?:\b(?:user(?: ?id)?|uid|username|server|data source|host|driver|database|dbname|initial catalog)="
    r"|jdbc:)[^\n]*\Z",
    re.IGNORECASE,
)

_CONNECTED = re.compile(
    r"[^\s;]{4,512};[ \t]?(?:user(?: ?id)?|uid|server|data source|host|driver|database|initial catalog)=",
    re.IGNORECASE,
)
"""What stands before and behind a password in a string that connects to a database."""

MADE = re.compile(
    r"(?:generat|random)[a-z]*(?:[ _-][a-z0-9-]+){0,3}[ _-]password|(?:随机|生成)[^。\n]{0,16}密码",
    re.IGNORECASE,
)
"""What says that a password was made up on the spot, for nobody's account."""

MIN_BARE, MADE_BEFORE = 8, 400
"""Characters of a password without quotes in prose or code, and those before one in which it is made."""

_HEADER = re.compile(
    r"(?:\b(?P<scheme>bearer|basic|ssws|apikey|genie[kK]ey)[ \t]+"
    r"|\bauthorization\\?[\"'\]]{0,2}[ \t]{0,3}[:=,][ \t]{0,3}\\?[\"'`]?"
    r"(?:token|key|apikey|api-key)?[ \t]*(?:token=)?\\?[\"']?)"
    r"(?P<value>[A-Za-z0-9._~+/=-]{8,2000})(?!\.\.\.|[…*<{$(A-Za-z0-9])",
    re.IGNORECASE,
)
_AUTH = re.compile(r"\b_auth[ \t]?=[ \t]?\"?(?P<value>[A-Za-z0-9+/-]{8,512}={0,2})")

_USER = re.compile(
    r"(?<=\s)(?:-u|-U|-a|--user|--proxy-user|--auth)[ =]{0,2}(?P<quote>[\"']?)(?P<user>[^\s:\"'/$<{]{1,64}):"
    r"(?P<value>[^\s\"'`/]{0,256})(?P=quote)(?=[\s\"'`]|\Z)"
)
_FETCHES = re.compile(r"\b(?:curl|https?|xh|wget)\s(?:[^\n]|\\\n)*\Z")
_COMMAND_BEFORE = 600
_FETCHERS = ("curl", "http ", "https ", "xh ", "wget")
_SCHEMES = ("authorization", "bearer", "basic", "ssws", "apikey", "geniekey", "_auth")

_VALUE = r"(?P<quote>[\"']?)(?P<value>[^\s\"'`]{4,256})(?P=quote)"
_OPTIONS = tuple(
    (words, re.compile(before + _VALUE))
    for words, before in (
        (("sshpass",), r"\bsshpass[ \t]+-p[ \t]*"),
        (("mysql", "mariadb"), r"\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;]{0,200}?[ \t]-p(?=\S)"),
        (("sqlcmd",), r"\bsqlcmd\b[^\n|;]{0,200}?[ \t]-P[ \t]*"),
        (("docker",), r"\bdocker[ \t]+login\b[^\n|;]{0,200}?[ \t]-p[ \t]+"),
        (("redis-cli",), r"\bredis-cli\b[^\n|;]{0,200}?[ \t](?:-a|--pass)[ \t]+"),
        ((" --",), r"[ \t]--(?:[a-z]+-)?(?:password|passwd|pass|passphrase)[ \t]+(?=\S*[^A-Za-z\s-])"),
        (("machine ", "login "), r"\blogin\s+\S{1,64}\s+password\s+"),
        (
            ("uth", ".login"),
            r"(?:\b\w{0,40}[Bb]asic_?[Aa]uth\w{0,20}|\bauth[ \t]?=|\.login|\.auth)[ \t]?"
            r"\([ \t]{0,4}[\"'][^\"'\n]{1,64}[\"'][ \t]{0,4},[ \t]{0,4}(?=[\"'])",
        ),
    )
)
"""Words, one of which a text must hold, and the option or call that a password follows."""

_SIGNATURE = re.compile(
    r"(?<![A-Za-z0-9_])sig=(?P<value>(?:[A-Za-z0-9+/]|%2[BbFf]){43}(?:=|%3[Dd]))(?![A-Za-z0-9])"
)

PREFILTER = (
    rf"(?i:passw(?:or)?d|passphrase|passwort|kennwort|{_LANGUAGES}|pwd|pass|密码|口令|{KEY})(?i:{_ENDS})"
    r"(?:[ \t]?:[ \t]?[Ss]tr(?:ing)?)?[ \t\x{a0}\x{202f}]{0,8}(?:[=:：＝>]|是|为|is[ \t]|(?:es|est|ist)[ \t])"
    r"|(?i:passw(?:or)?d|passwd|pwd|pass|secret|token|key)\d{0,2}\\?[\"'](?:[ \t]{0,4},|[ \t]+value)"
    r"|(?i:authorization\\?[\"'\]]{0,2}[ \t]{0,3}[:=,])"
    r"|(?i:(?:bearer|basic|ssws|apikey|geniekey)[ \t]+[A-Za-z0-9._~+/=-]{8})"
    r"|_auth[ \t]?=|\s(?:-u|-U|-a|--user|--proxy-user|--auth)[ =]{0,2}[\"']?[^\s:\"'/$<{]{1,64}:"
    r"|sshpass[ \t]|(?:mysql|mysqldump|mysqladmin|mariadb)[ \t]|docker[ \t]+login|redis-cli|sqlcmd[ \t]"
    r"|[ \t]--(?:[a-z]+-)?pass"
    r"|login\s+\S{1,64}\s+password|(?:[Aa]uth|\.login|=)[ \t]?\([ \t]{0,4}[\"']|sig=(?:[A-Za-z0-9+/]|%2)"
)
"""Every text in which something named is found contains a match of this expression."""


def named_secrets(text: str) -> Iterator[Match]:
    """Yield the secrets of a text that something beside them names: what it is, start, end."""
    lowered = text.lower()
    # A letter whose small form is two would move all places behind it.
    lowered = lowered if len(lowered) == len(text) else text
    if any(word in lowered for word in _SCHEMES):
        yield from _headers(text, lowered)
    yield from _settings(text, lowered)
    yield from _options(text)
    yield from _signatures(text)


def _named(text: str, lowered: str) -> Iterator[re.Match[str]]:
    """Yield what `_SETTINGS` finds, looked for only where a word of it stands: a search for all is slow."""
    places = sorted({place for word in _NAMES for place in _places_of(word, lowered)})
    end = 0
    for place in places:
        if place < end or not _SET.match(text, place):
            continue
        for start in range(max(place - _LONGEST, end), place + 1):
            if found := _SETTINGS.match(text, start, place + _REACH):
                end = found.end()
                yield found
                break


def _places_of(word: str, text: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _headers(text: str, lowered: str) -> Iterator[Match]:
    end = 0
    for place in sorted(place for word in _SCHEMES for place in _places_of(word, lowered)):
        found = _HEADER.match(text, place) if place >= end else None
        if found is None:
            continue
        end = found.end()
        value = found["value"]
        scheme = (found["scheme"] or "").lower()
        pair = pair_of(value) if scheme == "basic" else None
        if is_pair(*pair) if pair else (scheme != "basic" and is_drawn(value)):
            yield f"header {scheme or 'of a token'}", *found.span("value")
    for found in _AUTH.finditer(text):
        pair = pair_of(found["value"])
        if (pair and is_pair(*pair)) or is_drawn(found["value"]):
            yield "header basic", *found.span("value")


def _settings(text: str, lowered: str) -> Iterator[Match]:
    for found in _named(text, lowered):
        group = next(name for name in ("quoted", "bare", "listed", "valued", "tagged") if found[name])
        start, end = found.span(group)
        value = text[start:end]
        before = text[max(found.start() - 200, 0) : found.start()]
        before = before[before.rfind("\n") + 1 :]
        name = before + text[found.start() : start]
        if found["key"]:
            # A full stop ends a sentence, and no token.
            value = value.rstrip(".")
            if not NO_KEY.search(before) and is_drawn(value):
                yield "token by its name", start, start + len(value)
            continue
        is_variable = bool(_ENVIRONMENT.search(before + found["password"]))
        is_set = is_variable or bool(_CONNECTION.search(name) or _CONNECTED.match(text, start))
        if group == "bare":
            value = value.rstrip(".!?:")
            if value[:1] in "([" or (is_expression(value) and not (is_variable and "(" not in value)):
                continue
            if len(value) < MIN_BARE and not is_set:
                continue
        if not is_set and MADE.search(text, max(start - MADE_BEFORE, 0), start):
            continue
        if is_password(value, sure=is_set and len(value) >= MIN_BARE) or (
            group in ("quoted", "valued") and is_mixed_letters(value)
        ):
            yield "password by its name", start, start + len(value)


def _options(text: str) -> Iterator[Match]:
    for found in _USER.finditer(text) if any(word in text for word in _FETCHERS) else ():
        if is_pair(found["user"], found["value"]) and _FETCHES.search(
            text[max(found.start() - _COMMAND_BEFORE, 0) : found.start()]
        ):
            yield "password of a command", *found.span("value" if found["value"] else "user")
    matches = (p.finditer(text) for words, p in _OPTIONS if any(word in text for word in words))
    for found in chain.from_iterable(matches):
        if is_password(found["value"]) and not is_expression(found["value"]):
            yield "password of a command", *found.span("value")


def _signatures(text: str) -> Iterator[Match]:
    for found in _SIGNATURE.finditer(text) if "sig=" in text else ():
        yield "signature of an address", *found.span("value")
