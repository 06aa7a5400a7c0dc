"""Fine-tuning: the losses of a naive loop, the same bits again, and after a kill."""

import copy
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from entropy_assets.curation.probe.language import (
    LanguageProbeParams,
    LanguageTask,
    answer_losses,
    ending_losses,
    fine_tune,
    language_losses,
    losses_under,
    tuning,
)
from entropy_assets.curation.probe.language.model import check_packing, load_for_training
from entropy_assets.curation.probe.language.sequences import cut_to_budget
from entropy_assets.curation.probe.training import schedule
from entropy_assets.errors import InvalidInput, InvalidParameter, ProbeDiverged
from entropy_assets.language_models import LanguageModel
from tests.curation.probe.language.conftest import TEXTS


def naive_nats(base: LanguageModel, text: bytes, *, with_end: bool = False) -> torch.Tensor:
    """Return the loss of each token of one text, read alone."""
    tokens = base.tokenizer(text.decode(), add_special_tokens=False, split_special_tokens=True).input_ids
    end = base.tokenizer.eos_token_id
    ids = torch.tensor([[end, *tokens, *([end] if with_end else [])]])
    logits = base.model(ids).logits[0, :-1]
    return torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none")


def test_packed_losses_are_those_of_records_read_alone(
    base: LanguageModel, params: LanguageProbeParams
) -> None:
    wide = replace(params, context_tokens=512)
    with torch.inference_mode():
        expected = [float(naive_nats(base, t).sum()) / math.log(2) / len(t) for t in TEXTS]
    np.testing.assert_allclose(losses_under(base, TEXTS, wide), expected, rtol=1e-5)
    np.testing.assert_array_equal(losses_under(base, TEXTS, wide, workers=3), losses_under(base, TEXTS, wide))
    np.testing.assert_allclose(language_losses(TEXTS, wide), expected, rtol=2e-2)  # bfloat16, perhaps


def test_one_pass_is_that_of_a_naive_loop(base: LanguageModel, params: LanguageProbeParams) -> None:
    texts = [text for text in TEXTS if text.isascii() and len(text) < 62]
    task = LanguageTask(texts, params, seed=5)
    run, tuned = fine_tune(task, base)
    order = [texts[i][:n] for i, n in cut_to_budget([len(t) for t in texts], params.budget_bytes, 5)]
    model = copy.deepcopy(base.model)
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95), weight_decay=0)
    loop, bits = replace(base, model=model), 0.0
    steps = [[piece.record for row in rows for piece in row] for rows in steps_of(task, base)]
    for number, records in enumerate(steps):
        for group in optimizer.param_groups:
            group["lr"] = params.rate * schedule(number, len(steps), params.warmup_share)
        read = dict(zip([i for i, _ in taken(texts, params)], order, strict=True))
        whole = [read[record] in texts for record in records]
        parts = [naive_nats(loop, read[r], with_end=end) for r, end in zip(records, whole, strict=True)]
        nats = torch.cat([part[:-1] if end else part for part, end in zip(parts, whole, strict=True)])
        bits += float(nats.detach().sum()) / math.log(2)
        torch.cat(parts).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    assert len(steps) > 4
    assert run.loss_bpb == pytest.approx(bits / sum(map(len, order)), rel=1e-4)
    assert run.n_bytes == sum(map(len, order)) == 900
    for own, other in zip(tuned.model.parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-2, atol=1e-4)


def taken(texts: list[bytes], params: LanguageProbeParams) -> list[tuple[int, int]]:
    return list(cut_to_budget([len(t) for t in texts], params.budget_bytes, 5))


def steps_of(task: LanguageTask, base: LanguageModel) -> list:
    return tuning.packed(tuning._pieces(task, base), task.params.context_tokens, task.params.n_rows)


def test_the_same_seed_gives_the_same_bits_and_the_base_stays(
    base: LanguageModel, params: LanguageProbeParams
) -> None:
    before = losses_under(base, TEXTS, params)
    exam = {"own": TEXTS[:3], "other": TEXTS[-2:]}
    task = LanguageTask(TEXTS, params, seed=1, heldout=exam, sets={"set": TEXTS[:1]})
    run, tuned = fine_tune(task, base)
    assert fine_tune(task, base)[0] == run
    assert fine_tune(replace(task, seed=2), base)[0].loss_bpb != run.loss_bpb
    np.testing.assert_array_equal(losses_under(base, TEXTS, params), before)
    after = losses_under(tuned, TEXTS, params)
    assert after.mean() < before.mean() - 0.5
    sizes = np.array([len(text) for text in TEXTS[:3]])
    assert run.heldout_bpb["own"] == pytest.approx(float((after[:3] * sizes).sum() / sizes.sum()), rel=1e-4)
    assert run.exam_bpb == {"set": pytest.approx(after[0], rel=1e-4)}
    assert run.loss_curve[-1][0] == run.n_bytes


