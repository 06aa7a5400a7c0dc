"""Secrets of files, of SQL, of other services and in other languages; and keys that are only spoken of."""

import base64
import hashlib
import time

import polars as pl
import pytest

from entropy_assets.curation.screening import find_sensitive
from entropy_assets.curation.screening.credentials import PREFILTER
from entropy_assets.records import SCHEMA
from entropy_assets.settings import ScreeningSettings

# Put together here, so that no scanner takes this file for a leak.
WORD = "Kestrel" + "-4417"
MIXED = "q7Vd2mXz9Kc4Tn1Rb8Lw5Hy3" + "Jf6Ps0GaZe4Nw8Ut2Ix6"
LOWER = MIXED.lower()
PAIR = base64.b64encode(f"anna:{WORD}".encode()).decode()
BODY = base64.b64encode(hashlib.sha512(b"x").digest()).decode()


def kinds(text: str) -> list[str]:
    records = pl.DataFrame([{"id": "a", "kind": "text", "text": text}], schema=SCHEMA)
    return find_sensitive(records, ScreeningSettings())["kind"].to_list()


FOUND = [
    f'{{"auths": {{"https://index.docker.io/v1/": {{"auth": "{PAIR}"}}}}}}',
    f'{{\n  "auth" : "{PAIR}"\n}}',
    f"db.kontor-nord.de:5432:shop:anna:{WORD}",
    f"# ~/.pgpass\n*:*:*:anna:{WORD}\n",
    "10.0.0.7:5432:*:anna:thundercloud\n",
    f'network={{\n  ssid="Nordlicht"\n  psk="{WORD}"\n}}',
    'psk="thunder in the clouds"',
    f"wpa_passphrase={WORD}",
    f"CREATE USER 'anna'@'%' IDENTIFIED BY '{WORD}';",
    f'alter user anna identified by "{WORD}"',
    f"IDENTIFIED WITH mysql_native_password BY '{WORD}'",
    f"CREATE ROLE anna LOGIN PASSWORD '{WORD}';",
    f"ALTER USER anna WITH ENCRYPTED PASSWORD '{WORD}'",
    f"CREATE LOGIN anna WITH PASSWORD = N'{WORD}'",
    f'ConvertTo-SecureString "{WORD}" -AsPlainText -Force',
    f"ConvertTo-SecureString -String '{WORD}' -AsPlainText",
    "rzp" + "_live_" + MIXED[:14],
    "sk." + "eyJ1Ijoi" + MIXED[:24] + ".eyJ" + MIXED[:19],
    "sk." + "eyJ1Ijoi" + MIXED[:24] + "." + MIXED[:22],
    "sl." + MIXED + MIXED + MIXED + MIXED[:3],
    "AAAA" + MIXED[:7] + ":APA91b" + (MIXED * 4)[:134],
    "re" + "_" + MIXED[:8] + "_" + MIXED[8:32],
    "oy2" + LOWER[:43],
    f"Mot de passe : {WORD}",
    f"mot de passe: {WORD}",
    f"Пароль: {WORD}",
    f"Contraseña: {WORD}",
    f"contraseña={WORD}",
    f"**Пароль:** {WORD}",
    f"**Password**: {WORD}",
    f"La contraseña es {WORD}.",
    f"Le mot de passe est {WORD}",
    f"Mein Passwort ist {WORD}.",
    f"Mdp : {WORD}",
    f"psk={WORD}",
    f"ConvertTo-SecureString -Force -AsPlainText '{WORD}'",
    f"Senha: {WORD}",
    f"Hasło: {WORD}",
    f"Wachtwoord: {WORD}",
    f"パスワード：{WORD}",
    f"비밀번호: {WORD}",
    f"Parola: {WORD}",
    f"Şifre: {WORD}",
    f"Lösenord: {WORD}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n{BODY}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\\n{BODY[:64]}\\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n" + BODY,
    f"token = '{MIXED[:32]}'  # of the test server",
]


@pytest.mark.parametrize("text", FOUND)
def test_a_secret_is_found(text: str) -> None:
    assert set(kinds(text)) == {"secret"}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n…\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n<your key here>\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n[redacted]\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIIE...\n-----END EC PRIVATE KEY-----",
        'grep -r "BEGIN RSA PRIVATE KEY" .',
        "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----",
        "The line BEGIN PRIVATE KEY tells it.",
        "-----BEGIN RSA PRIVATE KEY-----\\n...\\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n...\n-----END PGP PRIVATE KEY BLOCK-----",
        'if "-----BEGIN PRIVATE KEY-----" in text:',
        'token = "' + hashlib.sha256(b"test").hexdigest() + '"  # sha256 of "test"',
        'token = "' + hashlib.md5(b"test").hexdigest() + '"  # md5("test")',
        '"auth": "' + base64.b64encode(b"user:password").decode() + '"',
        '"auth": "none", "auth": "dXNlcg=="',
        "localhost:5432:shop:anna:$PGPASSWORD",
        "host:port:database:username:password",
        "12:30:45:10:20 and a:b:c:d:e",
        "2001:4860:4860:0:8888",
        "2001:0db8:85a3:8a2e:0370",
        "psk=ask and psk=config.psk_value1",
        "It passes test-12345678 and the key is test_case-4711, MDP: S-A-R-12",
        "**Password:** at least 8 characters",
        "Das Passwort ist zu kurz, le mot de passe est oublié",
        'psk="your-password"',
        "IDENTIFIED BY 'password'",
        "CREATE USER anna PASSWORD '<password>'",
        "Enter PASSWORD 'x'",
        "ConvertTo-SecureString $password -AsPlainText",
        'ConvertTo-SecureString "password" -AsPlainText',
        "rzp_live_xxxxxxxxxxxxxx",
        "re_match_something_like_this_one_here",
        "sl.sl.sl is sl.something",
        "oy2 is short",
        "Mot de passe : oublié ?",
        "Пароль: введите пароль",
        "Contraseña: mínimo 8 caracteres",
        "Senha: (obrigatório)",
        "パスワード：8文字以上",
        "-----BEGIN PUBLIC KEY-----\n" + BODY + "\n-----END PUBLIC KEY-----",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize(
    "part",
    [
        "create user a ",
        "PASSWORD '",
        "identified by ",
        "a:5432:b:c:",
        "*:*:",
        '"auth":"aaaaaaaa',
        "BEGIN PRIVATE KEY",
    ],
)
def test_no_text_takes_more_than_linear_time(part: str) -> None:
    began = time.perf_counter()
    kinds(part * 5_000)
    assert time.perf_counter() - began < 5


def test_the_fast_test_lets_all_of_it_through() -> None:
    for text in FOUND:
        assert pl.Series([text]).str.contains(PREFILTER).all(), text
