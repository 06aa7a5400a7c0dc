"""Addresses behind labels, glued to other scripts, and written so that machines do not read them."""

import polars as pl
import pytest

from entropy_assets.curation.screening import find_sensitive
from entropy_assets.records import SCHEMA
from entropy_assets.settings import ScreeningSettings


def found(text: str) -> list[str]:
    records = pl.DataFrame([{"id": "a", "kind": "text", "text": text}], schema=SCHEMA)
    findings = find_sensitive(records, ScreeningSettings()).filter(pl.col("kind") == "email")
    return [text[start:end] for start, end in findings.select("start", "end").iter_rows()]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("e:anna@firma.de", "anna@firma.de"),
        ("Tel. 12, E:anna@firma.de, Fax 13", "anna@firma.de"),
        ("Kontakt:anna@firma.de", "anna@firma.de"),
        ("E-Mail:anna@firma.de", "anna@firma.de"),
        ("MAILTO:anna@firma.de", "anna@firma.de"),
        ("邮箱:anna@firma.cn。", "anna@firma.cn"),
        ("联系anna@firma.cn谢谢", "anna@firma.cn"),
        ("お問い合わせはanna@firma.jpまで", "anna@firma.jp"),
        ("지금anna@firma.kr로", "anna@firma.kr"),
        ("Anna<anna@firma.de>;", "anna@firma.de"),
        ("anna@例子.中国", "anna@例子.中国"),
        ("请写信到anna@例子.中国谢谢", "anna@例子.中国"),
        ("anna@公司.cn。", "anna@公司.cn"),
        ("anna@müller-söhne.de", "anna@müller-söhne.de"),
        ("*_anna@firma.de_*", "anna@firma.de"),
        ("anna [at] firma [dot] de", "anna [at] firma [dot] de"),
        ("Schreib an anna (at) firma.de!", "anna (at) firma.de"),
        ("anna.k{at}mail{dot}firma{dot}de", "anna.k{at}mail{dot}firma{dot}de"),
        ("anna[@]firma[.]de", "anna[@]firma[.]de"),
        ("anna@firma[.]de", "anna@firma[.]de"),
        ("anna＠firma.de", "anna＠firma.de"),
        ("anna&#64;firma.de", "anna&#64;firma.de"),
        ("?to=anna%40firma.de&x=1", "anna%40firma.de"),
        ("anna AT firma DOT de", "anna AT firma DOT de"),
        ("My mail is anna at firma dot de.", "anna at firma dot de"),
    ],
)
def test_an_address_is_found(text: str, address: str) -> None:
    assert found(text) == [address]


def test_two_with_a_stroke_between_them_are_two() -> None:
    assert found("anna@firma.de/bob@firma.de") == ["anna@firma.de", "bob@firma.de"]


@pytest.mark.parametrize(
    "text",
    [
        "https://anna:Sunflower99@firma.de/x",
        "ssh:anna@firma.de and git:anna@firma.de",
        "10.0.0.1:anna@firma.de",
        "We met at school dot com was the word.",
        "Look at home dot com",
        "arrive at noon (at) least",
        "x[at] = y.com",
        "me (at) example (dot) com, noreply [at] firma [dot] de",
        "data[@]firma.notatld",
        "npm install %40babel/core.js and left%401.2.3",
        "<div @click@native.prevent='x' v-on:blur@x.y>",
        "he is (at) firma.de",
        "谢谢@大家.好",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert found(text) == []
