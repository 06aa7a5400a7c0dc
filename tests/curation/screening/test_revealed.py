"""Addresses and tokens behind Markdown's escapes, entities, tags and signs that nobody sees are found."""

import polars as pl
import pytest

from entropy_assets.curation.screening import find_sensitive
from entropy_assets.curation.screening.escapes import revealed
from entropy_assets.records import SCHEMA
from entropy_assets.settings import ScreeningSettings

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"


def kinds(text: str) -> list[str]:
    records = pl.DataFrame([{"id": "a", "kind": "text", "text": text}], schema=SCHEMA)
    return find_sensitive(records, ScreeningSettings())["kind"].to_list()


@pytest.mark.parametrize(
    "text",
    [
        r"Write to karin\_holm@kontor-nord.de today.",
        r"Write to k.holm\@kontor-nord.de today.",
        r"Write to k.holm@kontor\-nord\.de today.",
        "karin&#64;kontor-nord&#46;de",
        "karin&#x40;kontor-nord&period;de",
        "karin&commat;kontor-nord.de",
        "Write to k.holm @ kontor-nord.de today.",
        "Mail: holm @ kontor-nord.de",
        "karin.holm AT kontor-nord.de",
        "My mail is karin at kontor-nord.de.",
        "karin<span>@</span>kontor-nord.de",
        'karin.holm<span class="x">@</span>kontor-nord.de',
        "karin<!-- no robots -->@kontor-nord.de",
        "karin.holm<b>@</b>kontor-nord<b>.</b>de",
        "karin.holm<i></i>@kontor-nord.de",
        "Write to k.holm@ kontor-nord.de today.",
        "karin@\u200bkontor-nord.de",
        "\uff4b\uff41\uff52\uff49\uff4e\uff20\uff4b\uff4f\uff4e\uff54\uff4f\uff52\uff0e\uff44\uff45 です。",
        "karin\u2060@\ufeffkontor-nord.de",
        "ka\u00adrin@kontor-\u200bnord.de",
    ],
)
def test_an_address_is_found_once(text: str) -> None:
    assert kinds(text) == ["email"]


@pytest.mark.parametrize(
    "token",
    [
        TOKEN.replace("_", r"\_"),
        TOKEN[:9] + "\u200b" + TOKEN[9:],
        TOKEN.replace("_", "&#95;"),
        TOKEN[:3] + "\ufeff" + TOKEN[3:],
    ],
)
def test_a_token_is_found_once(token: str) -> None:
    assert kinds(f"So {token} it is.") == ["secret"]


@pytest.mark.parametrize(
    "text",
    [
        "y = self.weight @ other.de",
        "out = x @ w.T + b.data",
        "model.fc @ layer.id",
        "Lunch @ cafe.de?",
        "Buy 3.5 @ shop.com",
        "MEET ME AT firma.de",
        "The U.S. AT nba.com",
        "v2.0 AT shop.com",
        "He is at firma.de.",
        r"import re; re.compile(r'[\w\.-]+@[\w\.-]+\.\w+')",
        r"$a\_1 \@ b$ and user\_name",
        "<span>@</span>decorator",
        "می\u200cخواهم 👩\u200d💻",
        "@ kontor-nord.de",
        "<b>Anna</b>@ home and <i>x</i>. Then <b>.</b>",
        "git@ github.com",
        "Find help by mail, on the website at docs.kontor-nord.de too.",
        "Contact Anna at kontor-nord.de, or mail me at kontor-nord.de.",
        "Follow us @kontor.nord on it",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert kinds(text) == []


def test_what_is_written_so_is_read_as_it_shows() -> None:
    assert revealed(r"a\_b\.c\u0040d") == "a_b.c@d"
    assert revealed("a\u200bb &#64; <b>@</b>") == "ab @ @"


@pytest.mark.parametrize(
    "text",
    [
        f"export T={TOKEN[:20]}\\\n{TOKEN[20:]}",
        f"TOKEN=\\\r\n    {TOKEN[:9]}\\\r\n    {TOKEN[9:]}",
        f"curl https://api.host.dev/?t=%67hp%5F{TOKEN[4:]}",
        "postgres%3A%2F%2Fsvc%3AKr4nich9amSee%40db.kontor.de%2Fa",
    ],
)
def test_tokens_on_continued_lines_and_percent_encoded_ones_are_found(text: str) -> None:
    assert kinds(text) == ["secret"]


@pytest.mark.parametrize(
    "text",
    [
        "cc -O2 \\\n  -Wall main.c \\\n  -o main",
        "#define LOOK(a) do_\\\nlook(a)",
        'printf("%5d%64s%2f", a, b, c);',
        "https://host.dev/a%2Fb%3Fc%3Dd",
    ],
)
def test_continued_lines_and_percent_signs_alone_are_nothing(text: str) -> None:
    assert kinds(text) == []
