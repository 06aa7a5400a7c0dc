"""The third list: secrets that only what stands beside them tells, written before rules for them were.

Headers, options of commands, settings, connection strings and keys of services that have no beginning of
theirs; and the same places with placeholders, examples and names in them. Drawn by the generator of the
other two lists; what only looks like a secret is in `beside_harmless`. What it shares with them: the form of Atlassian's, Telegram's and AWS's values, the kind
"AWS secret" in one of five spellings, and some words of placeholders. No other kind stands in both.
"""

import base64
import random
from collections.abc import Callable, Iterator

from benchmarks.tokens import Labelled
from benchmarks.tokens.beside_harmless import HARMLESS, opaque, uuid
from benchmarks.tokens.drawing import ALNUM, DIGITS, HEX, LETTERS, URL, base64_of, draw

_NAMES = ("anna", "svc-report", "deploy", "jm.ortiz", "backup")
_WORDS = ("Sunflower", "granite", "Kestrel", "moonlit", "Trombone", "harbour")
_HOSTS = ("db.northwind.io", "10.4.0.17", "sql01.corp.lan", "shop-db.internal")

Write = Callable[[random.Random], tuple[str, str]]
"""Draws a text, and the secret in it."""


def password(rng: random.Random) -> str:
    """Return a password as people or generators make them."""
    word = rng.choice(_WORDS)
    return rng.choice(
        [
            f"{word}{rng.randrange(10, 99)}{rng.choice('!#%_-')}",
            f"{word.swapcase()}.{rng.randrange(100, 999)}",
            draw(rng, ALNUM, 16) + "7q",
            f"{rng.randrange(9)}{draw(rng, LETTERS, 9)}-{draw(rng, DIGITS, 3)}",
            f"{word}-{rng.choice(_WORDS)}-{rng.randrange(1000, 9999)}",
        ]
    )


def basic(rng: random.Random) -> str:
    """Return a user and a password in base 64."""
    return base64.b64encode(f"{rng.choice(_NAMES)}:{password(rng)}".encode()).decode()


def around(secret: Callable[[random.Random], str], *templates: str) -> Write:
    """Return what puts a drawn secret in one of the templates, at `@@`; `%U` and `%H` are user and host."""

    def write(rng: random.Random) -> tuple[str, str]:
        value = secret(rng)
        text = rng.choice(templates).replace("%U", rng.choice(_NAMES)).replace("%H", rng.choice(_HOSTS))
        return text.replace("@@", value), value

    return write


HEADERS = (
    "GET /v1/items HTTP/1.1\nHost: %H\nAuthorization: KIND @@\nAccept: */*",
    "curl -s -H 'Authorization: KIND @@' https://api.northwind.io/v1/me",
    'curl --header "authorization: KIND @@" -X POST https://api.northwind.io/v1',
    'r = requests.get(url, headers={"Authorization": "KIND @@"})',
    '{"url": "/v1", "headers": {"Authorization": "KIND @@", "Accept": "*/*"}}',
    "fetch(u, { headers: { Authorization: `KIND @@` } })",
    "It answers 401, I send Authorization: KIND @@ as the page says.",
)


def header(kind: str) -> tuple[str, ...]:
    """Return the places of a header of a kind."""
    return tuple(place.replace("KIND", kind) for place in HEADERS)


