"""Secrets of current shape are found in code, chat, files and addresses; look-alikes are none."""

import random
import time
from collections.abc import Callable

import polars as pl
import pytest

from benchmarks.tokens import tuned
from entropy_assets.curation.screening.credentials import PREFILTER, secrets

NAMED = (
    *("Hugging Face", "Google API", "Google OAuth client", "Google OAuth access", "Anthropic", "Groq", "xAI"),
    *("Replicate", "GitHub fine-grained", "DigitalOcean", "encrypted key", "PuTTY key", "OpenAI project"),
    *("AWS key id", "Azure storage", "Slack bot", "Slack webhook", "Stripe", "Twilio", "SendGrid", "npm"),
    *("PyPI", "GitLab", "Telegram", "JWT", "address of Postgres", "GitHub", "New Relic"),
)


def texts_of(kind: str, each: int = 12) -> list[tuple[str, str | None]]:
    return [(row.text, row.token) for row in tuned.labelled(seed=7, each=each) if row.kind == kind]


@pytest.mark.parametrize("kind", NAMED)
def test_a_token_of_current_shape_is_found_in_every_place(kind: str) -> None:
    for text, token in texts_of(kind):
        assert pl.Series([text]).str.contains(PREFILTER).all()
        found = list(secrets(text))
        assert found, text
        assert token is not None
        first, stop = text.index(token), text.index(token) + len(token)
        assert all(start < stop and end > first for _, start, end in found), (text, found)


@pytest.mark.parametrize("kind", tuned.HARMLESS)
def test_what_only_looks_like_a_secret_is_none(kind: str) -> None:
    for text, _ in texts_of(kind):
        assert [text[start:end] for _, start, end in secrets(text)] == []


def token() -> str:
    return tuned.SECRETS["Hugging Face"](random.Random(3))


@pytest.mark.parametrize(
    "place",
    [
        "密钥是{}。",
        "«{}»",
        "use {}, please",
        "a={}&b=1",
        "({})",
        "[{}]",
        "<b>{}</b>",
        "{}.",
        "{}: yes",
        "`{}`",
    ],
)
def test_what_stands_beside_a_token_hides_it_in_no_script(place: str) -> None:
    text = place.format(token())
    assert [text[start:end] for _, start, end in secrets(text)] == [token()]


def test_places_count_characters_and_each_place_is_told_once() -> None:
    text = f"ключ é 谁 {token()} and {token()}"
    found = [(start, end) for _, start, end in secrets(text)]
    assert [text[start:end] for start, end in found] == [token(), token()]
    assert len(set(found)) == 2


def test_a_text_without_a_long_run_is_not_looked_at() -> None:
    prose = "The committee has to publish its report before the end of the month: 12,345 pages."
    assert not pl.Series([prose]).str.contains(PREFILTER).any()


def test_letters_of_dna_are_no_key_though_some_run_looks_like_one() -> None:
    run = "ACCA" + "GTCATGGCATTACGTG"
    assert list(secrets(f"seq = {run}"))
    assert list(secrets(f"seq = GG{run}TTAG")) == []


@pytest.mark.parametrize("pair", ["myUser:myPassword", "test:mysecretpassword", ":password", ":${PASSWORD}"])
def test_a_password_that_names_itself_is_an_example(pair: str) -> None:
    assert list(secrets(f"postgres://{pair}@db.firm.net/x")) == []


@pytest.mark.parametrize("place", ["{}", '"{}"', '\\"{}\\"'])
def test_a_password_without_a_user_is_found(place: str) -> None:
    text = place.format("redis://:" + "Sunflower99" + "@cache.firm.net:6379/0")
    assert [name for name, _, _ in secrets(text)] == ["address with a password"]


def test_a_key_that_is_named_publishable_is_no_secret() -> None:
    text = "lob = " + "live_pub_" + "0123456789abcdef" * 2 + "\n"
    assert list(secrets(text)) == []


@pytest.mark.parametrize("named", ["mailgun", "datadog", "codecov", "algolia", "heroku", "mistral", "cohere"])
def test_a_digest_beside_the_name_of_a_service_is_no_secret(named: str) -> None:
    rng = random.Random(5)
    for n in (32, 40, 64):
        digest = "".join(rng.choice("0123456789abcdef") for _ in range(n))
        text = f"{named}_commit = '{digest}'\n{named}: {digest}\n"
        assert list(secrets(text)) == []


@pytest.mark.parametrize(
    "made",
    [
        lambda n: "://" * n,
        lambda n: "A" * n,
        lambda n: "sk-" * n,
        lambda n: "eyJ." * n,
        lambda n: "https://u:" * n,
        lambda n: "-----BEGIN PRIVATE " + "KEY-----" * n,
        lambda n: '{"client_secret": "a"' * n,
        lambda n: "1//0" * n,
        lambda n: "ya29." * n,
        lambda n: "PuTTY-User-Key-File-3" * n,
    ],
)
def test_no_text_takes_more_than_linear_time(made: Callable[[int], str]) -> None:
    list(secrets(token()))
    began = time.perf_counter()
    list(secrets(made(20_000)))
    assert time.perf_counter() - began < 3
