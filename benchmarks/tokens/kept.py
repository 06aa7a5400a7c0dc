"""The list that the rules were measured on and not chosen on: other tokens, other places, other look-alikes."""

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

NAMED: dict[str, Draw] = {
    "Hugging Face": drawn("hf" + "_", LETTERS, 34),
    "Google API": drawn("AI" + "zaSy", URL, 33),
    "Anthropic": drawn("sk-" + "ant-api03-", URL, 93, "AA"),
    "Groq": drawn("gsk" + "_", ALNUM, 52),
    "GitHub fine-grained": lambda rng: (
        "github" + "_pat_11" + draw(rng, BASE32, 20) + "_" + draw(rng, ALNUM, 59)
    ),
    "Replicate": drawn("r8" + "_", ALNUM, 37),
    "xAI": drawn("xai" + "-", ALNUM, 80),
    "Google OAuth": drawn("GOC" + "SPX-", URL, 28),
    "DigitalOcean": drawn("dop" + "_v1_", HEX, 64),
    "encrypted key": lambda rng: pem(rng, "ENCRYPTED PRIV" + "ATE KEY", 20),
    "PuTTY key": lambda rng: putty(rng, rng.choice([2, 3])),
    "OpenAI project": lambda rng: "sk-" + "proj-" + draw(rng, URL, 74) + MARK + draw(rng, URL, 74),
    "OpenAI service": lambda rng: "sk-" + "svcacct-" + draw(rng, URL, 74) + MARK + draw(rng, URL, 74),
    "AWS session key id": drawn("AS" + "IA", BASE32, 16),
    "AWS secret": lambda rng: f'aws_secret_access_key = "{base64_of(rng, 30)}"',
    "Azure storage": lambda rng: "AccountName=a;AccountKey=" + base64_of(rng, 64),
    "Slack user": lambda rng: (
        f"xo{'x'}p-{draw(rng, '123456789', 12)}-{draw(rng, '123456789', 12)}-{draw(rng, '123456789', 13)}-{draw(rng, HEX, 32)}"
    ),
    "Slack app": lambda rng: (
        f"xa{'p'}p-1-A{draw(rng, BASE32, 10)}-{draw(rng, '123456789', 13)}-{draw(rng, HEX, 64)}"
    ),
    "Stripe restricted": drawn("rk" + "_live_", ALNUM, 99),
    "Twilio": drawn("S" + "K", HEX, 32),
    "SendGrid": lambda rng: "S" + "G." + draw(rng, URL, 22) + "." + draw(rng, URL, 43),
    "npm": lambda rng: checked(rng, "np" + "m_"),
    "PyPI": pypi,
    "GitHub server": lambda rng: checked(rng, "gh" + "s_"),
    "GitHub OAuth": lambda rng: checked(rng, "gh" + "o_"),
    "GitLab": drawn("gl" + "pat-", URL, 20),
    "GitLab deploy": drawn("gl" + "dt-", ALNUM, 20),
    "Telegram": lambda rng: draw(rng, "123456789", 9) + ":" + "AA" + draw(rng, URL, 33),
    "JWT of RS256": lambda rng: jwt(rng, "RS256") + draw(rng, URL, 299),
    "address of MySQL": lambda rng: f"mysql://app:{draw(rng, ALNUM, 12)}@10.2.3.4:3306/shop",
    "address of Redis": lambda rng: f"redis://:{draw(rng, ALNUM, 20)}@cache.prod.northwind.io:6379/0",
    "address of a queue": lambda rng: f"amqps://svc:{draw(rng, ALNUM, 22)}@mq.northwind.io/v",
    "EC key": lambda rng: pem(rng, "EC PRIV" + "ATE KEY", 3),
    "plain key": lambda rng: pem(rng, "PRIV" + "ATE KEY", 26),
}
"""Kinds that must be found, whatever the set of rules."""

