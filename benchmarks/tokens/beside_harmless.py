"""Look-alikes of the third list: placeholders, examples, names and code where a secret might stand."""

import base64
import random
from collections.abc import Callable

from benchmarks.tokens.drawing import ALNUM, BASE32, DIGITS, HEX, URL, draw


def opaque(rng: random.Random) -> str:
    """Return a token that says nothing about its service."""
    return rng.choice(
        [draw(rng, HEX, 40), draw(rng, URL, 43) + "7a", draw(rng, ALNUM, 31) + "9", draw(rng, HEX, 64)]
    )


def uuid(rng: random.Random) -> str:
    """Return a random identifier."""
    return "-".join(draw(rng, HEX, n) for n in (8, 4, 4, 4, 12))


def one_of(*texts: str) -> Callable[[random.Random], str]:
    """Return what draws one of the texts."""
    return lambda rng: rng.choice(texts)


_BASIC_EXAMPLE = base64.b64encode(b"username:password").decode()
_JWT_EXAMPLE = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
    ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
)

HARMLESS: dict[str, Callable[[random.Random], str]] = {
    "headers without a value": one_of(
        "Authorization: Bearer <token>",
        "Authorization: Bearer YOUR_ACCESS_TOKEN_HERE_123",
        'headers = {"Authorization": f"Bearer {token}"}',
        "'Authorization: Bearer ' + accessToken2",
        "Authorization: Basic {{credentials}}",
        f"Authorization: Basic {_BASIC_EXAMPLE}",
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Authorization: Bearer mF_9.B5f-4.1JqM",
        "Authorization: Bearer ${ACCESS_TOKEN}",
        "-H 'Authorization: Bearer $OPENAI_API_KEY'",
        "Authorization: Bearer xxxxxxxxxxxxxxxxxxxxxxxx",
        "Authorization: Basic base64(username:password)",
        'WWW-Authenticate: Bearer realm="example", error="invalid_token"',
        "The Bearer authentication scheme was made for OAuth2",
    ),
    "example of jwt.io": one_of(f"Authorization: Bearer {_JWT_EXAMPLE}", f"token = '{_JWT_EXAMPLE}'"),
    "options without a value": one_of(
        "curl -u user:password https://api.example.com",
        "curl -u $USER:$PASS https://host/",
        "curl -u <username>:<password> https://host",
        "curl -u anna https://host",
        "mysql -u root -p shop",
        "mysql -uroot -ppassword",
        "docker login -u $U -p $P",
        "docker run -p 8080:80 -u 1000:1000 nginx",
        "chown -R www-data:www-data2 /srv",
        'auth=("username", "password")',
        "auth=(user, password2)",
        "rsync -u host1:path2 .",
    ),
    "settings without a value": one_of(
        "DB_PASSWORD=changeme",
        "DB_PASSWORD=${DB_PASSWORD}",
        "DB_PASSWORD=<your-password>",
        "DB_PASSWORD=",
        "POSTGRES_PASSWORD: postgres",
        "POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:?err}",
        "MYSQL_ROOT_PASSWORD=my-secret-pw",
        "password: your-password-here",
        "password: !vault |",
        "password: $(DB_PASSWORD)",
        "password: '{{ db_password }}'",
        "PASSWORD=xxxxxxxx",
        "API_KEY=your_api_key_123",
        "API_TOKEN=insert-your-token-here-42",
        "SECRET_KEY=replace-with-a-long-random-string-32",
        "password=Password123",
        "ADMIN_PASSWORD=admin123",
        "TEST_PASSWORD=test1234",
        "password: P@ssw0rd",
        "pwd = /home/anna/src2",
    ),
    "code about passwords": one_of(
        'password = os.environ["DB_PASSWORD2"]',
        "password = getpass.getpass('Password: ')",
        "self.password = hash_password(password, salt16)",
        "password: string;  token?: string | null;",
        "token = tokens[idx2]",
        "const token = req.headers['x-access-token'].split(' ')[1];",
        "password = user.password_v2",
        "api_key = config.api_key1",
        "if password == confirm_password2:",
        "password = forms.CharField(max_length=128)",
        'self.token = Token(TokenType.INT32, "int32")',
        "secret = base64.b32encode(os.urandom(20))",
        'input type="password" id="password1" name="password1"',
        "def __init__(self, password: str = None, api_key: str = None)",
        "auth_token = session.query(Token).filter_by(id=1).first()",
        "password: Yup.string().min(8).required('Password is required')",
        "token_type_ids=tensor([[0, 1]]), pad_token='[PAD]', eos_token='</s>', unk_token_id=100277",
        "access_key = access_keys[0]['AccessKeyId']",
        "$password = $_POST['password'];",
        "password = secrets.token_urlsafe(32)",
    ),
    "prose about passwords": one_of(
        "Password: at least 8 characters, one digit.",
        "The password: it must have 12 letters or more.",
        "Forgot your password? Reset it within 24h.",
        "密码：至少8个字符。",
        "Das Passwort: mindestens 10 Zeichen",
        "Secret: the 2nd door on the left",
        "token: a word or a part of one",
        "The password is stored as SHA256.",
    ),
    "names that are no keys": lambda rng: rng.choice(
        [
            '"nextPageToken": "@@"',
            "csrf_token=@@",
            "cache_key: @@",
            'primary_key = "@@"',
            "public_key = '@@'",
            "idempotency_key=@@",
            "recaptcha_site_key: @@",
            "password_hash: @@",
            "token_id = @@",
        ]
    ).replace("@@", opaque(rng)),
    "connection strings without a value": one_of(
        "Server=myServerAddress;Database=myDataBase;User Id=myUsername;Password=myPassword;",
        "jdbc:mysql://localhost/db?user=root&password=root",
        "Driver={SQL Server};Server=h;Uid=%s;Pwd=%s;",
        "Uid=user;Pwd={password};",
        "host=localhost user=postgres password=postgres",
        "postgres://user:password@localhost/db",
        "AccountKey=<account-key>;EndpointSuffix=core.windows.net",
        "SharedAccessKey=yourkey;",
        "?sv=2020&sig=<signature>",
        "sig=%2BsomeSignature",
    ),
    "webhooks without a value": one_of(
        "https://discord.com/api/webhooks/WEBHOOK_ID/WEBHOOK_TOKEN",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "https://api.telegram.org/bot<token>/getMe",
        "https://discord.com/api/webhooks/{id}/{token}",
    ),
    "identifiers": lambda rng: rng.choice(
        [
            f"HEROKU_APP_ID={uuid(rng)}",
            f"client_id: {draw(rng, HEX, 32)}",
            f"Zone ID: {draw(rng, HEX, 32)}",
            f"account_sid = AC{draw(rng, DIGITS, 8)}",
            f"https://h.io/a?sig={draw(rng, BASE32, 6)}",
            f"version: {draw(rng, HEX, 40)}",
            f"ETag: {draw(rng, HEX, 32)}",
        ]
    ),
}
"""Kind -> a text that holds no secret, and looks as if."""
