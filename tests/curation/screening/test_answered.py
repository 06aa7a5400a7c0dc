"""A password or key that answers a question is found, whatever stands between; other answers are none."""

import json

import polars as pl
import pytest

from entropy_assets.curation.screening import find_sensitive
from entropy_assets.curation.screening.credentials import find_secrets, secrets
from entropy_assets.curation.screening.named import PREFILTER
from entropy_assets.records import SCHEMA
from entropy_assets.settings import ScreeningSettings

# Put together here, so that no scanner takes this file for a leak.
WORD = "Vx7#kQ2" + "mPz9!q"
TOKEN = "q7Vd2mXz9Kc4Tn1Rb8Lw" + "5Hy3Jf6Ps0GaTr5Xw2Zn"

ANSWERED = [
    ("What is the root password?", WORD, WORD),
    ("What is the admin password?", f"It is {WORD}", WORD),
    ("What is the admin password?", f"It is `{WORD}`.", WORD),
    ("What's the wifi password in the guest room?", f"Sure! Use {WORD}", WORD),
    ("I forgot the password of the router.", WORD, WORD),
    ("Please send me the database password.", f"Here you go: {WORD}", WORD),
    ("Wie lautet das Passwort vom NAS?", WORD, WORD),
    ("¿Cuál es la contraseña del servidor?", f"Es {WORD}", WORD),
    ("Quel est le mot de passe du serveur ?", WORD, WORD),
    ("Jaké je heslo k serveru?", WORD, WORD),
    ("サーバーのパスワードは何ですか？", WORD, WORD),
    ("Send me the API key of staging.", f"Here: {TOKEN}", TOKEN),
    ("What is the API key for the billing service?", TOKEN, TOKEN),
    ("Which secret key does staging use?", f"**{TOKEN}**", TOKEN),
]


@pytest.mark.parametrize(("asked", "said", "secret"), ANSWERED)
def test_an_answer_that_is_a_secret_is_found(asked: str, said: str, secret: str) -> None:
    for text in (f"{asked}\n\n{said}", f"Be brief.\n\n{asked}\n\n{said}\n\nThanks!", f"{asked} {said}"):
        assert secret in [text[start:end] for _, start, end in secrets(text)], text
        assert find_secrets(["a"], pl.Series([text]))


def test_a_rejected_answer_is_found_behind_a_refusal() -> None:
    text = f"What is the root password?\n\nI cannot tell you that.\n\n{WORD}"
    assert [text[start:end] for _, start, end in secrets(text)] == [WORD]


def test_turns_of_a_chat_are_searched_together() -> None:
    turns = [("user", "What is the root password?"), ("assistant", WORD)]
    record = {
        **dict.fromkeys(SCHEMA),
        "id": "a",
        "kind": "chat",
        "source": "s",
        "drop": "d",
        "file": "f",
        "line": 1,
        "messages": [
            {
                **dict.fromkeys(("reasoning", "tool_calls", "attachments", "weight")),
                "role": role,
                "content": said,
            }
            for role, said in turns
        ],
    }
    found = find_sensitive(pl.DataFrame([record], schema=SCHEMA), ScreeningSettings())
    assert found["kind"].to_list() == ["secret"], json.dumps(turns)


QUIET = [
    ("What is the root password?", "I cannot tell you."),
    ("What is the root password?", "I do not know it."),
    ("What is the admin password?", "your_password_here"),
    ("What is the admin password?", "<password>"),
    ("What is the admin password?", "It is admin123"),
    ("What is the default password?", "P@ssw0rd"),
    ("What is the default password?", "changeme"),
    ("Generate a strong password.", WORD),
    ("Can you suggest a password?", f"Sure: {WORD}"),
    ("What would a random API key look like?", TOKEN),
    ("Give me an example of an API key.", TOKEN),
    ("Encode the password in base64.", "VGhpc0lzQVRlc3Q5"),
    ("What is the SHA-256 hash of the password?", TOKEN),
    ("Where is the API key stored?", "In the environment variable OPENAI_API_KEY2024PRODUCTION"),
    ("How do I set the secret key?", "export SECRET_KEY=..."),
    ("What is the primary key?", "customer_id_2024_v2_main_table"),
    ("What is the public key for?", TOKEN),
    ("The password was changed.", "OAuth2Token"),
    ("Each token is counted.", TOKEN),
    ("Which hash does the password use?", "PBKDF2WithHmacSHA256"),
    ("How long must a password be?", "At least 12 characters, one digit and one sign."),
    ("What is a password manager?", "KeePassXC2023 is one, and Bitwarden another."),
]


@pytest.mark.parametrize(("asked", "said"), QUIET)
def test_other_answers_are_none(asked: str, said: str) -> None:
    for text in (f"{asked}\n\n{said}", f"{asked} {said}"):
        assert list(secrets(text)) == [], text


NAMES = (
    *("Heslo", "Geslo", "Hasło", "Mật khẩu", "كلمة المرور", "كلمة السر", "رمز عبور", "पासवर्ड", "Şifre"),
    *("Şifrə", "Jelszó", "Parolă", "Passord", "Adgangskode", "รหัสผ่าน", "Κωδικός πρόσβασης", "סיסמה"),
    *("Kata sandi", "Lozinka", "Лозинка", "Slaptažodis", "암호", "Contrasenya", "Парола", "পাসওয়ার্ড"),
    *("Пароль", "Lykilorð", "Parool", "Lösenord", "Salasana", "Wachtwoord", "Senha", "Contraseña", "密码"),
)


@pytest.mark.parametrize("name", NAMES)
def test_passwords_are_found_under_their_name_in_any_language(name: str) -> None:
    for text in (f"{name}: {WORD}", f"{name.lower()}: `{WORD}`\n", f"ssh a@b\n- {name}: {WORD}\n"):
        assert [text[start:end] for _, start, end in secrets(text)] == [WORD], text
        assert pl.Series([text]).str.contains(PREFILTER).item()
        assert find_secrets(["a"], pl.Series([text]))
    for said in ("12", "neznám", "*" * 8, "example"):
        assert list(secrets(f"{name}: {said}")) == []
