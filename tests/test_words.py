"""Tokens, and the streams of numbers that they become."""

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entropy_assets.records import SCHEMA, rendered
from entropy_assets.words import TOKEN, Vocabulary, normalised, span_of, turns, words


def records(*contents: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(contents, schema=SCHEMA)


def chat(*said: tuple[str, str]) -> dict[str, object]:
    return {"kind": "chat", "messages": [{"role": role, "content": content} for role, content in said]}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't STOP!", ["dont", "stop"]),
        ("don’t", ["dont"]),
        ("'quoted' words", ["quoted", "words"]),
        ("$1,000.50 or 3.5, 4", ["1000.50", "or", "3.5", "4"]),
        ("snake_case twenty-five", ["snake", "case", "twenty", "five"]),
        ("中国 2020年", ["中", "国", "2020", "年"]),
        ("コーヒー", ["コ", "ー", "ヒ", "ー"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("한국어 글", ["한국어", "글"]),
        ("２０ ﬁne", ["20", "fine"]),
        ("cafe\u0301", ["café"]),
        ("...", []),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert normalised(words(pl.Series([text]))[0]).to_list() == tokens


def test_sides_of_all_kinds() -> None:
    said = [{"role": "user", "content": "p"}]
    preference = {
        "kind": "preference",
        "prompt": [{"role": "system", "content": "s"}, *said],
        "chosen": [{"role": "assistant", "content": "c"}],
        "rejected": [{"role": "assistant", "content": "r"}],
    }
    talk = chat(("system", "s"), ("user", "u"), ("assistant", "a"), ("user", "v"), ("tool", "t"))
    table = turns(records({"kind": "text", "text": "x"}, preference, talk))
    assert table.select("row", "content", "side", "alone").rows() == [
        (0, "x", "text", True),
        (1, "s", "prompt", False),
        (1, "p", "prompt", True),
        (1, "c", "answer", True),
        (1, "r", "answer", True),
        (2, "s", "prompt", False),
        (2, "u", "prompt", False),
        (2, "a", "answer", True),
        (2, "v", "prompt", False),
        (2, "t", "prompt", False),
    ]


def test_stream_by_hand() -> None:
    known = records({"kind": "text", "text": "a b"})
    other = records(
        chat(("user", "b x"), ("assistant", "A")), {"kind": "text", "text": ""}, known.row(0, named=True)
    )
    vocabulary = Vocabulary(known)
    assert vocabulary.stream(other).ids.tolist() == [2, 0, 1, 0, 0, 1, 2, 0]
    apart = vocabulary.stream(other, apart=True)
    assert apart.ids.tolist() == [2, 0, 0, 1, 0, 0, 1, 2, 0]
    assert apart.starts.tolist() == [0, 5, 6, 9]
    assert apart.turn_starts.tolist() == [0, 3, 5, 6]
    assert apart.token_of(apart.turn_starts[[0, 1, 3]]).tolist() == [0, 2, 0]


texts = st.text(alphabet="aB1é中' ,.’-", max_size=12)
chats = st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), texts), max_size=4).map(
    lambda said: chat(*said)
)
some_records = st.lists(st.one_of(texts.map(lambda text: {"kind": "text", "text": text}), chats), max_size=5)


@given(some_records, some_records, st.booleans())
def test_stream_has_every_token_in_its_place(
    known: list[dict[str, object]], given_rows: list[dict[str, object]], apart: bool
) -> None:
    """Each token that is known stands at the place that `token_of` gives it in the canonical text."""
    vocabulary = Vocabulary(records(*known))
    frame = records(*given_rows)
    stream = vocabulary.stream(frame, apart=apart)
    spelt = [None, *vocabulary.words.categories.to_list()]
    expected = [normalised(tokens).to_list() for tokens in words(pl.Series(rendered(frame), dtype=pl.String))]
    found: list[list[str | None]] = [[None] * len(tokens) for tokens in expected]
    for position in (stream.ids > 0).nonzero()[0]:
        row, place = int(stream.row_of(position)), int(stream.token_of(position))
        found[row][place] = spelt[stream.ids[position]]
    assert found == [[t if t in spelt else None for t in tokens] for tokens in expected]
    assert len(stream.starts) == frame.height + 1


@given(st.text(alphabet="aB1é中' ,.’-", max_size=30), st.data())
def test_span_holds_its_tokens(text: str, data: st.DataObject) -> None:
    tokens = pl.Series([text]).str.extract_all(TOKEN)[0].to_list()
    assume(tokens)
    stop = data.draw(st.integers(1, len(tokens)))
    first = data.draw(st.integers(0, stop - 1))
    span = span_of(text, first, stop)
    assert span in text
    assert pl.Series([span]).str.extract_all(TOKEN)[0].to_list() == tokens[first:stop]