def test_a_tuned_model_knows_where_records_end(base: LanguageModel, params: LanguageProbeParams) -> None:
    texts = TEXTS[4:]
    cut = [text[: len(text) // 2] for text in texts]
    _, tuned = fine_tune(LanguageTask(texts * 3, replace(params, budget_bytes=3000), seed=1), base)
    before, whole, halved = (
        ending_losses(*asked, params) for asked in ((base, texts), (tuned, texts), (tuned, cut))
    )
    assert whole.max() < halved.min()
    assert whole.mean() < before.mean()
    with torch.inference_mode():
        nats = [float(naive_nats(tuned, text, with_end=True)[-1]) for text in texts[:3]]
    np.testing.assert_allclose(whole[:3], np.array(nats) / math.log(2), rtol=1e-4)


def test_an_answer_is_read_behind_its_question_and_alone(
    base: LanguageModel, params: LanguageProbeParams
) -> None:
    texts, wide = [*TEXTS[4:8], b"nobody answers"], replace(params, context_tokens=256)
    spans = [[(text.index(b"\n\n") + 2, len(text))] for text in texts[:4]] + [[]]
    found = answer_losses(base, texts, spans, wide)
    answers = [text[own[0][0] :] for text, own in zip(texts[:4], spans[:4], strict=True)]
    np.testing.assert_allclose(found[:4, 0], losses_under(base, texts[:4], wide, spans[:4]), rtol=1e-5)
    np.testing.assert_allclose(found[:4, 1], losses_under(base, answers, wide), rtol=1e-5)
    assert np.isnan(found[4]).all()
    assert (found[:4, 0] != found[:4, 1]).all()


def test_less_memory_gives_the_same_run(base: LanguageModel, params: LanguageProbeParams) -> None:
    task = LanguageTask(TEXTS, params, seed=1)
    sparing = replace(task, params=replace(params, gradient_checkpointing=True))
    assert fine_tune(sparing, base)[0] == fine_tune(task, base)[0]


def test_a_run_that_is_killed_goes_on_to_the_same_result(
    base: LanguageModel, params: LanguageProbeParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = fine_tune(LanguageTask(TEXTS, params, seed=1), base)
    task = LanguageTask(TEXTS, params, seed=1, state=tmp_path / "states" / "one")
    done: list[int] = []

    def stop_at(step: int, *rest: float) -> float:
        done.append(step)
        if len(done) == 4:
            raise KeyboardInterrupt
        return schedule(step, *rest)

    monkeypatch.setattr(tuning, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(tuning, "schedule", stop_at)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(task, base)
    other, _ = fine_tune(replace(task, seed=2), base)  # finds no state of its own
    assert done[4:6] == [0, 1]
    assert other.loss_bpb != whole.loss_bpb
    done.clear()
    with pytest.raises(KeyboardInterrupt):
        fine_tune(task, base)
    done[:] = [-1] * 9
    assert fine_tune(task, base)[0] == whole
    assert done[9] == 3
    assert list(task.state.parent.iterdir()) == []


def test_loss_on_answers_alone_counts_their_bytes_and_trains_on_nothing_else(
    base: LanguageModel, params: LanguageProbeParams
) -> None:
    texts = TEXTS[4:]
    spans = [[(text.index(b"\n\n") + 2, len(text))] for text in texts]
    answers = replace(params, loss="answers")
    run, tuned = fine_tune(LanguageTask(texts, answers, seed=1, spans=spans), base)
    everything, all_tuned = fine_tune(LanguageTask(texts, params, seed=1, spans=spans), base)
    assert run.n_bytes == everything.n_bytes == params.budget_bytes
    assert run.loss_bpb != everything.loss_bpb
    on_answers = [float(losses_under(one, texts, params, spans).mean()) for one in (tuned, all_tuned)]
    on_all = [float(losses_under(one, texts, params).mean()) for one in (tuned, all_tuned)]
    assert on_answers[0] < on_answers[1]
    assert on_all[0] > on_all[1]


def test_lora_trains_adapters_alone(base: LanguageModel, params: LanguageProbeParams) -> None:
    pytest.importorskip("peft")
    task = LanguageTask(TEXTS, replace(params, lora_rank=4), seed=1)
    run, tuned = fine_tune(task, base)
    assert fine_tune(task, base)[0] == run
    sparing = replace(task, params=replace(task.params, gradient_checkpointing=True))
    assert fine_tune(sparing, base)[0].loss_bpb == pytest.approx(run.loss_bpb, abs=1e-4)
    weights = dict(tuned.model.named_parameters())
    assert {name for name, weight in weights.items() if weight.requires_grad} == {
        name for name in weights if "lora_" in name
    }
    assert losses_under(tuned, TEXTS, params).mean() < losses_under(base, TEXTS, params).mean()


def test_missing_packages_are_named_with_the_command(
    params: LanguageProbeParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entropy_assets import language_models

    monkeypatch.setattr(language_models, "find_spec", lambda name: None)
    with pytest.raises(InvalidParameter, match=r"`probe\.lora_rank` needs peft: install .*assets\[llm\]"):
        load_for_training(replace(params, lora_rank=4))
    with pytest.raises(InvalidParameter, match=r"`probe\.model` needs transformers, .*assets\[llm\]"):
        load_for_training(params)


@pytest.mark.parametrize("kind", ["GPT2", "Mamba"])
def test_a_model_whose_records_see_each_other_is_refused_and_dropout_is_off(
    base: LanguageModel, params: LanguageProbeParams, kind: str
) -> None:
    import transformers

    shape = {"n_embd": 16, "n_layer": 2, "n_head": 2} if kind == "GPT2" else {"hidden_size": 16}
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(base.tokenizer), num_hidden_layers=2, state_size=4, **shape
    )
    model = getattr(transformers, f"{kind}LMHeadModel" if kind == "GPT2" else f"{kind}ForCausalLM")(config)
    loaded = replace(base, model=model.eval())
    if kind == "Mamba":
        with pytest.raises(InvalidInput, match=r"\(MambaForCausalLM\) lets records of one row see"):
            check_packing(loaded)
    else:
        check_packing(loaded)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {"context_tokens": 8, "loss": "some"},
            "context_tokens must be .* got 8; loss must be one of",
        ),
        (
            {"learning_rate": math.nan, "lora_rank": -1},
            "lora_rank must be .*; learning_rate must be",
        ),
        ({"warmup_share": 2.0, "device": "tpu"}, "warmup_share must be .*; device must be one of auto"),
    ],
)
def test_wrong_settings_are_named_at_once(params: LanguageProbeParams, wrong: dict, told: str) -> None:
    with pytest.raises(InvalidParameter, match=told):
        replace(params, **wrong)


def test_what_cannot_be_trained_is_refused(base: LanguageModel, params: LanguageProbeParams) -> None:
    with pytest.raises(InvalidInput, match="at least one text with a character"):
        fine_tune(LanguageTask([b"", b"\xff"], params, seed=1), base)
    with pytest.raises(InvalidParameter, match="seed must be"):
        fine_tune(LanguageTask(TEXTS, params, seed=-1), base)
    with pytest.raises(ProbeDiverged, match="lower learning_rate"):
        fine_tune(LanguageTask(TEXTS * 9, replace(params, learning_rate=1e30), seed=1), base)
    with pytest.raises(InvalidInput, match="is empty"):
        losses_under(base, [b""], params)


@pytest.mark.gpu
def test_cuda_gives_the_same_losses(base: LanguageModel, params: LanguageProbeParams) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device; its twin is the naive loop")
    on_cpu, _ = fine_tune(LanguageTask(TEXTS, params, seed=1), base)
    cuda = replace(params, device="cuda")
    exact = replace(load_for_training(cuda), dtype="float32")
    assert fine_tune(LanguageTask(TEXTS, cuda, seed=1), exact)[0].loss_bpb == pytest.approx(
        on_cpu.loss_bpb, abs=1e-3
    )
    rounded, _ = fine_tune(LanguageTask(TEXTS, cuda, seed=1))
    assert rounded.loss_bpb == pytest.approx(on_cpu.loss_bpb, abs=0.05)
