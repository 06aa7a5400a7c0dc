"""Card numbers, telephones and addresses in further spellings, and numbers that look like them."""

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening import find_sensitive
from entropy_assets.settings import ScreeningSettings

FOUND = {
    "card": [
        "4539\u00a01488\u00a00343\u00a06467",
        "4539\u202f1488\u202f0343\u202f6467",
        "4539\u20091488\u20090343\u20096467",
        "4539\u30001488\u30000343\u30006467",
        "4539.1488.0343.6467",
        "４５３９１４８８０３４３６４６７",
        "４５３９　１４８８　０３４３　６４６７",
        "3714.496353.98431",
    ],
    "phone": [
        "Call 0047 22 12 34 56.",
        "tel: 0044 20 7183 8750",
        "(0049 30 901820)",
        "+44 20 7946 0018 and more",
        "https://wa.me/4722123456",
        "https://api.whatsapp.com/send?phone=4722123456&text=hi",
    ],
    "email": [
        '"jo smith"@acme-corp.io wrote',
        'From: "Jo B. Smith"@acme-corp.io',
        "anna.holm AROBASE nordfisk POINT no",
        "anna.holm CHIOCCIOLA nordfisk PUNTO no",
        "mail: anna.holm arobase nordfisk point no",
    ],
}
NOTHING = [
    "4539.1488.0343.6468 fails the check, 1234.5678.9012.3456 too",
    "4539\u00a01488\u00a00343\u00a06468",
    "3.4539148803436467 and 1.234.567.890.123.456",
    "0047221234567890123456 0099 12 34 56 78",
    "version 0044.20.7183 of 2024, id 00442071838750x, code 0047",
    "001 002 003 004 005 006 007 008 009 010",
    "rows 0010 0011 0012 0013 0014 0015",
    "https://wa.me/qr/ABCDEF12345678 and https://example.net/4722123456",
    'label "hello world"@en . and x = @"a b"@"c d"',
    '"two words"@example.com',
    "THE POINT no one AROBASE made",
    "at this point no one looked",
]


def found(tmp_path: object, texts: list[str]) -> list[set[str]]:
    path = tmp_path / "a.jsonl"  # type: ignore[operator]
    pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": texts}).write_ndjson(path)
    records = read_file(path, drop="d").records
    rows = find_sensitive(records, ScreeningSettings())
    kinds = dict(rows.group_by("id").agg("kind").iter_rows())
    by_text = {row["text"]: set(kinds.get(row["id"], ())) for row in records.iter_rows(named=True)}
    return [by_text[text] for text in texts]


@pytest.mark.parametrize("kind", FOUND)
def test_further_spellings_are_found(tmp_path: object, kind: str) -> None:
    texts = FOUND[kind]
    missed = [text for text, kinds in zip(texts, found(tmp_path, texts), strict=True) if kind not in kinds]
    assert missed == []


def test_numbers_and_labels_that_look_like_them_are_none(tmp_path: object) -> None:
    assert [(t, k) for t, k in zip(NOTHING, found(tmp_path, NOTHING), strict=True) if k] == []
