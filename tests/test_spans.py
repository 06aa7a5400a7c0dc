"""Answers in rendered texts, against a walk through each record."""

import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.spans import Spans


def turn(role: str, content: str, **parts: object) -> dict[str, object]:
    return {"role": role, "content": content, **parts}


ROWS = [
    {"id": "00000000000000000000000000000000", "kind": "text", "text": "plain"},
    {
        "id": "11111111111111111111111111111111",
        "kind": "chat",
        "tools": "[{}]",
        "messages": [
            turn("system", "Sei höflich."),
            turn("user", "Grüße?"),
            turn("assistant", "Gewiß.", reasoning="Er grüßt.", tool_calls="[]"),
            turn("user", "Und?"),
            turn("assistant", "Nicht mehr.", weight=0.0),
            turn("assistant", "Noch etwas.", weight=0.5),
        ],
    },
    {
        "id": "22222222222222222222222222222222",
        "kind": "preference",
        "prompt": [turn("user", "a"), turn("assistant", "b"), turn("user", "c")],
        "chosen": [turn("assistant", "good")],
        "rejected": [turn("assistant", "bad")],
    },
    {"id": "33333333333333333333333333333333", "kind": "chat", "messages": [turn("user", "nobody answers")]},
    {
        "id": "44444444444444444444444444444444",
        "kind": "chat",
        "messages": [turn("user", "x"), turn("assistant", "y")],
    },
]


def frame(rows: list) -> pl.DataFrame:
    whole = [{name: row.get(name) for name in records.SCHEMA} for row in rows]
    return pl.DataFrame(whole, schema=records.SCHEMA).with_columns(source=pl.lit("s"))


def said(text: bytes, spans: list[tuple[int, int]]) -> list[str]:
    return [text[max(start, 0) : max(end, 0)].decode() for start, end in spans]


EXPECTED = [[], ["Er grüßt.\n\nGewiß.\n\n[]", "Noch etwas."], ["b", "good"], [], ["y"]]


def test_spans_are_the_answers_whatever_stands_before_them() -> None:
    made = frame(ROWS)
    spans, texts = Spans.of(made), [text.encode() for text in records.rendered(made)]
    assert len(spans) == len(ROWS)
    assert [said(text, spans[i]) for i, text in enumerate(texts)] == EXPECTED
    assert len(Spans.of(made[:0])) == 0
    assert [*map(Spans.of(made[:1]).__getitem__, range(1))] == [[]]


def test_spans_stay_with_their_texts() -> None:
    rows = frame(ROWS)
    for texts in (Texts.of(rows), Texts.stored([rows[3:], rows[:3]], None)):
        taken = texts.take([4, 1, 2, 1])
        assert taken.spans is not None
        found = [said(taken.texts[i], taken.spans[i]) for i in range(4)]
        assert found == [EXPECTED[i] for i in (4, 1, 2, 1)]
        whole, cut = texts.take([1]), texts.take([1]).windows(40)
        assert whole.spans is not None
        assert cut.spans is not None
        start = whole.texts[0].index(cut.texts[0])
        np.testing.assert_array_equal(cut.spans.bounds, whole.spans.bounds - start)
