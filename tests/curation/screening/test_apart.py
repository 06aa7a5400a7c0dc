"""Secrets that stand apart from their name are found: pairs, tables, sentences; talk of them is none."""

import base64
import json
import time

import polars as pl
import pytest

from entropy_assets.curation.screening import find_sensitive
from entropy_assets.curation.screening.apart import PREFILTERS, apart_secrets
from entropy_assets.curation.screening.credentials import secrets
from entropy_assets.records import SCHEMA
from entropy_assets.settings import ScreeningSettings

# Put together here, so that no scanner takes this file for a leak.
WORD = "Tq7mVx2" + "LpR9wkZ"
OTHER = "wcKoqKA" + "qqGbF43"
LOWER = "rbqXh92g" + "JW93FmXAF"
TOKEN = "q7Vd2mXz9Kc4Tn1Rb8Lw5Hy3" + "Jf6Ps0Ga"
HEX = "5d41402abc4b2a76b9719d91" + "1017c592"
AUTH = base64.b64encode(f"anna:{WORD}".encode()).decode()
DOCKER = base64.b64encode(json.dumps({"auths": {"r.kontor.de": {"auth": AUTH}}}).encode()).decode()
SPACED = base64.b64encode(json.dumps({"auths": {"r": {"password": WORD}}}, indent=2).encode()).decode()

PAIRS = [
    (f'env:\n  - name: POSTGRES_PASSWORD\n    value: "{WORD}"', WORD),
    (f"env:\n- name: POSTGRES_PASSWORD\n  value: {WORD}\n", WORD),
    (f'[{{"name":"DB_PASSWORD","value":"{WORD}"}}]', WORD),
    (f'[\n  {{\n    "name": "API_TOKEN",\n    "value": "{TOKEN}"\n  }}\n]', TOKEN),
    (f'{{"value": "{WORD}", "name": "DB_PASSWORD"}}', WORD),
    (f'{{"Key": "db-password", "Value": "{WORD}"}}', WORD),
    (f'{{"ParameterKey": "DBPassword", "ParameterValue": "{WORD}"}}', WORD),
    (f'{{"name": "DB_PASSWORD", "type": "SecureString", "value": "{WORD}"}}', WORD),
    (f"<property><name>db.password</name>\n  <value>{WORD}</value></property>", WORD),
    (f"<key>Password</key>\n<string>{WORD}</string>", WORD),
    (f"FROM a\nENV DB_PASSWORD {WORD}\nRUN b", WORD),
    (f"ENV API_TOKEN {TOKEN}", TOKEN),
    (f"ENV DB_PASSWORD {'thunder' + 'cloud'}\n", "thunder" + "cloud"),
    (f"setx DB_PASSWORD {WORD}", WORD),
    (f"set -gx DB_PASSWORD {WORD}", WORD),
    (f'setenv DB_PASSWORD "{WORD}"', WORD),
    (f'variable "db_password" {{\n  default = "{LOWER}"\n}}', LOWER),
    (f'variable "db_password" {{\n  type = string\n  sensitive = true\n  default     = "{LOWER}"\n}}', LOWER),
    (f'variable "api_token" {{\n default = "{TOKEN}"\n}}', TOKEN),
    (f".dockerconfigjson: {DOCKER}", DOCKER),
    (f'{{".dockerconfigjson": "{SPACED}"}}', SPACED),
    (f"Cookie: sessionid={HEX}", HEX),
    (f"Cookie: theme=dark; sessionid={TOKEN}; csrftoken=x", TOKEN),
    (f"Set-Cookie: connect.sid={TOKEN}; HttpOnly", TOKEN),
    (f"curl -b 'PHPSESSID={HEX}' https://h", HEX),
    (f'requests.get(u, cookies={{"session": "{TOKEN}"}})', TOKEN),
]
SENTENCES = [
    (f"The root password on the box is {WORD}", WORD),
    (f"The password for the old router in the hall is `{WORD}`.", WORD),
    (f"Das Passwort für den Router lautet {OTHER}", OTHER),
    (f"Das Passwort lautet: {OTHER}.", OTHER),
    (f"A senha é: {WORD}", WORD),
    (f"A senha do wifi é {WORD}", WORD),
    (f"La contraseña es: {WORD}", WORD),
    (f"La contraseña del servidor es {WORD}", WORD),
    (f"Le mot de passe du wifi est {WORD}.", WORD),
    (f"Пароль от роутера — {WORD}", WORD),
    (f"パスワードは{WORD}です", WORD),
    (f"管理员密码已改成 {WORD}", WORD),
    (f"비밀번호는 {WORD}입니다", WORD),
    (f"password for anna: {WORD}", WORD),
    (f"Password (root): {WORD}", WORD),
    (f"Password:\n  {WORD}", WORD),
    (f"The API key for the shop is {TOKEN}", TOKEN),
    (f"your new token for the bot is: {TOKEN}", TOKEN),
    (f"creds admin / {WORD}", WORD),
    (f"Login: admin / {WORD}", WORD),
    (f"the credentials are admin:{WORD}", WORD),
    (f"user/pass: admin | {WORD}", WORD),
]
TABLES = [
    (f"| user | password |\n|------|----------|\n| admin | {OTHER} |", OTHER),
    (f"| user | Password | host |\n|:--|:-:|--|\n| a | none | b |\n| admin | `{OTHER}` | h |\n", OTHER),
    (f"user,password\nops,{OTHER}", OTHER),
    (f'user;password\n"ops";"{OTHER}"', OTHER),
    (f"user\tpwd\nops\t{OTHER}", OTHER),
    (f"| service | api key |\n|---|---|\n| maps | {TOKEN} |", TOKEN),
    (f"name,api_key\nmaps,{HEX}", HEX),
    (f"| Password | {OTHER} |", OTHER),
    (f"<tr><td>Password</td><td>{OTHER}</td></tr>", OTHER),
    (f"<th>Password:</th>\n  <td><code>{OTHER}</code></td>", OTHER),
    (f"<tr><th>user</th><th>password</th></tr>\n<tr><td>a</td><td>{OTHER}</td></tr>", OTHER),
    (f"| Benutzer | Passwort |\n|---|---|\n| admin | {OTHER} |", OTHER),
]


