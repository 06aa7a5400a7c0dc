"""Whatever is said: what counts are the answers with a weight, to the token, and nothing is lost or moved."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.export.tokens import Encoder
from entropy_assets.records import SCHEMA, content_id
from tests.curation.tokens.made import MARKED, PLAIN, encoder_of, trained, write_tokenizer

SAID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
WEIGHTS = st.sampled_from([None, 0.0, 0.5, 1.0])


@st.composite
def conversations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return a few questions with answers, perhaps behind a system prompt; answers may have weights."""
    made = [{"role": "system", "content": draw(SAID)}] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 4))):
        made.append({"role": "user", "content": draw(SAID)})
        made.append({"role": "assistant", "content": draw(SAID), "weight": draw(WEIGHTS)})
    return made


def frame_of(kind: str, field: str, values: list[Any]) -> pl.DataFrame:
    rows = [{"kind": kind, field: value, "source": "s"} for value in values]
    return pl.DataFrame([row | {"id": content_id(row)} for row in rows], SCHEMA)


@pytest.fixture(scope="module")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Encoder]]:
    folder = tmp_path_factory.mktemp("tokenizers")
    marked = write_tokenizer(folder / "marked", MARKED)
    plain = write_tokenizer(folder / "plain", PLAIN)
    return marked, {"generation": encoder_of(marked), "prefixes": encoder_of(plain, masks="prefixes")}


@given(chats=st.lists(conversations(), min_size=1, max_size=4))
def test_answers_count_by_their_weights_and_nothing_else(
    encoders: tuple[Path, dict[str, Encoder]], chats: list[list[dict[str, Any]]]
) -> None:
    tokenizer, by_masks = encoders
    records = frame_of("chat", "messages", chats)
    made = {masks: encoder.encode(records) for masks, encoder in by_masks.items()}
    assert made["generation"].lost == made["prefixes"].lost
    for one, other in zip(made["generation"].encoded, made["prefixes"].encoded, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        assert one.weights.tolist() == other.weights.tolist()
        answers = [turn for turn in chats[one.record] if turn["role"] == "assistant" and turn["weight"] != 0]
        assert trained(tokenizer, one) == [f"{turn['content']}<|im_end|>" for turn in answers]
        runs = one.weights[np.flatnonzero(np.diff(one.weights, prepend=0) > 0)]
        assert runs.tolist() == [1 if turn["weight"] is None else turn["weight"] for turn in answers]
        assert one.is_same
        assert one.n_answers == one.n_ended == len(answers)
    without = [at for at, turns in enumerate(chats) if not any(turn.get("weight", 0) != 0 for turn in turns)]
    assert [(at, reason) for at, reason, _ in made["prefixes"].lost] == [
        (at, "nothing_trained") for at in without
    ]


@given(texts=st.lists(SAID, min_size=1, max_size=5))
def test_texts_come_back_from_their_tokens(
    encoders: tuple[Path, dict[str, Encoder]], texts: list[str]
) -> None:
    encoder = encoders[1]["generation"]
    made = encoder.encode(frame_of("text", "text", texts))
    assert made.lost == []
    for one in made.encoded:
        assert one.ids[-1] == encoder.loaded.end
        assert encoder.loaded.tokenizer.decode(one.ids[:-1]) == texts[one.record]
        assert one.n_supervised == len(one.ids)
