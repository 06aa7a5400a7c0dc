"""Scores of questions and answers: equal to a naive reading, and blind to how the work is cut."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from entropy_assets.curation.llm import LanguageModel, PairScore, score_pairs
from entropy_assets.curation.llm.batches import cut_by_tokens
from entropy_assets.curation.llm.prompt import NO, YES, Prompt
from entropy_assets.errors import InvalidInput, InvalidParameter, ProbeDiverged
from entropy_assets.settings import AnswerSettings

PROMPT = AnswerSettings().prompt
PAIRS = [
    ("What is two plus two?", "Four."),
    ("Name a colour.", "Blue, like the sky at noon, or the sea far from the shore."),
    ("", "Four."),
    ("Sag etwas auf Deutsch.", "Grüße aus 東京 🦙, mit vielen Worten und noch mehr Silben."),
    ("Four.", "What is two plus two?"),
]


def naive(loaded: LanguageModel, question: str, answer: str) -> PairScore:
    """Read one pair token by token: each answer token from the full distribution before it."""
    head, rest = PROMPT.split("{question}")
    middle, tail = rest.split("{answer}")
    tokens = loaded.tokenizer
    before = tokens("<|im_start|>user\n" + head, add_special_tokens=False).input_ids
    before += tokens(question, add_special_tokens=False).input_ids
    before += tokens(middle, add_special_tokens=False).input_ids
    own = tokens(answer, add_special_tokens=False).input_ids
    after = tokens(tail + "<|im_end|>\n<|im_start|>assistant\n", add_special_tokens=False).input_ids
    bits = 0.0
    with torch.inference_mode():
        for place, token in enumerate(own):
            logits = loaded.model(torch.tensor([before + own[:place]])).logits[0, -1]
            bits -= float(logits.log_softmax(0)[token]) / math.log(2)
        shares = loaded.model(torch.tensor([before + own + after])).logits[0, -1].softmax(0)
    firsts = [{tokens(w, add_special_tokens=False).input_ids[0] for w in words} for words in (YES, NO)]
    yes, no = (float(shares[sorted(one - other)].sum()) for one, other in (firsts, firsts[::-1]))
    return PairScore(bits, len(answer.encode()), math.log(yes / no))


def test_scores_are_those_of_a_reading_token_by_token(tiny_model: LanguageModel) -> None:
    found = score_pairs(tiny_model, PAIRS, PROMPT, 600)
    for (question, answer), score in zip(PAIRS, found, strict=True):
        expected = naive(tiny_model, question, answer)
        assert score.loss_bits == pytest.approx(expected.loss_bits, rel=1e-4)
        assert score.yes_logit == pytest.approx(expected.yes_logit, abs=1e-4)
        assert score.loss_bpb == score.loss_bits / len(answer.encode())
        assert score.yes_share == pytest.approx(1 / (1 + math.exp(-expected.yes_logit)), abs=1e-4)
    assert len({score.loss_bits for score in found}) == len(PAIRS)


def test_bfloat16_moves_scores_by_less_than_a_hundredth(tiny_model: LanguageModel) -> None:
    rounded = replace(tiny_model, model=copy.deepcopy(tiny_model.model).bfloat16(), dtype="bfloat16")
    exact, found = (score_pairs(model, PAIRS, PROMPT, 600) for model in (tiny_model, rounded))
    assert [score.loss_bits for score in found] != [score.loss_bits for score in exact]
    for one, other in zip(exact, found, strict=True):
        assert other.loss_bits == pytest.approx(one.loss_bits, rel=1e-2)
        assert other.yes_logit == pytest.approx(one.yes_logit, abs=1e-2)


def test_a_batch_of_one_gives_the_same_bits_for_any_workers_and_order(tiny_model: LanguageModel) -> None:
    alone = [score_pairs(tiny_model, [pair], PROMPT, 600)[0] for pair in PAIRS]
    assert score_pairs(tiny_model, PAIRS, PROMPT, 600, workers=3) == alone
    assert score_pairs(tiny_model, PAIRS[::-1], PROMPT, 600, workers=2) == alone[::-1]


def test_on_a_cpu_each_pair_is_read_alone_unless_asked(tiny_model: LanguageModel) -> None:
    assert score_pairs(tiny_model, PAIRS, PROMPT, 600, batch=0) == score_pairs(tiny_model, PAIRS, PROMPT, 600)


def test_batches_by_tokens_hold_each_place_once_and_no_more_than_fits() -> None:
    sizes = np.random.default_rng(0).integers(1, 200, 300).tolist()
    order = sorted(range(300), key=lambda place: sizes[place])
    made = cut_by_tokens(order, sizes, 1000)
    assert [place for own in made for place in own] == order
    assert all(len(own) * max(sizes[place] for place in own) <= 1000 for own in made)
    assert len(made) < sum(sizes) / 700
    assert cut_by_tokens([0], [5000], 1000) == [[0]]


def test_padding_moves_nothing_but_the_last_decimals(tiny_model: LanguageModel) -> None:
    alone = score_pairs(tiny_model, PAIRS, PROMPT, 600)
    padded = score_pairs(tiny_model, PAIRS, PROMPT, 600, batch=3)
    for one, other in zip(alone, padded, strict=True):
        np.testing.assert_allclose(
            (other.loss_bits, other.yes_logit), (one.loss_bits, one.yes_logit), rtol=1e-4, atol=1e-4
        )


def test_text_that_spells_a_special_token_ends_no_turn(tiny_model: LanguageModel) -> None:
    prompt = Prompt.of(tiny_model.tokenizer, PROMPT, 2048)
    special = set(tiny_model.tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"]))
    asked = prompt.ask(tiny_model.tokenizer, "a<|im_end|>", "b<|im_start|>c")
    around = [*prompt.head, *prompt.middle, *prompt.tail]
    assert sum(i in special for i in asked.ids) == sum(i in special for i in around) > 0
    assert "b<|im_start|>c" in tiny_model.tokenizer.decode(asked.ids)


def test_long_texts_are_cut_at_bytes_and_at_what_the_model_reads(tiny_model: LanguageModel) -> None:
    long = ("ä" * 5000, "ö" * 5000)
    assert score_pairs(tiny_model, [long], PROMPT, 101) == score_pairs(
        tiny_model, [("ä" * 50, "ö" * 50)], PROMPT, 600
    )
    prompt = Prompt.of(tiny_model.tokenizer, PROMPT, 2048)
    assert len(prompt.ask(tiny_model.tokenizer, *long).ids) in (2047, 2048)


def test_no_pairs_are_no_scores(tiny_model: LanguageModel) -> None:
    assert score_pairs(tiny_model, [], PROMPT, 600) == []


@pytest.mark.parametrize("wording", ["{answer} {question}", "{question}", "{question} {answer} {answer}"])
def test_a_wording_without_both_marks_in_order_is_refused(tiny_model: LanguageModel, wording: str) -> None:
    with pytest.raises(InvalidParameter, match=r"answers\.prompt"):
        score_pairs(tiny_model, PAIRS, wording, 600)


def test_a_prompt_that_leaves_no_room_is_refused(tiny_model: LanguageModel) -> None:
    with pytest.raises(InvalidInput, match=r"shorten `answers\.prompt`"):
        Prompt.of(tiny_model.tokenizer, PROMPT, 300)


def test_a_model_that_gives_no_numbers_is_refused(tiny_model: LanguageModel) -> None:
    weights = tiny_model.model.get_output_embeddings().weight
    before = weights.detach().clone()
    try:
        weights.data.fill_(float("nan"))
        with pytest.raises(ProbeDiverged, match="not a number"):
            score_pairs(tiny_model, PAIRS[:1], PROMPT, 600)
    finally:
        weights.data.copy_(before)
