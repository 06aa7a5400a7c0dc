"""Secrets that something beside them names are found; placeholders, names and what code computes are none."""

import base64
import time

import polars as pl
import pytest

from benchmarks.tokens import beside
from entropy_assets.curation.screening.credentials import secrets
from entropy_assets.curation.screening.named import PREFILTER, named_secrets

# Put together here, so that no scanner takes this file for a leak.
TOKEN = "q7Vd2mXz9Kc4Tn1Rb8Lw5Hy3" + "Jf6Ps0Ga"
HEX = "5d41402abc4b2a76b9719d911017c592" + "ae31"
KEY = "zR4k/9bTq1Lw+Yc7Nf2Xh8Vs3Md6Pg0" + "Ja5Ue/Q1t"
UUID = f"{HEX[:8]}-1111-4222-8333-{HEX[:12]}"
SIGNATURE = (KEY + "aB1x")[:43].replace("/", "%2F")
WORD = "Kestrel" + "-4417"
PAIR = base64.b64encode(f"anna:{WORD}".encode()).decode()


def found(text: str) -> list[str]:
    return [text[start:end] for _, start, end in secrets(text)]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Basic {PAIR}", PAIR),
        (f"authorization: basic {PAIR}\r\nAccept: */*", PAIR),
        (f"curl -H 'Authorization: Bearer {TOKEN}' https://api.northwind.io", TOKEN),
        (f'requests.get(u, headers={{"Authorization": "Bearer {TOKEN}"}})', TOKEN),
        (f'{{"headers": {{"Authorization": "Basic {PAIR}"}}}}', PAIR),
        (f"Authorization: token {HEX}", HEX),
        (f"X-Api-Key: {TOKEN}", TOKEN),
        (f"curl -u anna:{WORD} https://h.northwind.io", WORD),
        (f"curl -X POST \\\n  --user 'anna:{WORD}' \\\n  https://h.northwind.io", WORD),
        (f"PGPASSWORD={WORD} psql -h db", WORD),
        (f"mysql -u root -p{WORD} shop", WORD),
        (f"sshpass -p '{WORD}' ssh anna@h", WORD),
        (f'requests.get(u, auth=("anna", "{WORD}"))', WORD),
        (f"machine h.northwind.io login anna password {WORD}", WORD),
        (f"AWS_SECRET_ACCESS_KEY={KEY}", KEY),
        (f"My AWS secret access key is {KEY}.", KEY),
        (f"aws_secret_access_key = {KEY}\nregion = eu-west-1", KEY),
        (f'"SecretAccessKey": "{KEY}"', KEY),
        (f"DB_PASSWORD={WORD}\nDB_PORT=1", WORD),
        ("DB_PASSWORD=thundercloud\n", "thundercloud"),
        (f"db:\n  password: {WORD}\n", WORD),
        (f"    environment:\n      - MYSQL_ROOT_PASSWORD={WORD}\n", WORD),
        (f"jdbc:mysql://h:3306/db?user=anna&password={WORD}&ssl=true", WORD),
        (f"Driver={{x}};Server=h;Uid=sa;Pwd={WORD};", WORD),
        ("Server=h;User Id=sa;Password=thundercloud;", "thundercloud"),
        ("Password=kJ8" + "mP2q;Server=h", "kJ8" + "mP2q"),
        (f"sqlcmd -S h -U sa -P {WORD}", WORD),
        ("curl -u anna:s3cr3t" + "P4ss https://h", "s3cr3t" + "P4ss"),
        ("Authorization: Bearer " + "ZYMmLOPIwFQuYhrsi" + "F8nfMau", "ZYMmLOPIwFQuYhrsi" + "F8nfMau"),
        (f"host=h user=anna password={WORD} dbname=x", WORD),
        (f"The login is anna, password: {WORD}.", WORD),
        (f"用户名：anna，密码：{WORD}。", WORD),
        (f"define('DB_PASSWORD', '{WORD}');", WORD),
        (f"<password>{WORD}</password>", WORD),
        (f'<add key="Password" value="{WORD}"/>', WORD),
        (f'client_secret: "{TOKEN}"', TOKEN),
        (f"TWILIO_AUTH_TOKEN={HEX[:32]}", HEX[:32]),
        (f"//registry.northwind.io/:_authToken={TOKEN}", TOKEN),
        (f"_auth={PAIR}", PAIR),
        (f"SharedAccessKey={KEY}aB1=", f"{KEY}aB1="),
        ("JWT_SECRET=" + "SuperSecret" * 0 + TOKEN, TOKEN),
        ("password = 'Secure" + "Pass!2031'", "Secure" + "Pass!2031"),
    ],
)
def test_a_named_secret_is_found_where_it_stands(text: str, secret: str) -> None:
    assert any(secret in place for place in found(text))
    assert pl.Series([text]).str.contains(PREFILTER).all()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://discord.com/api/webhooks/112233445566778899/" + (TOKEN * 3)[:68], "Discord webhook"),
        ("https://hooks.slack.com/triggers/T012345AB/1234567890123/" + HEX[:32], "Slack webhook"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/" + UUID, "Feishu webhook"),
        (f"https://h.blob.core.windows.net/c?sv=2022-11-02&sig={SIGNATURE}%3D", "signature of an address"),
        ("key = 'Ab3" + "8Q~" + (TOKEN * 2)[:34] + "'", "Azure client secret"),
        ("nf" + "p_" + (TOKEN * 2)[:36], "Netlify token"),
        ("pscale" + "_tkn_" + (TOKEN * 2)[:43], "PlanetScale token"),
        ("ts" + "key-auth-" + TOKEN[:11] + "CNTRL-" + TOKEN, "Tailscale key"),
    ],
)  # fmt: skip
def test_shapes_of_services(text: str, kind: str) -> None:
    assert kind in [name for name, _, _ in secrets(text)]


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=changeme",
        "password: <password>",
        "password: ${DB_PASSWORD}",
        "password = os.environ['DB_PASSWORD2']",
        "API_TOKEN=xxxxxxxxxxxxxxxxxxxx",
        "Authorization: Bearer your-token-here-1234567",
        "Authorization: Bearer $TOKEN1234567890",
        f"Authorization: Bearer {TOKEN[:10]}...",
        "Authorization: Basic " + base64.b64encode(b"user:password").decode(),
        "Authorization: Basic " + base64.b64encode(b"\x00\x01\x02\xff:\xfe").decode(),
        "Basic information1234 about the house",
        "curl -u user:password https://example.com",
        "docker run -u 1000:1000 -v a:b1c2d3 nginx",
        "PASSWD = getpass.getpass('IMAP password for 1')",
        "fds_to_pass = [listener.fileno(), alive_r2]",
        "user_pass = (self.username2 + ':' + x)",
        "password = user.password_v2",
        "password: Yup.string().min(8)",
        "def login(user: str, password: str = None, token: str = 'x')",
        "password = 'P@ssw0rd1'",
        "password: admin123, next: test1234",
        '{"nextPageToken": "' + TOKEN + '"}',
        f"csrf_token={TOKEN}",
        f"password_hash: {HEX}",
        '{"name": "generate_random_password", "arguments": {}}\n{"password": "aB3#fG7!kL9@"}',
        "随机生成密码：78h@r365。",
        "token: int2float_converter_v2_768",
        "AKIA" + "IOSFODNN7EXAMPLE / wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "The password is case-sensitive and the secret is out.",
        's.username=r.username,s.password=r.password2,s.host=r.host;"password"===e.type2',
        "token: createSecretKeyFactory2Instance",
        "sig=abc&x=1",
    ],
)
def test_placeholders_names_and_expressions_are_no_secrets(text: str) -> None:
    assert found(text) == []


def test_the_fast_test_lets_the_third_list_through() -> None:
    texts = [row.text for row in beside.labelled(each=4) if list(named_secrets(row.text))]
    assert len(texts) > 100
    assert pl.Series(texts).str.contains(PREFILTER).all()


@pytest.mark.parametrize(
    "part",
    ["password: a.b", "curl -u a:", "password=a->", "pass=pass", "key is ", "mysql -u ", '"token": "a"'],
)
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    began = time.perf_counter()
    list(named_secrets(part * 5_000))
    assert time.perf_counter() - began < 5
