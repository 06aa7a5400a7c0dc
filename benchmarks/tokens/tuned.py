"""The list that the rules were chosen on: tokens and look-alikes in code, chat, files, addresses."""

import random
from collections.abc import Callable, Iterator

from benchmarks.tokens import Labelled
from benchmarks.tokens.drawing import (
    ALNUM,
    BASE32,
    DIGITS,
    HEX,
    LETTERS,
    MARK,
    URL,
    Draw,
    base64_of,
    checked,
    draw,
    drawn,
    jwt,
    pem,
    putty,
    pypi,
)

SECRETS: dict[str, Draw] = {
    "Hugging Face": drawn("hf" + "_", LETTERS, 34),
    "Google API": drawn("AI" + "za", URL, 34, "w"),
    "Google OAuth client": drawn("GOC" + "SPX-", URL, 28),
    "Google OAuth access": drawn("ya" + "29.a0", URL, 160),
    "Anthropic": drawn("sk-" + "ant-api03-", URL, 93, "AA"),
    "Groq": drawn("gsk" + "_", ALNUM, 52),
    "xAI": drawn("xai" + "-", ALNUM, 80),
    "Replicate": drawn("r8" + "_", ALNUM, 37),
    "OpenAI project": lambda rng: "sk-" + "proj-" + draw(rng, URL, 74) + MARK + draw(rng, URL, 74),
    "OpenAI old": lambda rng: "sk-" + draw(rng, ALNUM, 20) + MARK + draw(rng, ALNUM, 20),
    "OpenRouter": drawn("sk-" + "or-v1-", HEX, 64),
    "Perplexity": drawn("pplx" + "-", ALNUM, 48),
    "GitHub": lambda rng: checked(rng, "gh" + "p_"),
    "GitHub fine-grained": lambda rng: "github" + "_pat_" + draw(rng, ALNUM, 22) + "_" + draw(rng, ALNUM, 59),
    "GitLab": drawn("gl" + "pat-", ALNUM, 20),
    "npm": lambda rng: checked(rng, "np" + "m_"),
    "PyPI": pypi,
    "AWS key id": drawn("AK" + "IA", BASE32, 16),
    "Azure storage": lambda rng: (
        "DefaultEndpointsProtocol=https;AccountName=st"
        + draw(rng, HEX, 6)
        + ";AccountKey="
        + base64_of(rng, 64)
        + ";EndpointSuffix=core.windows.net"
    ),
    "Slack bot": lambda rng: (
        f"xo{'x'}b-{draw(rng, '123456789', 12)}-{draw(rng, '123456789', 12)}-{draw(rng, ALNUM, 24)}"
    ),
    "Slack webhook": lambda rng: (
        "https://hooks.sla"
        + f"ck.com/services/T{draw(rng, BASE32, 8)}/B{draw(rng, BASE32, 8)}/{draw(rng, ALNUM, 24)}"
    ),
    "Stripe": drawn("sk" + "_live_", ALNUM, 24),
    "Twilio": lambda rng: "twilio_api_key = SK" + draw(rng, HEX, 32),
    "SendGrid": lambda rng: "S" + "G." + draw(rng, URL, 22) + "." + draw(rng, URL, 43),
    "Telegram": lambda rng: draw(rng, "123456789", 10) + ":" + "AA" + draw(rng, URL, 33),
    "DigitalOcean": drawn("dop" + "_v1_", HEX, 64),
    "Shopify": drawn("shp" + "at_", HEX, 32),
    "Databricks": drawn("da" + "pi", HEX, 32),
    "Linear": drawn("lin" + "_api_", ALNUM, 40),
    "Grafana": lambda rng: "gl" + "sa_" + draw(rng, ALNUM, 32) + "_" + draw(rng, HEX, 8),
    "New Relic": drawn("NR" + "AK-", ALNUM[:36], 27),
    "Docker Hub": drawn("dckr" + "_pat_", URL, 27),
    "Notion": lambda rng: "nt" + "n_" + draw(rng, DIGITS, 11) + draw(rng, ALNUM, 35),
    "NVIDIA": drawn("nv" + "api-", URL, 64),
    "Pinecone": lambda rng: "pc" + "sk_" + draw(rng, ALNUM, 6) + "_" + draw(rng, ALNUM, 63),
    "LangSmith": lambda rng: "ls" + "v2_pt_" + draw(rng, HEX, 32) + "_" + draw(rng, HEX, 10),
    "Vault": drawn("hv" + "s.", URL, 96),
    "JWT": jwt,
    "RSA key": lambda rng: pem(rng, "RSA PRIV" + "ATE KEY"),
    "encrypted key": lambda rng: pem(rng, "ENCRYPTED PRIV" + "ATE KEY"),
    "OpenSSH key": lambda rng: pem(rng, "OPENSSH PRIV" + "ATE KEY"),
    "PGP key": lambda rng: pem(rng, "PGP PRIV" + "ATE KEY BLOCK"),
    "PuTTY key": lambda rng: putty(rng, 3),
    "address of Postgres": lambda rng: (
        f"postgres://svc:{draw(rng, ALNUM, 14)}@db.prod.acme-corp.net:5432/shop"
    ),
    "address of MongoDB": lambda rng: (
        f"mongodb+srv://app:{draw(rng, ALNUM, 16)}@cluster0.ab1cd.mongodb.net/main"
    ),
    "address with a password": lambda rng: f"https://deploy:{draw(rng, ALNUM, 18)}@git.acme-corp.net/x.git",
}
"""Kind -> a token of it."""

