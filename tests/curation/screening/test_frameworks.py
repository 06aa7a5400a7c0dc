"""Keys that frameworks draw from alphabets of their own are found under their names."""

import random
import string
from collections.abc import Callable

import polars as pl
import pytest

from entropy_assets.curation.screening.credentials import find_secrets, secrets

DJANGO = string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+)"
WORDPRESS = string.ascii_letters + string.digits + "!@#$%^&*()-_ []{}<>~`+=,.;:/?|"
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"

PLACES: list[tuple[str, Callable[[str], str], str, int]] = [
    ("settings", "SECRET_KEY = '{}'".format, DJANGO, 50),
    ("startproject", "SECRET_KEY = 'django-insecure-{}'".format, DJANGO, 50),
    ("shell", "DJANGO_SECRET_KEY='{}'".format, DJANGO, 50),
    ("env", "DEBUG=on\nSECRET_KEY={}\nX=1".format, DJANGO, 50),
    ("yaml", '  django_secret_key: "{}"'.format, DJANGO, 50),
    ("json", '{{"SECRET_KEY": "{}"}}'.format, DJANGO, 50),
    ("decouple", 'SECRET_KEY = config("SECRET_KEY", default="{}")'.format, DJANGO, 50),
    ("environ", 'SECRET_KEY = os.environ.get("SECRET_KEY", "{}")'.format, DJANGO, 50),
    ("wordpress", "define( 'AUTH_KEY',         '{}' );".format, WORDPRESS, 64),
    ("wordpress salt", "define('NONCE_SALT', '{}');".format, WORDPRESS, 64),
    ("wordpress env", "SECURE_AUTH_SALT='{}'".format, WORDPRESS, 64),
    ("wordpress docker", "  WORDPRESS_LOGGED_IN_KEY: {}".format, ALNUM, 40),
    ("rails", "production:\n  secret_key_base: {}".format, HEX, 128),
    ("rails env", "SECRET_KEY_BASE={}".format, HEX, 128),
    ("laravel", "APP_KEY=base64:{}=\nAPP_DEBUG=true".format, ALNUM, 43),
    ("symfony", "APP_SECRET={}".format, HEX, 32),
    ("flask", "app.config['SECRET_KEY'] = '{}'".format, HEX, 32),
    ("wifi", "WIFI:T:WPA;S:Home;P:{};;".format, ALNUM, 12),
    ("wifi hidden", "WIFI:S:Home;T:WPA2;P:{};H:true;;".format, ALNUM, 10),
]


@pytest.mark.parametrize(("name", "place", "alphabet", "n"), PLACES, ids=[place[0] for place in PLACES])
def test_what_a_framework_draws_is_found(
    name: str, place: Callable[[str], str], alphabet: str, n: int
) -> None:
    drawn = random.Random(name)
    texts = [place("".join(drawn.choices(alphabet, k=n))) for _ in range(100)]
    found = {row[0] for row in find_secrets(list(map(str, range(100))), pl.Series(texts))}
    assert len(found) >= 99


def test_bytes_of_a_key_are_found() -> None:
    drawn = random.Random("bytes")
    key = "".join(f"\\x{drawn.randrange(256):02x}" for _ in range(24))
    for place in (f"app.secret_key = b'{key}'", f"app.config['SECRET_KEY'] = b\"{key}\""):
        assert [place[start:end] for _, start, end in secrets(place)] == [key]


QUIET = [
    "SECRET_KEY = 'change-me-please-this-is-not-a-secret-key-at-all-1'",
    "SECRET_KEY = 'django-insecure-replace-this-with-your-own-key-of-fifty-chars'",
    "SECRET_KEY = 'django-insecure-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
    "SECRET_KEY = os.environ['SECRET_KEY']",
    "SECRET_KEY = get_random_secret_key()  # from django.core.management.utils",
    'SECRET_KEY = env("SECRET_KEY")',
    "The prefix django-insecure- marks a key that startproject made.",
    "define('AUTH_KEY',         'put your unique phrase here');",
    "define('AUTH_KEY', getenv('WORDPRESS_AUTH_KEY_FOR_THE_FIRST_SITE'));",
    "WORDPRESS_AUTH_KEY: ${WORDPRESS_AUTH_KEY_OF_THE_PRODUCTION_SITE}",
    'app.secret_key = b"dev"',
    r"app.secret_key = b'_5#y2L\"F4Q8z\n\xec]/'",
    "WIFI:T:WPA;S:mynetwork;P:mypass;;",
    "WIFI:T:nopass;S:Cafe;;",
    "The code is WIFI:T:<type>;S:<ssid>;P:<password>;;",
]


@pytest.mark.parametrize("text", QUIET)
def test_what_only_names_a_key_is_none(text: str) -> None:
    assert list(secrets(text)) == []
    assert find_secrets(["a"], pl.Series([text])) == []
