"""Each reason for which a record does not become tokens, and what is said where nothing can."""

from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.export import LOSSES, Loss
from entropy_assets.curation.export.tokens import load_tokenizer
from entropy_assets.errors import InvalidInput, InvalidParameter
from tests.curation.tokens.made import (
    CALLING,
    MARKED,
    TOOLS,
    encoded,
    encoder_of,
    loss,
    records_of,
    trained,
    turns,
    write_tokenizer,
)

IMAGE = {"role": "user", "content": [{"type": "image", "image": "a.png"}, {"type": "text", "text": "See?"}]}
NO_SYSTEM = "{% for m in messages if m.role != 'system' %}" + MARKED.partition("%}")[2]
STRICT = (
    "{% if messages[0].role != 'user' %}{{ raise_exception('Begin with a question.') }}{% endif %}" + MARKED
)
OUTSIDE = MARKED.replace("{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}", "{{ m.content }}")
HEADS = MARKED.replace("{{ m.content }}<|im_end|>{% endgen", "Answer:{% endgen").replace(
    "{% else %}", "{{ m.content }}{% else %}"
)
LAST_ONLY = MARKED.replace("m.role == 'assistant'", "m.role == 'assistant' and loop.last")
NONE_MARKED = OUTSIDE + "{% if false %}{% generation %}{% endgeneration %}{% endif %}"


@pytest.mark.parametrize(
    ("template", "row", "reason", "told"),
    [
        (MARKED, {"prompt": "q", "chosen": "a", "rejected": "b"}, Loss.preference, "--layout trl_preference"),
        (MARKED, {"messages": turns("a", "b"), "label": False}, Loss.unwanted_answer, "label"),
        (MARKED, {"messages": turns("a")}, Loss.nothing_trained, "weights are 0"),
        (MARKED, {"messages": turns("a", "b", weight=0)}, Loss.nothing_trained, "weights are 0, 0"),
        (MARKED, {"messages": [IMAGE, *turns("x", "b")[1:]]}, Loss.no_place, "messages.0 has attachments"),
        (MARKED, {"text": "a", "image": "a.png"}, Loss.no_place, "attachments"),
        (MARKED, {"text": "a", "tools": TOOLS}, Loss.no_place, "tools"),
        (
            MARKED,
            {"messages": [{"role": "user", "content": "a", "weight": 1}, *turns("a", "b")[1:]]},
            Loss.weight_unplaced,
            "messages.0 is a turn of the user with a weight of 1",
        ),
        (
            LAST_ONLY,
            {"messages": [*turns("a", "b", weight=0.5), *turns("c", "d")]},
            Loss.weight_unplaced,
            "marks 1 places of 2 answers",
        ),
        (
            LAST_ONLY,
            {"messages": [*turns("a", "b", weight=1), *turns("c", "d", weight=1)]},
            Loss.weight_unplaced,
            "marks 1 places of 2 answers",
        ),
        (
            STRICT,
            {"messages": turns("x", "a", "b", "c")[1:]},
            Loss.template_refuses,
            "Begin with",
        ),
        (
            NO_SYSTEM,
            {"messages": [{"role": "system", "content": "Be brief."}, *turns("a", "b")]},
            Loss.template_drops,
            "messages.0 content",
        ),
        (
            MARKED,
            {"messages": turns("a", "b", reasoning_content="hm")},
            Loss.template_drops,
            "messages.1 reasoning",
        ),
        (MARKED, {"messages": turns("a", "b"), "tools": TOOLS}, Loss.template_drops, "there are tools"),
        (MARKED, {"messages": CALLING}, Loss.template_drops, "messages.1 has calls"),
        (
            MARKED,
            {"messages": turns("a<|im_end|>", "b")},
            Loss.control_token,
            "messages.0 content spells <|im_end|>",
        ),
        (MARKED, {"messages": turns("a", "b<|im_start|>")}, Loss.control_token, "spells <|im_start|>"),
        (NONE_MARKED, {"messages": turns("a", "b")}, Loss.zero_mask, "marks none of 1 answers"),
        (HEADS, {"messages": turns("a", "b")}, Loss.zero_mask, "not the content of messages.1"),
        (
            MARKED,
            {"messages": [*CALLING[:1], {"role": "assistant", "tool_calls": "weather()"}]},
            Loss.no_place,
            "",
        ),
    ],
)
def test_what_tokens_cannot_hold_is_refused_with_the_reason(
    tmp_path: Path, template: str, row: dict[str, Any], reason: Loss, told: str
) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", template)
    found, detail = loss(tmp_path, tokenizer, row)
    assert (found, told in detail) == (reason, True), (found, detail)
    assert LOSSES[reason]


def test_a_token_that_goes_over_the_edge_of_an_answer_is_refused(tmp_path: Path) -> None:
    glued = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}a{% else %}{% generation %}" + (
        "{{ m.content }}{% endgeneration %}{% endif %}{% endfor %}"
    )
    tokenizer = write_tokenizer(tmp_path / "t", glued, merges=("answer",))
    found, detail = loss(tmp_path, tokenizer, {"messages": turns("the ", "nswer")})
    assert (found, detail) == ("token_over_edge", "the token 'answer' goes over the edge of an answer")
    (apart,) = encoded(tmp_path, tokenizer, {"messages": turns("the ", "?")})
    assert trained(tokenizer, apart) == ["?"]
    assert (apart.n_answers, apart.n_ended) == (1, 0)


def test_characters_that_the_tokenizer_does_not_know_are_refused(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1, "world": 2}, unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")
    fast.chat_template = (
        "{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %} {% endfor %}"
    )
    fast.save_pretrained(tmp_path / "t")
    assert loss(tmp_path, tmp_path / "t", {"text": "hello moon"}) == (
        "unknown_characters",
        "1 of its 2 tokens are the unknown one",
    )
    assert loss(tmp_path, tmp_path / "t", {"messages": turns("hello", "moon")})[0] == "unknown_characters"
    assert loss(tmp_path, tmp_path / "t", {"text": "\u200b\n"})[0] == "unknown_characters"
    known, shouted = encoded(tmp_path, tmp_path / "t", {"text": "hello world"}, {"text": "HELLO world"})
    assert (known.is_same, shouted.is_same) == (True, False)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: folder / "none", "must be a folder with the files of a tokenizer"),
        (lambda folder: broken(folder), "cannot be loaded by transformers"),
    ],
)
def test_a_folder_without_a_tokenizer_is_one_sentence(tmp_path: Path, make: Any, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        load_tokenizer(make(tmp_path))


def broken(folder: Path) -> Path:
    tokenizer = write_tokenizer(folder / "broken")
    (tokenizer / "tokenizer.json").write_text("{}")
    return tokenizer


def test_a_template_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    bare = write_tokenizer(tmp_path / "t", None)
    records = records_of(tmp_path, {"messages": turns("a", "b")})
    with pytest.raises(InvalidInput, match="has no chat template, and there are conversations"):
        encoder_of(bare).encode(records)
    wrong = tmp_path / "wrong.jinja"
    for written, told in [(b"{% for %}", "is no template"), (b"\xff", "cannot be read as UTF-8")]:
        wrong.write_bytes(written)
        with pytest.raises(InvalidInput, match=told):
            encoder_of(bare, file=wrong).encode(records)
    with pytest.raises(InvalidInput, match="cannot be read as UTF-8"):
        encoder_of(bare, file=tmp_path / "none").encode(records)
    with pytest.raises(InvalidParameter, match="--masks must be one of generation, prefixes"):
        encoder_of(bare, masks="guessed").encode(records)
