"""Personal data: addresses, telephone and card numbers are found; numbers and examples are not."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.screening.addresses import EMAIL_PREFILTER, emails
from entropy_assets.curation.screening.personal import (
    CARD_PREFILTER,
    LOCAL_PHONE_PREFILTER,
    PHONE_PREFILTER,
    cards,
    phones,
)


def spans(found: object, text: str) -> list[str]:
    return [text[start:end] for _, start, end in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to anna.k+x@mail.uni-bonn.de, please.", ["anna.k+x@mail.uni-bonn.de"]),
        ("<a@b.co>;c@d.org.", ["a@b.co", "c@d.org"]),
        ("请联系zhang@firma.cn。", ["zhang@firma.cn"]),
        ("root@localhost, me@example.com, you@mail.example.org, x@host.test", []),
        ("icon@2x.png, @decorator, a@b, user@host:22, https://anna:secret@host.org", []),
    ],
)
def test_emails(text: str, expected: list[str]) -> None:
    assert spans(emails(text), text) == expected
    assert not expected or pl.Series([text]).str.contains(EMAIL_PREFILTER).all()


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("Call +1 404-563-7900 now", "", ["+1 404-563-7900"]),
        ("Tel. +49 30 901820.", "", ["+49 30 901820"]),
        ("+8613800138000", "", ["+8613800138000"]),
        ("Call 404-563-7900 now", "", []),
        ("Call 404-563-7900 now", "US", ["404-563-7900"]),
        ("3+4567890123 and x +12 345 678 901 234 567, 1e+10000000", "", []),
        ("2024-01-15 10:30:45, 12345678", "US", []),
    ],
)
def test_phones(text: str, region: str, expected: list[str]) -> None:
    assert spans(phones(text, region), text) == expected
    prefilter = LOCAL_PHONE_PREFILTER if region else PHONE_PREFILTER
    assert not expected or pl.Series([text]).str.contains(prefilter).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4111 1111 1111 1111", []),  # the test number that everybody prints: two digits only
        ("card 4539 1488 0343 6467.", ["4539 1488 0343 6467"]),
        ("5425233430109903", ["5425233430109903"]),
        ("3782-822463-10005", ["3782-822463-10005"]),
        ("4539 1488 0343 6468", []),
        ("0.4539148803436467 and 4539148803436467.25 and 4539148803436467*2", []),
        ("4539-1488 0343-6467", []),
        ("9876543210123456", []),
    ],
)
def test_cards(text: str, expected: list[str]) -> None:
    assert spans(cards(text), text) == expected
    assert not expected or pl.Series([text]).str.contains(CARD_PREFILTER).all()


@given(st.text(alphabet="0123456789 -.", max_size=80))
def test_what_is_a_card_number_passes_the_fast_test(text: str) -> None:
    if any(True for _ in cards(text)):
        assert pl.Series([text]).str.contains(CARD_PREFILTER).all()


@given(st.text(alphabet="ab1.-@ ", max_size=60))
def test_what_is_an_email_passes_the_fast_test(text: str) -> None:
    if any(True for _ in emails(text)):
        assert pl.Series([text]).str.contains(EMAIL_PREFILTER).all()
