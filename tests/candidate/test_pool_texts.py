"""The texts of a pool in a file are those that lists would hold."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.pool import TRAIN, Pool, assemble
from entropy_assets.records import SCHEMA, content_id, text_column
from entropy_assets.settings import PoolSettings
from entropy_assets.texts import StoredTexts, utf8


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def records(n: int) -> pl.DataFrame:
    """Return texts, conversations and preferences of two sources."""
    rows = []
    for number in range(n):
        said = f"question {number} " + "word " * (number % 7)
        forms = [
            {"kind": "text", "text": said},
            {"kind": "chat", "messages": [turn("user", said), turn("assistant", f"answer {number}")]},
            {
                "kind": "preference",
                "prompt": [turn("user", said)],
                "chosen": [turn("assistant", "yes")],
                "rejected": [turn("assistant", "no")],
            },
        ]
        form = forms[number % 3]
        language = ["de", "English", None][number % 3]
        rows.append(
            {**form, "id": content_id(form), "source": f"s{number % 2}", "language": language, "drop": "d"}
        )
    return pl.DataFrame(rows, schema=SCHEMA)


@pytest.mark.parametrize("split", [None, TRAIN])
def test_they_are_those_of_the_frame(tmp_path: Path, split: str | None) -> None:
    frame = records(60)
    whole = assemble(frame, PoolSettings(validation_share=0.2))
    pool = Pool(
        lambda columns: (
            own if columns is None else own.select(columns) for own in (frame[:25], frame[25:26], frame[26:])
        ),
        whole.split,
        tmp_path,
    )
    plain = Texts.of(whole.records if split is None else whole.part(split))
    found = texts_of(pool, split)
    assert isinstance(found.texts, StoredTexts)
    assert list(tmp_path.iterdir()) == []
    few = [5, 1, 1]
    for one, other in (
        (found, plain),
        (found.take(few), plain.take(few)),
        (found.windows(9), plain.windows(9)),
    ):
        assert (one.ids, list(one.texts), one.strata) == (other.ids, list(other.texts), other.strata)
        assert one.sizes.tolist() == other.sizes.tolist()
        assert np.array_equal(one.starts, other.starts) if other.starts is not None else one.starts is None
    assert list(found.answers_in(7)) == list(plain.answers_in(7))
    assert [text for own in found.exchanges_in(7) for text in own] == [
        text for own in plain.exchanges_in(50) for text in own
    ]
    assert texts_of(pool, split) is found


def test_a_pool_that_has_grown_writes_what_is_new_alone(tmp_path: Path) -> None:
    frame = records(60)
    known = assemble(frame[:40], PoolSettings(validation_share=0.2))
    whole = assemble(frame, PoolSettings(validation_share=0.2))
    read: list[int] = []

    def added(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        read.append(20)
        yield frame[40:] if columns is None else frame[40:].select(columns)

    grown = Pool(whole.records, whole.split, tmp_path, (known, added))
    for split, with_rejected in ((None, False), (TRAIN, False), (TRAIN, True)):
        one, other = (texts_of(pool, split, with_rejected=with_rejected) for pool in (grown, whole))
        assert (one.ids, list(one.texts), one.strata) == (other.ids, list(other.texts), other.strata)
        assert one.starts is not None
        assert np.array_equal(one.starts, other.starts)
    assert read == [20, 20], "once with rejected answers, once without"
    assert list(texts_of(known).texts) == utf8(text_column(known.records))


def test_rejected_answers_are_part_of_the_texts_where_asked_for() -> None:
    whole = assemble(records(30), PoolSettings())
    expected = utf8(text_column(whole.part(TRAIN), with_rejected=True))
    assert list(texts_of(whole, TRAIN, with_rejected=True).texts) == expected
    assert list(texts_of(whole, TRAIN).texts) != expected


def test_places_of_a_drop_are_those_of_its_records() -> None:
    frame = records(60).with_columns(drop=pl.Series([f"drop-{number % 3}" for number in range(60)]))
    pool = assemble(frame, PoolSettings(validation_share=0.2))
    train = pool.part(TRAIN, ["drop"])
    found = places_by_drop(pool, texts_of(pool, TRAIN).ids)
    assert list(found) == ["drop-0", "drop-1", "drop-2"]
    for drop, places in found.items():
        assert places.tolist() == train.with_row_index().filter(pl.col("drop") == drop)["index"].to_list()
    assert places_by_drop(pool, []) == {}
