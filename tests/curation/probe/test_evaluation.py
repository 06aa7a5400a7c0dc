import math
import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from entropy_assets.curation.probe import ProbeParams, heldout_bpb, record_losses, train_probe
from entropy_assets.curation.probe.checkpoint import load_checkpoint, save_checkpoint
from entropy_assets.curation.probe.model import SEPARATOR, init_weights, logits
from entropy_assets.errors import InvalidInput, ProbeDiverged, StaleProvenance
from tests.curation.probe.conftest import make_texts


def slow_loss(checkpoint: bytes, text: bytes, params: ProbeParams) -> float:
    """Score one record a window at a time, byte by byte, as the module's docstring says."""
    weights = load_checkpoint(checkpoint, params)
    stream = [SEPARATOR, *text[: params.max_record_bytes]]
    bits = 0.0
    for start in range(0, len(stream) - 1, params.context_bytes):
        window = stream[start : start + params.context_bytes + 1]
        scores = logits(weights, torch.tensor([window[:-1]]), params)[0].log_softmax(-1)
        bits -= sum(float(scores[t, byte]) for t, byte in enumerate(window[1:])) / math.log(2)
    return bits / (len(stream) - 1)


def test_batches_give_what_one_by_one_gives(checkpoint, params):
    texts = [b"x", b"a" * 64, b"b" * 65, *make_texts(40, seed=3), bytes(range(256)) * 3]
    fast = record_losses(checkpoint, texts, params)
    slow = [slow_loss(checkpoint, text, params) for text in texts]
    assert fast.dtype == np.float64
    assert fast == pytest.approx(slow, abs=1e-4)


def test_the_same_list_gives_the_same_bits(checkpoint, params):
    texts = make_texts(40, seed=3)
    assert np.array_equal(record_losses(checkpoint, texts, params), record_losses(checkpoint, texts, params))


def test_the_order_of_records_moves_their_losses_along(checkpoint, params):
    texts = make_texts(40, seed=3)
    backwards = record_losses(checkpoint, texts[::-1], params)
    assert record_losses(checkpoint, texts, params) == pytest.approx(backwards[::-1], abs=1e-4)


def test_only_the_first_bytes_of_a_long_record_are_scored(checkpoint, params):
    short = replace(params, max_record_bytes=100)
    text = make_texts(1, seed=3)[0] * 5
    cut, whole = record_losses(checkpoint, [text], short), record_losses(checkpoint, [text[:100]], params)
    assert cut == pytest.approx(whole)
    assert heldout_bpb(checkpoint, {"long": [text]}, short).n_bytes == {"long": 100}


def test_no_records_have_no_losses(checkpoint, params):
    assert record_losses(checkpoint, [], params).shape == (0,)


def test_an_empty_record_is_refused_by_its_place(checkpoint, params):
    with pytest.raises(InvalidInput, match="text 1 of 3 is empty"):
        record_losses(checkpoint, [b"a", b"", b"b"], params)


def test_a_source_without_records_is_refused(checkpoint, params):
    with pytest.raises(InvalidInput, match="held-out source 'maths' has no record"):
        heldout_bpb(checkpoint, {"maths": []}, params)


def test_sources_that_are_scored_together_have_the_loss_of_each_alone(checkpoint, params):
    sources = {"short": make_texts(5, seed=4), "long": [b"n" * 700], "mixed": make_texts(9, seed=5)}
    together = heldout_bpb(checkpoint, sources, params)
    for source, texts in sources.items():
        alone = heldout_bpb(checkpoint, {source: texts}, params)
        assert together.bpb[source] == pytest.approx(alone.bpb[source], abs=1e-5)
        assert together.n_bytes[source] == alone.n_bytes[source] == sum(map(len, texts))
    assert list(together.bpb) == list(sources)


def test_no_sources_have_no_overall_figure(checkpoint, params):
    assert math.isnan(heldout_bpb(checkpoint, {}, params).overall_bpb)


def test_another_shape_is_refused(checkpoint, params):
    with pytest.raises(StaleProvenance, match="ngram_rows is 512 there and 64 here"):
        record_losses(checkpoint, [b"a"], replace(params, ngram_rows=64))


def test_unusable_weights_are_reported(params):
    weights = init_weights(params, seed=0)
    weights["head"].fill_(float("nan"))
    with pytest.raises(ProbeDiverged, match="the loss of text 0 is nan"):
        record_losses(save_checkpoint(weights, params), [b"abc"], params)


def test_words_in_random_order_cost_more_than_sentences(shared):
    """Real text: what a record loses when its words are shuffled is seen by a small probe."""
    articles = (shared / "data" / "forms" / "wiki_demo.txt").read_bytes().split(b"\n")
    pieces = [
        [article[start : start + 1000] for start in range(0, len(article), 1000)] for article in articles
    ]
    params = ProbeParams(budget_bytes=131_072, device="cpu")
    run, checkpoint = train_probe([piece for parts in pieces[:20] for piece in parts], params, seed=0)
    assert run.loss_bpb < 4.0
    clean = [piece for parts in pieces[20:] for piece in parts[:5]]
    rng = random.Random(0)
    salad = [b" ".join(rng.sample(words, len(words))) for words in (text.split() for text in clean)]
    risen = record_losses(checkpoint, salad, params) - record_losses(checkpoint, clean, params)
    assert len(risen) >= 20
    assert risen.mean() > 0.1
    assert np.mean(risen > 0) > 0.9