SECRETS: dict[str, Write] = {
    "header Basic": around(basic, *header("Basic")),
    "header Bearer": around(opaque, *header("Bearer")),
    "header token": around(opaque, *header("token")),
    "header of a key": around(
        opaque,
        "curl -H 'X-Api-Key: @@' https://%H/v1",
        'headers = {"X-API-Key": "@@"}',
        "X-Auth-Token: @@\n",
        "PRIVATE-TOKEN: @@",
    ),
    "curl -u": around(
        password,
        "curl -u %U:@@ https://%H/status",
        "curl -sS -u '%U:@@' -X PUT https://%H/x",
        'curl --user "%U:@@" https://%H/',
        "curl -X GET https://%H/a -u %U:@@",
    ),
    "options of commands": around(
        password,
        "mysql -h %H -u root -p@@ shop < dump.sql",
        "sshpass -p '@@' ssh %U@%H",
        "wget --user=%U --password=@@ https://%H/x.tgz",
        "docker login -u %U -p @@ registry.northwind.io",
        "redis-cli -h %H -a @@ ping",
        "PGPASSWORD=@@ psql -h %H -U %U shop",
    ),
    "auth of a library": around(
        password,
        'requests.get(url, auth=("%U", "@@"))',
        "session.auth = HTTPBasicAuth('%U', '@@')",
        'smtp.login("%U", "@@")',
    ),
    "netrc": around(password, "machine %H login %U password @@\n", "machine %H\n  login %U\n  password @@\n"),
    "AWS secret alone": around(
        lambda rng: base64_of(rng, 30),
        "AWS_SECRET_ACCESS_KEY=@@\n",
        "[default]\nregion = eu-west-1\naws_secret_access_key = @@\n",
        '{"SecretAccessKey": "@@"}',
        "export AWS_SECRET_ACCESS_KEY='@@'",
        "secretAccessKey: @@,",
    ),
    "password in .env": around(
        password,
        "DB_HOST=%H\nDB_PASSWORD=@@\nDB_PORT=5432\n",
        'export SMTP_PASSWORD="@@"\n',
        "REDIS_PASS=@@\n",
        "ADMIN_PWD='@@'\n",
    ),
    "password in YAML": around(
        password,
        "db:\n  host: %H\n  user: %U\n  password: @@\n  port: 5432\n",
        "mail:\n  passwd: '@@'\n",
        'spring:\n  datasource:\n    password: "@@"\n',
    ),
    "password in compose": around(
        password,
        "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: @@\n",
        "    environment:\n      - MYSQL_ROOT_PASSWORD=@@\n      - TZ=UTC\n",
        "docker run -e POSTGRES_PASSWORD=@@ -d postgres",
    ),
    "password in code": around(
        password,
        'conn = connect(host="%H", user="%U", password="@@")',
        "define('DB_PASSWORD', '@@');",
        "'password' => '@@',",
        'const dbPassword = "@@";',
        '{"user": "%U", "password": "@@"}',
        "spring.datasource.password=@@\n",
        '<add key="SmtpPassword" value="@@" />',
        "<password>@@</password>",
    ),
    "connection string": around(
        password,
        "jdbc:mysql://%H:3306/shop?user=%U&password=@@&useSSL=false",
        "jdbc:sqlserver://%H:1433;databaseName=shop;user=%U;password=@@;",
        "Driver={ODBC Driver 18 for SQL Server};Server=%H;Uid=%U;Pwd=@@;",
        'cs = "Server=%H;Database=shop;User Id=%U;Password=@@;Encrypt=true"',
        "host=%H dbname=shop user=%U password=@@",
        "postgres://%U:@@@%H:5432/shop",
    ),
    "Azure SAS": around(
        lambda rng: base64_of(rng, 32).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        "https://st01.blob.core.windows.net/c/x.csv?sv=2022-11-02&ss=b&srt=o&sp=r&se=2026-01-01T00:00:00Z&sig=@@",
        "SharedAccessSignature=sv=2021-06-08&ss=bfqt&sig=@@",
    ),
    "Azure shared key": around(
        lambda rng: base64_of(rng, 32),
        "Endpoint=sb://q.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=@@",
        "HostName=h.azure-devices.net;DeviceId=d1;SharedAccessKey=@@",
    ),
    "Azure client secret": around(
        lambda rng: draw(rng, ALNUM, 3) + rng.choice("78") + "Q~" + draw(rng, URL, 34),
        "AZURE_CLIENT_SECRET=@@",
        'new ClientSecretCredential(tenant, client, "@@")',
    ),
    "Discord webhook": around(
        lambda rng: draw(rng, URL, 68),
        "https://discord.com/api/webhooks/112233445566778899/@@",
        'hook = "https://discordapp.com/api/webhooks/998877665544332211/@@"',
    ),
    "Teams webhook": around(
        lambda rng: draw(rng, HEX, 32),
        "https://northwind.webhook.office.com/webhookb2/1b2c3d4e-1111-4222-8333-444455556666@0a1b2c3d-1111-4222-8333-"
        "444455556666/IncomingWebhook/@@/1b2c3d4e-1111-4222-8333-444455556666",
    ),
    "Telegram in an address": around(
        lambda rng: draw(rng, "123456789", 10) + ":AA" + draw(rng, URL, 33),
        "https://api.telegram.org/bot@@/sendMessage?chat_id=1",
    ),
    "Twilio auth token": around(
        lambda rng: draw(rng, HEX, 32), "TWILIO_AUTH_TOKEN=@@", 'auth_token = "@@"', "authToken: '@@',"
    ),
    "Mailgun": around(
        lambda rng: "key-" + draw(rng, HEX, 32),
        "curl -s --user 'api:@@' https://api.mailgun.net/v3",
        "MAILGUN_API_KEY=@@",
    ),
    "Shopify others": around(
        lambda rng: rng.choice(["shpss_", "shpca_", "shppa_"]) + draw(rng, HEX, 32), "Use @@ here.", "k: @@"
    ),
    "Heroku": around(
        lambda rng: rng.choice([uuid(rng), "HRKU-AA" + draw(rng, URL, 58)]),
        "HEROKU_API_KEY=@@",
        'heroku_api_key: "@@"',
    ),
    "Cloudflare": around(
        lambda rng: draw(rng, ALNUM, 39) + "7",
        "CLOUDFLARE_API_TOKEN=@@",
        'cf = Cloudflare(api_token="@@")',
        "CF_API_KEY: @@\n",
    ),
    "Datadog": around(lambda rng: draw(rng, HEX, 32), "DD_API_KEY=@@", 'api_key: "@@"', "DATADOG_APP_KEY=@@"),
    "Vault others": around(
        lambda rng: rng.choice(["hvb.", "hvr."]) + draw(rng, URL, 140),
        "export VAULT_TOKEN=@@",
        "vault login @@",
    ),
    "Atlassian others": around(
        lambda rng: rng.choice(["ATCTT3xFfGN0", "ATBB"]) + draw(rng, ALNUM, 32),
        "JIRA_API_TOKEN=@@",
        'api_token = "@@"',
    ),
    "PyPI in .pypirc": around(
        password,
        "[pypi]\nusername = %U\npassword = @@\n",
        "[distutils]\n[private]\nusername: %U\npassword: @@\n",
    ),
    "npm older": around(
        lambda rng: rng.choice([uuid(rng), base64_of(rng, 24)]),
        "//registry.northwind.io/:_authToken=@@\n",
        '//npm.northwind.io/:_authToken="@@"\n',
        "_auth=@@\n",
    ),
    "Okta": around(
        lambda rng: "00" + draw(rng, URL, 39) + "8", "Authorization: SSWS @@", "OKTA_API_TOKEN=@@"
    ),
    "client secret": around(
        opaque,
        'client_secret: "@@"',
        "OAUTH_CLIENT_SECRET=@@",
        "grant_type=client_credentials&client_id=web&client_secret=@@",
    ),
    "secret of a framework": around(
        opaque, "SECRET_KEY = '@@'", "JWT_SECRET=@@", "secret_key_base: @@\n", 'app.secret_key = "@@"'
    ),
    "WeChat and Aliyun": around(
        lambda rng: draw(rng, HEX, 32), "appSecret: '@@'", "AccessKeySecret=@@", '"app_secret": "@@"'
    ),
    "Airtable": around(
        lambda rng: "pat" + draw(rng, ALNUM, 14) + "." + draw(rng, HEX, 64), "k = '@@'", "Use @@ then."
    ),
    "Netlify": around(lambda rng: "nfp_" + draw(rng, ALNUM, 36), "k = '@@'", "Use @@ then."),
    "Terraform": around(
        lambda rng: draw(rng, ALNUM, 14) + ".atlasv1." + draw(rng, URL, 66), "k = '@@'", 'token = "@@"'
    ),
    "Cloudinary": around(
        lambda rng: draw(rng, URL, 27), "CLOUDINARY_URL=cloudinary://123456789012345:@@@northwind"
    ),
    "Tailscale": around(
        lambda rng: "ts" + "key-api-" + draw(rng, ALNUM, 12) + "CNTRL-" + draw(rng, ALNUM, 32),
        "k = '@@'",
        "Use @@ then.",
    ),
    "password in Chinese": around(
        password, "数据库密码：@@\n", "用户名：%U，密码：@@。", "密码是 @@ ，别外传"
    ),
}
"""Kind -> what writes a text with such a secret."""


def labelled(seed: int = 2, each: int = 16) -> Iterator[Labelled]:
    """Yield `each` texts of every kind: secrets in their places, and look-alikes."""
    rng = random.Random(seed)
    for kind, write in SECRETS.items():
        for _ in range(each):
            text, secret = write(rng)
            yield Labelled(kind, text, secret)
    for kind, made in HARMLESS.items():
        for _ in range(each):
            yield Labelled(kind, made(rng), None)