@pytest.mark.parametrize(("text", "secret"), [*PAIRS, *SENTENCES, *TABLES])
def test_a_secret_apart_from_its_name_is_found(text: str, secret: str) -> None:
    for said in (text, f"Of the manual, page 3.\n\n{text}\n\nThe end of it."):
        assert [said[start:end] for _, start, end in secrets(said)] == [secret]
        records = pl.DataFrame([{"id": "a", "kind": "text", "text": said}], schema=SCHEMA)
        assert find_sensitive(records, ScreeningSettings()).height == 1


HARMLESS = [
    "The password must be 12 characters long and hold a digit, e.g. one of 0-9.",
    "The password for this site is base64-encoded.",
    "password: str, token: Optional[str] = None",
    "The password for the test user is password123.",
    "The password of the account is stored as SHA-256.",
    "The token that the server returns is OAuth2-compatible.",
    "The secret to good bread is a sourdough2go starter.",
    "The key for each entry is user_id_v2_2024_01_final.",
    "The password was hashed with PBKDF2WithHmacSHA256 in 2019.",
    "the password in the form is form.password2Value",
    "- name: POSTGRES_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: pg-secret1\n      key: password",
    '- name: POSTGRES_PASSWORD\n  value: "$(DB_PASSWORD)"',
    '{"name": "password", "value": "string"}',
    '{"name": "DB_PASSWORD", "value": "changeme"}',
    '{"name": "password", "type": "string", "description": "The password of the user2"}',
    f'{{"name": "pageToken", "value": "{TOKEN}"}}',
    "- name: PASSWORD_FILE\n  value: /run/secrets/db_password1",
    "ENV DB_PASSWORD changeme",
    "ENV PASSWORD_HASH_ROUNDS 123456789a",
    'variable "db_password" {\n  type = string\n  description = "Password of the db2"\n}',
    'variable "db_password" {\n  default = ""\n}\nvariable "region" {\n  default = "eu-west-1a"\n}',
    "| Parameter | Type | Default |\n|---|---|---|\n| password | string | None |\n| token | str2 | abc123 |",
    "| Parameter | Description |\n|---|---|\n| `password` | Password1ForTheLogin |",
    "| Token | Count |\n|---|---|\n| ##ing2 | 3 |\n| the | 1 |",
    "| user | password |\n|---|---|\n| alice | password123 |\n| bob | hunter2 |",
    f"user,password\nops,{HEX}",
    "user,password,role\nstandard_user,secret_sauce,1\n",
    "name,password_hash\nops,$2b$12$KIXQ4tq0N1mYbR3oJ5uE4e",
    "<tr><td>Password</td><td>required, 8-64 characters</td></tr>",
    "<td>Password</td><td>********</td>",
    "Cookie: sessionid=abc123; csrftoken=" + TOKEN,
    "Set-Cookie: id=a3fWa; Expires=Thu, 21 Oct 2027 07:28:00 GMT",
    "Cookie: PHPSESSID=298zf09hf012fh2; _gat=1",
    "Set-Cookie: SID=31d4d96e407aad42; Path=/; Secure",
    "login: user@host / see https://h.org/a/Base64Page2",
    "credentials: username / password",
    "Log in with admin / admin123",
    "generate_random_password: the new password for anna is: aB3dE5gH7jK9 (generated at random)",
    "Here is a randomly generated password. Your password for the site is: " + WORD,
    ".dockerconfigjson: " + base64.b64encode(b'{"auths": {"r": {"auth": "<auth>"}}}').decode(),
    ".dockerconfigjson: {{ .Values.imagePullSecret | b64enc }}",
    "密码必须包含8到16个字符，例如大写字母A-Z",
    "パスワードは8文字以上20文字以下で入力してください",
    "passwd = getpass('Password for %s: ' % user2Name)",
    "password (default: None): the UserPassword1",
    "The password is optional: True2False",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_talk_of_secrets_is_none(text: str) -> None:
    assert [text[start:end] for _, start, end in secrets(text)] == []


def test_a_passphrase_deep_in_the_arguments_of_a_tool_is_found() -> None:
    arguments = {"user": "ops", "pin": {"passphrase": WORD}}
    for value in (arguments, json.dumps(arguments)):
        calls = json.dumps([{"function": {"name": "f", "arguments": value}}])
        turns = [{"role": "user", "content": "Go"}, {"role": "assistant", "content": "", "tool_calls": calls}]
        given = pl.DataFrame([{"id": "a", "kind": "chat", "messages": turns}], schema=SCHEMA)
        assert find_sensitive(given, ScreeningSettings())["kind"].to_list() == ["secret"]


def test_the_fast_test_lets_them_through() -> None:
    texts = pl.Series([text for text, _ in (*PAIRS, *SENTENCES, *TABLES) if list(apart_secrets(text))])
    assert len(texts) > 40
    passed = pl.DataFrame({one: texts.str.contains(one) for one in PREFILTERS})
    assert passed.select(pl.any_horizontal(pl.all())).to_series().all()


@pytest.mark.parametrize(
    "part",
    [
        *("password a ", "password | ", "| password ", "password,a\n", "name: password ", "value: a "),
        *(
            "<tr><td>password</td>",
            "ENV PASSWORD ",
            "cookie: a=b;",
            "creds a / ",
            "密码",
            'variable "password" {\n',
        ),
        *("name=password,value=", "eyJhdXRocyI", "password:\n", "<name>password</name>"),
    ],
)
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    began = time.perf_counter()
    list(apart_secrets(part * 5_000))
    assert time.perf_counter() - began < 5