_WORDS = [
    "The",
    "quick",
    "report",
    "says",
    "that",
    "all",
    "of",
    "the",
    "orders",
    "were",
    "sent",
    "on",
    "time",
    "and",
    "nothing",
    "was",
    "lost.",
]

PLACES: dict[str, Callable[[str, random.Random], str]] = {
    "code": lambda token, rng: (
        f'import os\n\nclient = Client("{token}", retries={rng.randrange(9)})\nclient.run()\n'
    ),
    "chat": lambda token, rng: (
        f"User: my key is {token}, why does it answer 401?\nAssistant: Make a new one."
    ),
    "env": lambda token, rng: f"DEBUG=1\nSERVICE_TOKEN={token}\nPORT={rng.randrange(3000, 9000)}\n",
    "address": lambda token, rng: (
        f"curl 'https://api.acme-corp.net/v1/items?key={token}&page={rng.randrange(9)}'"
    ),
    "JSON": lambda token, rng: (
        f'{{"name": "prod", "auth": {{"token": "{token}"}}, "n": {rng.randrange(99)}}}'
    ),
    "prose": lambda token, rng: (
        " ".join(rng.sample(_WORDS, 9)) + f" {token} " + " ".join(rng.sample(_WORDS, 9))
    ),
}
"""Place -> a text with a token in it."""

BARE = frozenset(
    kind for kind in SECRETS if kind.endswith(" key") or kind.startswith(("address", "Azure", "Slack w"))
)
"""Kinds that hold blanks or an address already, and are not put into one."""

_MINIFIED = (
    "!function(e,t){{'object'==typeof exports?module.exports=t():e.{0}=t()}}(this,function(){{var a={{{1}:function(e)"
    "{{return e<{2}?e:a.{1}(e-1)}}}};return a}});//# sourceMappingURL={3}.js.map"
)

