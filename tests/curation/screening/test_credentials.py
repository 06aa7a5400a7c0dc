"""Secrets: every kind of token is found, what only looks like one is not, and the fast test misses none."""

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from entropy_assets.curation.screening.credentials import DETECTORS, PREFILTER, _detectors, secrets

# Put together here, so that no scanner takes this file for a leak.
LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6jK8mN0pR2tV4xZ6"
TOKENS = {
    "AWS Access Key": "AKIA" + "IOSFODNN7EXAMPL" + "Q",
    "Azure Storage Account access key": "AccountKey=" + (LETTERS * 2)[:86] + "==",
    "Basic Auth Credentials": "https://anna:" + "Sunflower99" + "@host.net/x",
    "Discord Bot Token": "M" + LETTERS[:23] + "." + LETTERS[:6] + "." + LETTERS[:27],
    "GitHub Token": "ghp_" + LETTERS[:36],
    "GitLab Token": "glpat-" + LETTERS[:20],
    "JSON Web Token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0"
    + "."
    + LETTERS[:43],
    "Mailchimp Access Key": "0123456789abcdef0123456789abcdef" + "-us12",
    "NPM tokens": "//registry.org/:_authToken=" + "npm_" + LETTERS[:36],
    "OpenAI Token": "sk-" + LETTERS[:20] + "T3BlbkFJ" + LETTERS[:20],
    "Private Key": "-----" + "BEGIN RSA PRIVATE KEY" + "-----",
    "PyPI Token": "pypi-AgEIcHlwaS5vcmc" + (LETTERS * 2)[:80],
    "SendGrid API Key": "SG." + LETTERS[:22] + "." + LETTERS[:43],
    "Slack Token": "xoxb-" + "123456789012-" + "abcdef123456",
    "Square OAuth Secret": "sq0csp-" + LETTERS[:43],
    "Stripe Access Key": "sk_live_" + LETTERS[:24],
    "Telegram Bot Token": "110201543:" + LETTERS[:35],
    "Twilio API Key": "AC" + "0123456789abcdef" * 2,
}


def found_in(text: str) -> list[str]:
    return [detail for detail, _, _ in secrets(text)]


def test_there_is_an_example_of_every_detector() -> None:
    assert len(TOKENS) == len(DETECTORS)
    assert {name for name, _, _ in _detectors()} == set(TOKENS)


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_found_where_it_stands(name: str) -> None:
    text = f"Use this: {TOKENS[name]} and go on."
    assert pl.Series([text]).str.contains(PREFILTER).all()
    assert name in found_in(text)
    places = [text[start:end].strip() for _, start, end in secrets(text)]
    assert all(place in TOKENS[name] or place.startswith(TOKENS[name]) for place in places)


@pytest.mark.parametrize(
    "text",
    [
        "sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "password = 'correct horse battery staple'",
        "https://user:password@host.org and ftp://name:<secret>@host.org and redis://u:***@h",
        "postgresql://scott:tiger@localhost/test, amqp://guest:guest@host and mysql://u:my_pass1@db",
        "eyJub3QiOiJh.bm90IGpzb24.x",
        "git commit 3f786850e387550fdab836ed7e6dc881de23001b",
    ],
)
def test_hashes_images_and_placeholders_are_no_secrets(text: str) -> None:
    assert found_in(text) == []


@pytest.mark.parametrize("pair", ["scott:tiger7", "guest:guest1", "anna:Sunflower99", "u:mypassage"])
def test_what_only_begins_like_a_placeholder_is_a_secret(pair: str) -> None:
    assert found_in(f"postgresql://{pair}@db.net/x") == ["Basic Auth Credentials"]


def patterns() -> Iterable[tuple[str, str]]:
    return [(name, pattern.pattern) for name, found, _ in _detectors() for pattern in found]


@pytest.mark.parametrize(("name", "pattern"), patterns())
def test_the_fast_test_lets_every_match_through(name: str, pattern: str) -> None:
    (own,) = [p for n, found, _ in _detectors() for p in found if (n, p.pattern) == (name, pattern)]

    @settings(max_examples=20, deadline=None)
    @given(st.from_regex(own, alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
    def check(text: str) -> None:
        assert pl.Series([text]).str.contains(PREFILTER).all()

    check()


@pytest.mark.parametrize("name", ["domains/code", "instruct/gpteacher_codegen", "instruct/gsm8k_train"])
def test_clean_code_and_maths_hold_no_secret(shared: Path, name: str) -> None:
    data = (shared / "data" / f"{name}.jsonl.zst").read_bytes()
    rows = zstandard.ZstdDecompressor().decompressobj().decompress(data).decode().split("\n")
    texts = pl.Series(["\n".join(map(str, json.loads(row).values())) for row in rows if row])
    flagged = texts.filter(texts.str.contains(PREFILTER))
    assert [text for text in flagged if found_in(text)] == []