OTHERS: dict[str, Draw] = {
    "Supabase": drawn("sb" + "p_", HEX, 40),
    "Figma": drawn("fi" + "gd_", URL, 40),
    "Postman": lambda rng: "PM" + "AK-" + draw(rng, HEX, 24) + "-" + draw(rng, HEX, 34),
    "Doppler": drawn("dp" + ".pt.", ALNUM, 43),
    "Sentry": lambda rng: "sn" + "tryu_" + draw(rng, HEX, 64),
    "PlanetScale": drawn("pscale" + "_tkn_", URL, 43),
    "Dynatrace": lambda rng: "dt" + "0c01." + draw(rng, BASE32, 24) + "." + draw(rng, BASE32, 64),
    "Atlassian": drawn("ATA" + "TT3xFfGF0", URL, 171, "=1A2B3C4D"),
    "Mailchimp": lambda rng: draw(rng, HEX, 32) + "-us" + draw(rng, "123456789", 1),
    "RubyGems": drawn("ruby" + "gems_", HEX, 48),
    "Prefect": drawn("pn" + "u_", ALNUM[:10] + ALNUM[36:], 36),
    "age": drawn("AGE-SECRET-" + "KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "Buildkite": drawn("bk" + "ua_", HEX, 40),
    "Tailscale": lambda rng: "ts" + "key-auth-" + draw(rng, ALNUM, 11) + "CNTRL-" + draw(rng, ALNUM, 32),
    "Discord": lambda rng: "M" + draw(rng, ALNUM, 23) + "." + draw(rng, ALNUM, 6) + "." + draw(rng, URL, 38),
    "Square": drawn("sq" + "0csp-", URL, 43),
}
"""Kinds that a broad set of rules should know."""

SECRETS = NAMED | OTHERS

PLACES: dict[str, Callable[[str, random.Random], str]] = {
    "argument": lambda token, rng: f"python run.py --key={token} --n {rng.randrange(9)}",
    "YAML": lambda token, rng: f"service:\n  name: prod\n  token: {token}\n  n: {rng.randrange(9)}\n",
    "chat": lambda token, rng: f"So I pasted ({token}); is that a problem?",
    "markdown": lambda token, rng: f"1. Log in.\n2. Use `{token}`.\n3. Wait {rng.randrange(9)} minutes.",
    "Chinese": lambda token, rng: f"密钥是{token}，请不要告诉别人。",
    "tool": lambda token, rng: f'{{"name": "login", "arguments": "{{\\"token\\": \\"{token}\\"}}"}}',
    "shell": lambda token, rng: f"export A={token} && echo {rng.randrange(9)}",
    "HTML": lambda token, rng: f"<td>{token}</td><td>{rng.randrange(9)}</td>",
}

HARMLESS: dict[str, Draw] = {
    "sha512": lambda rng: f"SHA512 ({rng.randrange(99)}.iso) = {draw(rng, HEX, 128)}",
    "git hashes": lambda rng: "\n".join(f"{draw(rng, HEX, 40)} refs/tags/v1.{n}" for n in range(6)),
    "uuids": lambda rng: (
        f"trace={draw(rng, HEX, 8)}-{draw(rng, HEX, 4)}-7{draw(rng, HEX, 3)}-b{draw(rng, HEX, 3)}-{draw(rng, HEX, 12)} span={draw(rng, HEX, 16)}"
    ),
    "font": lambda rng: (
        f"src: url(data:font/woff2;base64,d09GMgABAAAAA{base64_of(rng, 500)}) format('woff2')"
    ),
    "example of AWS": lambda rng: (
        'AccessKeyId="AS' + 'IAIOSFODNN7EXAMPLE" SecretAccessKey="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"'
    ),
    "placeholders": lambda rng: rng.choice(
        [
            "sk-" + "ant-api03-" + "x" * 93 + "AA",
            "hf" + "_" + "X" * 34,
            "AI" + "za" + "*" * 35,
            "gh" + "p_" + "0" * 36,
            "xo" + "xb-your-token-goes-here",
            "sk_" + "live_your_secret_key_here_123",
            "gl" + "pat-EXAMPLE_EXAMPLE_EX",
        ]
    ),
    "environment": lambda rng: rng.choice(
        [
            "HF_TOKEN=$HF_TOKEN python a.py",
            'api_key=os.getenv("GROQ_API_KEY")',
            "password: {{ vault_db_password }}",
            "token: !secret github_token",
            "AccountKey=${{ secrets.AZURE_STORAGE_KEY }}",
            "mysql://{user}:{password}@{host}:{port}/{db}",
            "redis://:${REDIS_PASSWORD}@cache:6379",
        ]
    ),
    "npm integrity": lambda rng: (
        f'  integrity sha512-{base64_of(rng, 64)}\n  resolved "https://registry.yarnpkg.com/b/-/b-2.{rng.randrange(9)}.tgz#{draw(rng, HEX, 40)}"'
    ),
    "pip hashes": lambda rng: (
        f"tool==1.{rng.randrange(9)} \\\n    --hash=sha256:{draw(rng, HEX, 64)} \\\n    --hash=sha256:{draw(rng, HEX, 64)}"
    ),
    "minified": lambda rng: (
        f"var {draw(rng, LETTERS, 2)}=function(t,e){{for(var n=e.length,r=0;r<n;r++)t[e[r]]=0x{draw(rng, HEX, 8)};return t}};__webpack_require__.p='/{draw(rng, HEX, 20)}/'"
    ),
    "public keys": lambda rng: rng.choice(
        [
            f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{draw(rng, ALNUM, 300)} bob@host",
            pem(rng, "RSA PUBLIC KEY"),
            pem(rng, "CERTIFICATE REQUEST"),
            f"age1{draw(rng, '023456789acdefghjklmnpqrstuvwxyz', 58)}",
        ]
    ),
    "examples of addresses": lambda rng: rng.choice(
        [
            "mongodb://myUser:myPassword@localhost:27017",
            "postgresql://test:test@localhost/test",
            "https://username:password@proxy.corp:8080",
            "ftp://user:pass@ftp.host.org/x",
            "mysql://root:password@db/app",
            "amqp://admin:admin@rabbit:5672",
            "postgres://postgres:mysecretpassword@localhost/x",
        ]
    ),
    "patterns": lambda rng: rng.choice(
        [
            "/sk-[a-zA-Z0-9]{20}T3Blbk" + "FJ[a-zA-Z0-9]{20}/",
            "if token.startswith('gh" + "p_') or token.startswith('github" + "_pat_'):",
            "AI" + "za[0-9A-Za-z_-]{35}",
            "'-----BEGIN ' + name + ' PRIV" + "ATE KEY-----'",
            "xox[baprs]-([0-9a-zA-Z]{10,48})",
        ]
    ),
    "masked": lambda rng: (
        f"key sk-proj-{'*' * 30}{draw(rng, ALNUM, 4)} and AK{'IA'}{'*' * 12}{draw(rng, BASE32, 4)} and gh{'p'}_{draw(rng, ALNUM, 4)}…"
    ),
    "base 64 protobuf": lambda rng: f'data: {{ model: "{base64_of(rng, 240)}" }}',
    "colours and ids": lambda rng: (
        f"#{draw(rng, HEX, 6)} .btn-primary-{draw(rng, HEX, 10)} data-testid='user-profile-settings-panel-{draw(rng, DIGITS, 8)}'"
    ),
    "long names": lambda rng: (
        "AbstractSingletonProxyFactoryBeanConfigurationTokenProvider.createSecretKeyFactoryInstanceForAuthentication()"
    ),
    "slugs": lambda rng: (
        f"https://blog.acme.com/2024/05/how-we-moved-our-secret-token-service-to-rust-{draw(rng, HEX, 12)}"
    ),
    "tracking": lambda rng: (
        f"UA-{draw(rng, DIGITS, 8)}-1, G-{draw(rng, BASE32, 10)}, GTM-{draw(rng, BASE32, 7)}, pk_{'live'}_{draw(rng, ALNUM, 24)}"
    ),
    "wallets": lambda rng: f"0x{draw(rng, HEX, 64)} and 1{draw(rng, ALNUM, 33)}",
    "hashed passwords": lambda rng: rng.choice(
        [
            f"$argon2id$v=19$m=65536,t=3,p=4${draw(rng, ALNUM, 22)}${draw(rng, ALNUM, 43)}",
            f"root:$6${draw(rng, ALNUM, 8)}${draw(rng, ALNUM, 86)}:19000:0:99999:7:::",
        ]
    ),
    "signatures": lambda rng: (
        f'X-Hub-Signature-256: sha256={draw(rng, HEX, 64)}\nETag: W/"{draw(rng, HEX, 32)}"'
    ),
    "service ids": lambda rng: (
        f'"heroku_app": "{draw(rng, HEX, 32)}", "datadog_trace_id": "{draw(rng, HEX, 32)}", "mailgun_message": "{draw(rng, HEX, 32)}"'
    ),
    "DNA": lambda rng: draw(rng, "ACGT", 120),
    "account id": lambda rng: f'account_sid = "A" "C" # then {draw(rng, DIGITS, 12)}',
}


def labelled(seed: int = 1, each: int = 16) -> Iterator[Labelled]:
    """Yield `each` texts of every kind: tokens in turn in each place, and look-alikes."""
    rng = random.Random(seed)
    for kind, made in SECRETS.items():
        places = list(PLACES)
        for number in range(each):
            token = made(rng)
            name = places[number % len(places)]
            if name == "tool" and ("\n" in token or '"' in token):
                name = "markdown"
            yield Labelled(kind, PLACES[name](token, rng), token)
    for kind, made in HARMLESS.items():
        for _ in range(each):
            yield Labelled(kind, made(rng), None)