HARMLESS: dict[str, Draw] = {
    "md5": lambda rng: f"{draw(rng, HEX, 32)}  archive-{rng.randrange(99)}.tar.gz",
    "sha1": lambda rng: f"commit {draw(rng, HEX, 40)}\nAuthor: A. Builder\n\n    Mend the build",
    "sha256": lambda rng: f"FROM python@sha256:{draw(rng, HEX, 64)}\nRUN true",
    "uuid": lambda rng: (
        f'request_id = "{draw(rng, HEX, 8)}-{draw(rng, HEX, 4)}-4{draw(rng, HEX, 3)}-a{draw(rng, HEX, 3)}-{draw(rng, HEX, 12)}"'
    ),
    "image": lambda rng: f'<img src="data:image/png;base64,iVBORw0KGgo{base64_of(rng, 300)}">',
    "example of AWS": lambda rng: (
        "aws_access_key_id = AK"
        + "IAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    ),
    "placeholder sk": lambda rng: f'openai.api_key = "sk-{"x" * rng.choice([20, 32, 48])}"',
    "placeholder words": lambda rng: rng.choice(
        [
            'api_key = "your-api-key-here"',
            'token: "<YOUR_TOKEN>"',
            'OPENAI_API_KEY="sk-your-openai-api-key-goes-here"',
            'password = "changeme"',
            'API_KEY = "REPLACE_ME_WITH_YOUR_KEY"',
        ]
    ),
    "placeholder github": lambda rng: "git clone https://gh" + "p_" + "x" * 36 + "@github.com/acme/tool.git",
    "template": lambda rng: rng.choice(
        [
            "token: ${{ secrets.GH" + "_TOKEN }}",
            "postgres://$USER:${DB_PASSWORD}@db/x",
            'key = os.environ["STRIPE_KEY"]',
            "Authorization: Bearer {{ api_token }}",
            'export TOKEN="$(cat /run/secrets/token)"',
            "url = f'https://{user}:{password}@{host}/'",
        ]
    ),
    "lock file": lambda rng: (
        f'"integrity": "sha512-{base64_of(rng, 64)}",\n"resolved": "https://registry.npmjs.org/a/-/a-1.{rng.randrange(9)}.0.tgz"'
    ),
    "minified": lambda rng: _MINIFIED.format(
        draw(rng, LETTERS, 3), draw(rng, LETTERS, 2), rng.randrange(99), draw(rng, HEX, 20)
    ),
    "public key": lambda rng: pem(rng, rng.choice(["PUBLIC KEY", "CERTIFICATE", "PGP PUBLIC KEY BLOCK"])),
    "ssh public key": lambda rng: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{draw(rng, ALNUM, 43)} anna@laptop",
    "publishable key": lambda rng: "Stripe('pk" + "_live_" + draw(rng, ALNUM, 24) + "')",
    "address without password": lambda rng: rng.choice(
        [
            "ssh://git@git.acme-corp.net/x.git",
            "postgres://localhost:5432/shop",
            "https://api.acme-corp.net/v1?user=anna&page=2",
            "redis://cache:6379/0",
        ]
    ),
    "address of an example": lambda rng: rng.choice(
        [
            "postgres://user:password@localhost:5432/db",
            "mysql://root:root@127.0.0.1/test",
            "mongodb://username:password@host:27017/",
            "postgresql://postgres:postgres@db:5432/postgres",
            "amqp://guest:guest@localhost:5672//",
        ]
    ),
    "named prefix": lambda rng: rng.choice(
        [
            "Tokens of the service begin with gh" + "p_ and have 36 more letters.",
            "A key looks like sk-" + "proj-... and is shown once.",
            "grep -E 'AK" + "IA[0-9A-Z]{16}' -r .",
            "r'xox[abp]-[0-9]{12}'",
        ]
    ),
    "shortened": lambda rng: (
        f"It printed gh{'p'}_{draw(rng, ALNUM, 6)}... and sk-ant-{draw(rng, ALNUM, 4)}**** in the log."
    ),
    "base 64 text": lambda rng: f"payload = '{base64_of(rng, 120)}'",
    "hex dump": lambda rng: " ".join(draw(rng, HEX, 4) for _ in range(64)),
    "alphabet": lambda rng: f'alphabet = "{ALNUM}"\nname = alphabet[{rng.randrange(62)}]',
    "identifier": lambda rng: (
        f"doi:10.1000/{draw(rng, ALNUM, 12)} and video id {draw(rng, URL, 11)}, order AB{draw(rng, DIGITS, 12)}"
    ),
    "css": lambda rng: (
        f'<div class="sk-folding-cube-{draw(rng, HEX, 8)} sk-cube1-{draw(rng, HEX, 8)}"></div>'
    ),
    "private key named": lambda rng: (
        "Put the file between the lines BEGIN and END of the private key, then run ssh-add."
    ),
    "address on the chain": lambda rng: f"send to 0x{draw(rng, HEX, 40)} or bc1q{draw(rng, HEX, 38)}",
    "hashed password": lambda rng: f"$2b$12${draw(rng, ALNUM, 53)}",
    "bare hex assigned": lambda rng: (
        f'etag = "{draw(rng, HEX, 32)}"\nkey_id = "{draw(rng, HEX, 16)}"\ncache_key = "{draw(rng, HEX, 40)}"'
    ),
    "translated names": lambda rng: (
        f'"page.login.token_label": "Token", "secret_santa_title": "Secret {draw(rng, LETTERS, 6)}"'
    ),
}
"""Kind -> a text that holds no secret, and looks as if."""


def labelled(seed: int = 0, each: int = 12) -> Iterator[Labelled]:
    """Yield `each` texts of every kind: tokens in turn in each place, and look-alikes."""
    rng = random.Random(seed)
    for kind, made in SECRETS.items():
        places = [place for place in PLACES if not (kind in BARE and place in ("address", "JSON"))]
        for number in range(each):
            token = made(rng)
            yield Labelled(kind, PLACES[places[number % len(places)]](token, rng), token)
    for kind, made in HARMLESS.items():
        for _ in range(each):
            yield Labelled(kind, made(rng), None)
