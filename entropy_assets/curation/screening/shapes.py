r"""Shapes of tokens that neither detect-secrets nor the catalogue knows where a token stands by itself.

Each begins with letters that its service gives to nothing else, and is as long as the service makes it.

What belongs here: these shapes. What does not: tokens that only a word beside them tells apart (`named`).
"""

import re
from collections.abc import Iterator

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.placeholders import is_drawn

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SHAPES: dict[str, str] = {
    "Google OAuth client secret": r"GOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])",
    "Google OAuth access token": r"ya29\.[A-Za-z0-9_-]{40,400}+",
    "Google OAuth refresh token": r"1//0[A-Za-z0-9_-]{40,200}+",
    "New Relic user key": r"NRAK-[A-Z0-9]{27}(?![A-Za-z0-9])",
    "Azure client secret": r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~-])",
    "Atlassian token": r"AT(?:CTT3xFf[A-Za-z0-9_=-]{20,200}|BB[A-Za-z0-9]{32})(?![A-Za-z0-9])",
    "Mailgun key": r"key-[0-9a-f]{32}(?![A-Za-z0-9])",
    "Netlify token": r"nfp_[A-Za-z0-9]{36}(?![A-Za-z0-9])",
    "PlanetScale token": r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}(?![A-Za-z0-9])",
    "Tailscale key": r"tskey-[a-z]{3,12}-[A-Za-z0-9]{8,20}CNTRL-[A-Za-z0-9]{20,40}(?![A-Za-z0-9])",
    "Vault token": r"hv[bsr]\.[A-Za-z0-9_-]{24,300}(?![A-Za-z0-9_-])",
    "Stripe webhook secret": r"whsec_[A-Za-z0-9+/=]{32,64}(?![A-Za-z0-9])",
    "Razorpay key": r"rzp_live_[A-Za-z0-9]{14}(?![A-Za-z0-9])",
    "Mapbox token": r"sk\.eyJ[A-Za-z0-9_-]{20,300}\.[A-Za-z0-9_-]{20,60}(?![A-Za-z0-9_-])",
    "Dropbox token": r"sl\.(?:[A-Z]\.|u\.)?[A-Za-z0-9_-]{100,2000}(?![A-Za-z0-9_-])",
    "Firebase server key": r"AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{120,180}(?![A-Za-z0-9_-])",
    "Resend key": (
        r"re_(?=[A-Za-z0-9_]{0,32}\d)(?=[a-z0-9_]{0,32}[A-Z])[A-Za-z0-9]{8}_[A-Za-z0-9]{20,32}(?![A-Za-z0-9_])"
    ),
    "NuGet key": r"oy2[a-z0-9]{43}(?![A-Za-z0-9])",
    "PuTTY private key": r"PuTTY-User-Key-File-\d",
    "private key": r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=\s*[A-Za-z0-9+/])",
}
_DRAWN: dict[str, tuple[str, str]] = {
    "tvly-": ("Tavily key", r"(?:dev-|prod-)?(?P<drawn>[A-Za-z0-9-]{32,48})"),
    "jina_": ("Jina key", r"(?P<drawn>[A-Za-z0-9_-]{48,64})"),
    "fc-": ("Firecrawl key", r"(?P<drawn>[0-9a-f]{32})"),
    "e2b_": ("E2B key", r"(?P<drawn>[0-9a-f]{40}(?:[0-9a-f]{32})?)"),
    "ntn_": ("Notion token", r"(?P<drawn>[A-Za-z0-9]{46})"),
    "sb_secret_": ("Supabase secret key", r"(?P<drawn>[A-Za-z0-9_-]{20,40})"),
    "sk-lf-": ("Langfuse secret key", rf"(?P<drawn>{_UUID})"),
    "fw_": ("Fireworks key", r"(?=[A-Za-z0-9]{0,48}[A-Z])(?P<drawn>[A-Za-z0-9]{22,48})"),
}
"""How a token begins -> its name, and the rest: what is drawn in it must look so."""

_WEBHOOKS: dict[str, str] = {
    "Discord webhook": r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/\d{17,20}/[A-Za-z0-9_-]{60,80}",
    "Slack webhook": (
        r"hooks\.slack\.com/(?:workflows|triggers)/[A-Z0-9]{8,12}/[A-Z0-9]{8,16}/[A-Za-z0-9/]{20,60}"
    ),
    "Teams webhook": rf"\.webhook\.office\.com/webhookb2/{_UUID}@{_UUID}/IncomingWebhook/[0-9a-f]{{32}}/",
    "Feishu webhook": rf"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/{_UUID}",
    "WeCom webhook": rf"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key={_UUID}",
}
"""Addresses to which whoever knows them may write."""

PREFILTER = (
    r"[78]Q~|AT(?:CTT3|BB)|key-|nfp_|whsec_|pscale_|hv[bsr]\.|[/.]webhooks?[/.]|slack\.com/(?:workflows|triggers)"
    r"|rzp_live_|sk\.eyJ|sl\.[A-Za-z0-9_.-]{99}|:APA91b|re_[A-Za-z0-9]{8}_|oy2[a-z0-9]{43}"
    r"|/bot/v2/hook/|tvly-|jina_[A-Za-z0-9_-]{48}|fc-[0-9a-f]{32}|e2b_[0-9a-f]{40}|ntn_[A-Za-z0-9]{46}"
    r"|sb_secret_[A-Za-z0-9]|sk-lf-[0-9a-f]{8}-|fw_[A-Za-z0-9]{22}|"
    + (r"://:|GOCSPX-|ya29\.|1//0|NRAK-|PuTTY-User-Key-File-\d|PRIVATE KEY(?: BLOCK)?-----")
)
"""Every text in which a shape is found contains a match of this expression."""

_BEGINNING = re.compile(r"(?:[A-Za-z0-9_/-]|\\[.\-/])+(?![?*+{|])")


def _begins(shape: str) -> str:
    r"""Return signs that stand in every text with a shape: those that it begins with.

    >>> _begins(r"hv[bsr]\.x"), _begins(r"sk\.eyJ[a-z]{4}"), _begins(r"[78]Q~")
    ('hv', 'sk.eyJ', '')
    """
    found = _BEGINNING.match(shape)
    return found.group().replace("\\", "") if found else ""


_COMPILED = (
    *((name, _begins(shape), re.compile(rf"(?<![A-Za-z0-9_]){shape}")) for name, shape in _SHAPES.items()),
    *((name, _begins(address), re.compile(address)) for name, address in _WEBHOOKS.items()),
    ("address with a password", "://:", re.compile(r"://:[^\s:/@\"'\\`<>]{1,256}@(?=[A-Za-z0-9\[])")),
)
_COMPILED_DRAWN = {
    begins: (name, re.compile(rf"(?<![A-Za-z0-9_]){begins}{rest}(?![A-Za-z0-9_-])"))
    for begins, (name, rest) in _DRAWN.items()
}


def shaped_tokens(text: str) -> Iterator[Match]:
    """Yield the tokens of a text that have one of these shapes: name, start, end."""
    for name, begins, pattern in _COMPILED:
        for found in pattern.finditer(text) if begins in text else ():
            yield name, *found.span()
    for begins, (name, pattern) in _COMPILED_DRAWN.items():
        for found in pattern.finditer(text) if begins in text else ():
            if is_drawn(found["drawn"]):
                yield name, *found.span()
