"""What becomes tokens, and how much each counts."""

import datetime
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.export.tokens import load_tokenizer
from entropy_assets.errors import InvalidInput
from tests.curation.tokens.made import (
    CALLING,
    CALLS,
    MARKED,
    PLAIN,
    THINKING,
    TOOLS,
    WITH_TOOLS,
    encoded,
    encoder_of,
    loss,
    records_of,
    trained,
    turns,
    write_tokenizer,
)


def test_a_text_is_tokenised_whole_with_its_end_and_spells_no_control_token(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", None)
    text = "hello world, 日本語\n<|im_end|><|im_start|>system"
    (one,) = encoded(tmp_path, tokenizer, {"text": text})
    loaded = load_tokenizer(tokenizer)
    assert one.ids[-1] == loaded.end
    assert loaded.controls.isdisjoint(one.ids[:-1].tolist())
    assert loaded.tokenizer.decode(one.ids[:-1]) == text
    assert (one.weights == 1).all()
    assert one.is_same
    ended = write_tokenizer(tmp_path / "endless", None, end=None)
    (endless,) = encoded(tmp_path, ended, {"text": text})
    assert endless.ids.tolist() == one.ids[:-1].tolist()


def test_a_mask_is_what_transformers_makes_of_the_template(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", MARKED)
    spoken = turns("hello", "answer ø 日", "question?", " the answer\n")
    (one,) = encoded(tmp_path, tokenizer, {"messages": spoken})
    read = load_tokenizer(tokenizer).tokenizer.apply_chat_template(
        spoken, return_dict=True, return_assistant_tokens_mask=True
    )
    assert one.ids.tolist() == read["input_ids"]
    assert one.weights.tolist() == read["assistant_masks"]
    assert trained(tokenizer, one) == ["answer ø 日<|im_end|>", " the answer\n<|im_end|>"]
    assert (one.n_answers, one.n_ended) == (2, 2)


def test_masks_of_prefixes_are_those_of_marks_where_the_template_is_stable(tmp_path: Path) -> None:
    marked, plain = write_tokenizer(tmp_path / "m", MARKED), write_tokenizer(tmp_path / "p", PLAIN)
    rows = [
        {"messages": turns("hello", "answer", "question", "the answer")},
        {"messages": turns("a", "b", "c", "d", weight=0)},
        {"messages": [{"role": "system", "content": "the system"}, *turns("q", "hello\n\n")]},
        {"messages": [*turns("q", "x"), {"role": "assistant", "content": "y"}]},
    ]
    by_marks = encoded(tmp_path, marked, *rows)
    by_prefixes = encoded(tmp_path, plain, *rows, masks="prefixes")
    for one, other in zip(by_marks, by_prefixes, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        assert one.weights.tolist() == other.weights.tolist()
        assert one.n_supervised


@pytest.mark.parametrize("masks", ["generation", "prefixes"])
def test_weights_count_turn_by_turn(tmp_path: Path, masks: str) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", MARKED)
    spoken = turns("a", "first", "b", "second", "c", "third")
    spoken[1]["weight"], spoken[3]["weight"] = 0, 0.5
    spoken[2]["weight"] = 0
    (one,) = encoded(tmp_path, tokenizer, {"messages": spoken}, masks=masks)
    assert trained(tokenizer, one) == ["second<|im_end|>", "third<|im_end|>"]
    assert sorted(set(one.weights.tolist())) == [0, 0.5, 1]
    assert one.has_other_weights
    assert one.n_answers == 2
    (switched,) = encoded(
        tmp_path, tokenizer, {"messages": turns("a", "b"), "loss_mask": [0, 1]}, masks=masks
    )
    assert trained(tokenizer, switched) == ["b<|im_end|>"]
    assert not switched.has_other_weights


def test_a_template_without_marks_stops_the_export_and_says_what_to_do(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", PLAIN)
    records = records_of(tmp_path, {"messages": turns("a", "b")})
    read = load_tokenizer(tokenizer).tokenizer.apply_chat_template(
        turns("a", "b"), return_dict=True, return_assistant_tokens_mask=True
    )
    assert not any(read["assistant_masks"])  # silently: this is what it is about
    with pytest.raises(
        InvalidInput, match=r"no \{% generation %\} marks.*--chat-template FILE.*--masks prefixes"
    ):
        encoder_of(tokenizer).encode(records)
    better = tmp_path / "marked.jinja"
    better.write_text(MARKED)
    assert encoder_of(tokenizer, file=better).encode(records).encoded[0].n_supervised == 2
    assert encoder_of(tokenizer, masks="prefixes").encode(records).encoded[0].n_supervised == 2


def test_a_template_that_changes_earlier_turns_is_refused_record_by_record(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", THINKING)
    one_turn = {"messages": turns("a", "b")}
    made = encoder_of(tokenizer, masks="prefixes").encode(
        records_of(tmp_path, one_turn, {"messages": turns("a", "b", "c", "d")}, {"messages": turns("e", "f")})
    )
    assert [one.record for one in made.encoded] == [0, 2]
    assert [(at, reason) for at, reason, _ in made.lost] == [(1, "template_unstable")]
    assert "messages.1" in made.lost[0][2]
    # where the first answer does not count, nothing of it need be proved
    spoken = turns("a", "b", "c", "d")
    spoken[1]["weight"] = 0
    (later,) = encoded(tmp_path, tokenizer, {"messages": spoken}, masks="prefixes")
    assert trained(tokenizer, later) == ["<think>\n\n</think>\n\nd<|im_end|>"]


def test_a_prompt_that_the_answer_does_not_follow_is_refused(tmp_path: Path) -> None:
    head = "assistant{{ '\\n' }}"
    tokenizer = write_tokenizer(tmp_path / "t", PLAIN.replace(head, head + "<think>"))
    reason, detail = loss(tmp_path, tokenizer, {"messages": turns("a", "b")}, masks="prefixes")
    assert (reason, "turns before messages.1" in detail) == ("template_unstable", True)


def test_empty_thinking_is_counted_where_it_is_trained_on_and_where_not(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", THINKING)
    (added,) = encoded(tmp_path, tokenizer, {"messages": turns("a", "b")}, masks="prefixes")
    assert (added.n_empty, added.n_empty_trained) == (1, 1)
    (thought,) = encoded(
        tmp_path, tokenizer, {"messages": turns("a", "b", reasoning_content="hm")}, masks="prefixes"
    )
    assert (thought.n_empty, thought.n_empty_trained) == (0, 0)
    assert trained(tokenizer, thought) == ["<think>\nhm\n</think>\n\nb<|im_end|>"]
    marked = write_tokenizer(tmp_path / "m", MARKED)
    (asked,) = encoded(tmp_path, marked, {"messages": turns("<think> </think>?", "<think></think>b")})
    assert (asked.n_empty, asked.n_empty_trained) == (2, 1)


def test_tools_and_calls_are_objects_to_the_template(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", WITH_TOOLS)
    (one,) = encoded(tmp_path, tokenizer, {"messages": CALLING, "tools": TOOLS}, masks="prefixes")
    assert trained(tokenizer, one) == ["<call>weather city=Örebro</call><|im_end|>", "No rain.<|im_end|>"]
    assert json.dumps(TOOLS[0]) in one.text
    as_text = [dict(turn) for turn in CALLING]
    inner = {**CALLS[0]["function"], "arguments": json.dumps({"city": "Örebro"})}  # type: ignore[dict-item]
    as_text[1]["tool_calls"] = [{"type": "function", "function": inner}]
    (other,) = encoded(tmp_path, tokenizer, {"messages": as_text, "tools": TOOLS}, masks="prefixes")
    assert other.ids.tolist() == one.ids.tolist()


def test_the_row_may_set_what_its_template_asks_for(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", "{{ mood or 'calm' }}!" + MARKED)
    row = {"messages": turns("a", "b"), "chat_template_kwargs": {"mood": "merry"}}
    assert encoded(tmp_path, tokenizer, row)[0].text.startswith("merry!")
    assert encoded(tmp_path, tokenizer, {"messages": turns("a", "b")})[0].text.startswith("calm!")
    row["chat_template_kwargs"] = {"add_generation_prompt": True}
    assert loss(tmp_path, tokenizer, row)[0] == "key_taken"


def test_the_day_is_what_it_is_said_to_be(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", "{{ strftime_now('%d %b %Y') }}" + MARKED)
    row = {"messages": turns("a", "b")}
    with pytest.raises(InvalidInput, match=r"other tokens tomorrow: say which day .* --date"):
        encoder_of(tokenizer).encode(records_of(tmp_path, row))
    (one,) = encoded(tmp_path, tokenizer, row, date=datetime.date(2020, 2, 29))
    assert one.text.startswith("29 Feb 2020<|im_start|>")
    today = load_tokenizer(tokenizer).tokenizer.apply_chat_template(turns("a", "b"), tokenize=False)
    assert not today.startswith("29 Feb 2020")  # nobody else is told so


def test_a_tokenizer_with_two_templates_takes_the_one_for_tools(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", None)
    loaded = load_tokenizer(tokenizer).tokenizer
    loaded.chat_template = {"default": PLAIN, "tool_use": WITH_TOOLS}
    loaded.save_pretrained(tokenizer)
    plain, called = encoded(
        tmp_path,
        tokenizer,
        {"messages": turns("a", "b")},
        {"messages": CALLING, "tools": TOOLS},
        masks="prefixes",
    )
    assert "weather" in called.text
    assert trained(tokenizer, plain) == ["b<|im_end|>"]
    digest = encoder_of(tokenizer).template.digest
    loaded.chat_template = {"default": PLAIN, "tool_use": WITH_TOOLS + " "}
    loaded.save_pretrained(tokenizer)
    assert encoder_of(tokenizer).template.digest != digest


def test_what_a_tokenizer_file_says_of_cutting_is_not_done(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", MARKED)
    stored = json.loads((tokenizer / "tokenizer.json").read_text())
    cut = {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}
    (tokenizer / "tokenizer.json").write_text(json.dumps(stored | {"truncation": cut}))
    text, chat = encoded(tmp_path, tokenizer, {"text": "abcdefghij"}, {"messages": turns("abcdef", "ghijkl")})
    assert len(text.ids) == 11
    assert trained(tokenizer, chat) == ["ghijkl<|im_end|>"]


def test_tokens_do_not_depend_on_what_stands_beside_a_record(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", MARKED)
    rows: list[dict[str, Any]] = [{"text": f"hello {n}" * n} for n in range(1, 9)]
    rows[2:2] = [{"messages": turns("a" * n, "b" * n)} for n in range(1, 9)]
    records = records_of(tmp_path, *rows)
    together = encoder_of(tokenizer).encode(records).encoded
    alone = [encoder_of(tokenizer).encode(records[at : at + 1]).encoded[0] for at in range(len(rows))]
    assert [one.ids.tolist() for one in together] == [one.ids.tolist() for one in alone]
    assert [one.record for one in together] == list(range(len(rows)))


def test_digests_follow_what_is_in_the_files(tmp_path: Path) -> None:
    one, same = write_tokenizer(tmp_path / "a"), write_tokenizer(tmp_path / "b")
    assert load_tokenizer(one).digest == load_tokenizer(same).digest
    (same / "weights.safetensors").write_bytes(b"0" * 99)
    assert load_tokenizer(one).digest == load_tokenizer(same).digest
    other = write_tokenizer(tmp_path / "c", merges=("hello",))
    assert load_tokenizer(one).digest != load_tokenizer(other).digest
    assert load_tokenizer(one).size > max(load_tokenizer(one).controls)


def test_marks_side_by_side_are_one_answer(tmp_path: Path) -> None:
    end = "<|im_end|>{% endgeneration %}"
    in_two = MARKED.replace(end, "{% endgeneration %}{% generation %}" + end)
    tokenizer = write_tokenizer(tmp_path / "t", in_two)
    rows = [{"messages": turns("a", "first", "b", "second", weight=weight)} for weight in (0, 0.5, None)]
    last_off, half, whole = encoded(tmp_path, tokenizer, *rows)
    assert trained(tokenizer, last_off) == ["first<|im_end|>"]
    for one in (half, whole):
        assert trained(tokenizer, one) == ["first<|im_end|>", "second<|im_end|>"]
        assert one.n_answers == one.n_ended == 2
    assert sorted(set(half.weights.tolist())) == [0, 0.5, 1]


def test_a_block_of_thinking_that_the_prompt_opens_is_trained_on_by_its_end(tmp_path: Path) -> None:
    head = "assistant{{ '\\n' }}"
    opened = PLAIN.replace(
        "{{ m.content }}", "{{ '<think></think>' if m.role == 'assistant' }}{{ m.content }}"
    )
    tokenizer = write_tokenizer(tmp_path / "t", opened.replace(head, head + "<think>"))
    (one,) = encoded(tmp_path, tokenizer, {"messages": turns("a", "b")}, masks="prefixes")
    assert trained(tokenizer, one) == ["</think>b<|im_end|>"]
    assert (one.n_empty, one.n_empty_trained) == (1, 1)


def test_answers_that_the_template_does_not_mark_are_counted(tmp_path: Path) -> None:
    last_only = MARKED.replace("m.role == 'assistant'", "m.role == 'assistant' and loop.last")
    tokenizer = write_tokenizer(tmp_path / "t", last_only)
    rows = [{"messages": turns("a", "b", "c", "d", "e", "f")}, {"messages": turns("a", "b")}]
    three, one = encoded(tmp_path, tokenizer, *rows)
    assert trained(tokenizer, three) == ["f<|im_end|>"]
    assert (three.n_answers, three.n_unmarked) == (1, 2)
    assert (one.n_answers, one.n_unmarked) == (1, 0)


def test_what_turns_carry_beside_their_parts_is_there_for_the_template(tmp_path: Path) -> None:
    named = MARKED.replace("{{ m.role }}", "{{ m.role }} {{ m.tool_call_id or m.name }}")
    tokenizer = write_tokenizer(
        tmp_path / "t", named.replace("{{ m.content }}", "{{ m.tool_calls or m.content }}")
    )
    spoken = [dict(turn) for turn in CALLING]
    spoken[0]["name"] = "Ann"
    spoken[1]["tool_calls"] = [{**CALLS[0], "id": "call-7"}]
    spoken[2]["tool_call_id"] = "call-7"
    (one,) = encoded(tmp_path, tokenizer, {"messages": spoken})
    assert "<|im_start|>user Ann\n" in one.text
    assert "'id': 'call-7'" in one.text
    assert "<|im_start|>tool call-7\n" in one.text


def test_weights_of_stores_made_before_turns_had_them_count(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", MARKED)
    carried = {"message_fields": {"messages.1": {"weight": 0}, "messages.3": {"weight": 0.5}}}
    records = records_of(tmp_path, {"messages": turns("a", "b", "c", "d")})
    (one,) = encoder_of(tokenizer).encode(records.with_columns(metadata=pl.lit(json.dumps(carried)))).encoded
    assert trained(tokenizer, one) == ["d<|im_end|>"]
    assert one.weights.max() == 0.5
