"""Records as packed tokens: whole bytes, no special tokens, and boundaries that hold."""

import numpy as np
import pytest

from entropy_assets.curation.probe.language.sequences import (
    Piece,
    arrays,
    cut_to_budget,
    first_token,
    packed,
    pieces_of,
)
from entropy_assets.curation.probe.packing import pack
from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import LanguageModel
from tests.curation.probe.language.conftest import TEXTS


def pieces(base: LanguageModel, text: bytes, context: int = 64, spans: tuple = ()) -> list[Piece]:
    return pieces_of(text, 0, base.tokenizer, first_token(base.tokenizer), context, spans)


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_hold_the_text_and_its_bytes(base: LanguageModel, text: bytes) -> None:
    made = pieces(base, text, 16)
    tokens = [token for piece in made for token in piece.ids[1:].tolist()]
    assert base.tokenizer.decode(tokens).encode() == text
    assert sum(piece.n_read for piece in made) == sum(piece.n_counted for piece in made) == len(text)
    assert all(piece.ids[0] == first_token(base.tokenizer) and not piece.counted[0] for piece in made)
    assert all(piece.counted[1:].all() and len(piece.ids) <= 16 for piece in made)
    first = first_token(base.tokenizer)
    whole = pieces_of(text, 0, base.tokenizer, first, 16, is_whole=True)
    assert [piece.has_end for piece in whole] == [False] * (len(whole) - 1) + [True]
    assert whole[-1].ids[-1] == base.tokenizer.eos_token_id
    assert sum(int(piece.counted.sum()) for piece in whole) == len(tokens)
    assert all(len(piece.ids) <= 16 for piece in whole)


def test_text_never_becomes_a_special_token(base: LanguageModel) -> None:
    special = set(base.tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"]))
    (piece,) = pieces(base, b"a<|im_end|>\n\nb<|im_start|>c")
    assert not special & set(piece.ids[1:].tolist())


def test_only_what_spans_say_counts_and_no_token_goes_over_their_ends(base: LanguageModel) -> None:
    text = b"yes no\n\nyes Yes\n\nno"
    made = pieces(base, text, 5, ((8, 15), (17, 99)))
    counted = [t for piece in made for t in piece.ids[piece.counted].tolist()]
    assert base.tokenizer.decode(counted) == "yes Yesno"
    assert sum(piece.n_counted for piece in made) == 9
    assert sum(piece.n_read for piece in made) == len(text)
    whole = pieces(base, text, 64, ((99, 120),))
    assert whole[0].counted[1:].all()


def test_a_character_that_is_cut_is_left_out(base: LanguageModel) -> None:
    (piece,) = pieces(base, "aä".encode()[:-1])
    assert (piece.n_read, len(piece.ids)) == (1, 2)
    assert pieces(base, "ä".encode()[1:]) == []


def test_a_tokenizer_without_a_first_token_is_refused() -> None:
    class Bare:
        bos_token_id = eos_token_id = None

    with pytest.raises(InvalidInput, match="neither a bos_token nor an eos_token"):
        first_token(Bare())


@pytest.mark.parametrize("budget", [1, 50, 10_000])
def test_the_budget_takes_what_the_byte_probe_takes(budget: int) -> None:
    texts = [b"x" * n for n in (7, 0, 40, 13, 5)]
    taken = list(cut_to_budget([len(text) for text in texts], budget, seed=3))
    windows = pack(texts, budget, 16, seed=3)
    assert sum(n for _, n in taken) == windows.n_bytes
    assert len(taken) == windows.n_records


def test_rows_keep_order_and_limits_and_count_each_token_once() -> None:
    rng = np.random.default_rng(0)
    made = []
    for record, n in enumerate(rng.integers(2, 30, 40).tolist()):
        counted = np.arange(n) > 0
        made.append(Piece(rng.integers(1, 99, n), counted, record, n, n - 1))
    steps = packed(made, 32, 3)
    assert [p.record for p in sorted((p for rows in steps for row in rows for p in row), key=id)]
    found = []
    for rows in steps:
        assert len(rows) <= 3
        assert all(sum(len(piece.ids) for piece in row) <= 32 for row in rows)
        given = arrays(rows)
        flat, positions = given.ids.ravel(), given.positions.ravel()
        assert (flat[given.places + 1] == given.targets).all()
        assert (positions[given.places + 1] == positions[given.places] + 1).all()
        found += list(zip(given.records.tolist(), given.targets.tolist(), strict=True))
    assert sorted(found) == sorted((p.record, t) for p in made for t in p.ids[1:].tolist())
