"""Rows in the shape of published data sets, with words of our own: each is read, or refused with the reason.

The table of `docs/ingest.md` says the same, row by row.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.ingest import REASONS, read_file
from tests.curation.published_further import FURTHER

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ingest.md").read_text(encoding="utf-8")

Q, A, B, S = "Name a bird.", "A wren.", "A cow.", "Be brief."
MESSAGES = [{"role": "user", "content": Q}, {"role": "assistant", "content": A}]
HUMAN = [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]
OTHER = [MESSAGES[0], {"role": "assistant", "content": B}]
TALK = [{**turn, "toxic": False, "country": None, "turn_identifier": 1} for turn in MESSAGES]
CALL = '{"name": "look", "arguments": {"word": "wren"}}'
TOOLS = '[{"name": "look", "parameters": {"type": "object"}}]'
ACTS = [
    {"from": "human", "value": Q},
    {"from": "function_call", "value": CALL},
    {"from": "observation", "value": "wren"},
    {"from": "gpt", "value": A},
]
PICTURED = [
    {"role": "user", "content": [{"type": "text", "text": Q}, {"index": 0, "type": "image"}]},
    {"role": "assistant", "content": [{"index": None, "type": "text", "text": A}]},
]
PAGE_OF = {"id": "p1", "url": "https://a.example/1", "text": "A page about kilns."}

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "Alpaca": ({"instruction": Q, "input": "", "output": A, "text": f"Below.\n{Q}\n{A}"}, "chat"),
    "Dolly 15k": ({"instruction": Q, "context": "Of two.", "response": A, "category": "qa"}, "chat"),
    "Code Alpaca": ({"prompt": Q, "completion": A}, "chat"),
    "Evol-Instruct code": ({"instruction": Q, "output": A}, "chat"),
    "WizardLM Evol-Instruct": ({"idx": "a1", "conversations": HUMAN}, "chat"),
    "ShareGPT": ({"id": "a_0", "conversations": HUMAN}, "chat"),
    "OpenHermes 2.5": (
        {"conversations": HUMAN, "source": "x", "custom_instruction": None, "views": None, "hash": 1},
        "chat",
    ),
    "SlimOrca": ({"conversations": [{**turn, "weight": n} for n, turn in enumerate(HUMAN)]}, "chat"),
    "OpenOrca": ({"id": "t.1", "system_prompt": S, "question": Q, "response": A}, "chat"),
    "LIMA": ({"conversations": [Q, A], "source": "x"}, "chat"),
    "UltraChat 200k": ({"prompt": Q, "prompt_id": "a", "messages": MESSAGES}, "chat"),
    "No Robots": ({"prompt": Q, "prompt_id": "a", "messages": MESSAGES, "category": "QA"}, "chat"),
    "Tulu 3 SFT mixture": ({"id": "a", "messages": MESSAGES, "source": "x"}, "chat"),
    "SmolTalk": ({"messages": MESSAGES, "source": "x"}, "chat"),
    "Magpie": (
        {
            "uuid": "a-1",
            "model": "m/x",
            "gen_input_configs": {"temperature": 1, "seed": None, "extract_input": "<|x|>user\n\nAsk now."},
            "instruction": Q,
            "response": A,
            "conversations": HUMAN,
            "task_category": "Information seeking",
            "other_task_category": ["Advice seeking"],
            "task_category_generator": "m/x",
            "difficulty": "very easy",
            "intent": "The user wants to have a bird named.",
            "knowledge": "To solve this, the model needs to know birds.",
            "difficulty_generator": "m/x",
            "input_quality": "good",
            "quality_explanation": "The question is clear, and asks for one thing.",
            "quality_generator": "m/x",
            "llama_guard_2": "safe",
            "reward_model": "m/y",
            "instruct_reward": -1.5,
            "min_neighbor_distance": 0.3,
            "repeat_count": 1,
            "min_similar_uuid": "a-1",
            "instruction_length": 12,
            "response_length": 7,
            "language": "EN",
        },
        "chat",
    ),
    "WildChat": ({"conversation": TALK, "model": "m", "turn": 1, "language": "English"}, "chat"),
    "LMSYS-Chat 1M": (
        {
            "conversation_id": "a",
            "conversation": MESSAGES,
            "turn": 1,
            "language": "English",
            "redacted": True,
        },
        "chat",
    ),
    "GSM8K": ({"question": Q, "answer": A}, "chat"),
    "MetaMathQA": ({"query": Q, "response": A, "type": "x", "original_question": Q}, "chat"),
    "NuminaMath-CoT": ({"source": "x", "problem": Q, "solution": A, "messages": MESSAGES}, "chat"),
    "OpenR1-Math": (
        {"problem": Q, "solution": A, "answer": "1", "generations": [A], "messages": MESSAGES},
        "chat",
    ),
    "NuminaMath 1.5": (
        {
            "problem": Q,
            "solution": f"Birds are many. {A} So 7.",
            "answer": "7",
            "problem_type": "Number Theory",
            "question_type": "math-word-problem",
            "problem_is_valid": "Yes",
            "source": "x",
            "synthetic": False,
        },
        "chat",
    ),
    "LIMO": ({"question": Q, "solution": f"Birds are many. {A} So 7.", "answer": "7"}, "chat"),
    "MATH": ({"problem": Q, "level": "Level 5", "type": "Algebra", "solution": A}, "chat"),
    "Big-Math": (
        {"problem": Q, "answer": "7", "source": "x", "domain": ["Maths -> Sets"], "llama8b_solve_rate": 0.5},
        "chat",
    ),
    "Magicoder OSS-Instruct": (
        {"lang": "python", "raw_index": 1, "seed": "def f(x):\n    return x", "problem": Q, "solution": A},
        "chat",
    ),
    "CodeFeedback": ({"query": Q, "answer": A, "resource": "evol", "lang": "python"}, "chat"),
    "OpenCodeReasoning": (
        {
            "id": "a",
            "input": Q,
            "output": f"<think>So.</think> {A} print(1)",
            "source": "x",
            "license": "cc-by-4.0",
            "split": "train",
            "difficulty": "EASY",
            "solution": "print(1)",
        },
        "chat",
    ),
    "Nemotron post-training": (
        {
            "input": MESSAGES[:1],
            "output": A,
            "category": "math",
            "license": "CC BY 4.0",
            "reasoning": "on",
            "generator": "m",
            "used_in_training": "yes",
            "system_prompt": S,
        },
        "chat",
    ),
    "SmolTalk2": (
        {
            "messages": MESSAGES,
            "chat_template_kwargs": {
                "custom_instructions": S,
                "enable_thinking": False,
                "python_tools": [],
                "xml_tools": ['{"name": "look"}'],
            },
            "source": "x",
        },
        "chat",
    ),
    "OpenThoughts": (
        {
            "system": S,
            "conversations": [{"from": "user", "value": Q}, {"from": "assistant", "value": f"<think>{A}"}],
        },
        "chat",
    ),
    "HelpSteer2": ({"prompt": Q, "response": A, "helpfulness": 4, "verbosity": 2}, "chat"),
    "SQL create context": ({"question": Q, "context": "CREATE TABLE birds (name)", "answer": A}, "chat"),
    "OpenAI fine-tuning": (
        {
            "messages": [
                MESSAGES[0],
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look"}}],
                },
                {"role": "tool", "tool_call_id": "c", "content": "wren"},
                {**MESSAGES[1], "weight": 0},
            ],
            "tools": [{"type": "function", "function": {"name": "look"}}],
        },
        "chat",
    ),
    "OpenAI fine-tuning, functions": (
        {
            "messages": [MESSAGES[0], {"role": "assistant", "function_call": {"name": "look"}}],
            "functions": [{"name": "look"}],
        },
        "chat",
    ),
    "Glaive function calling (LLaMA-Factory)": ({"conversations": ACTS, "tools": TOOLS}, "chat"),
    "Hermes function calling": ({"id": "a", "conversations": ACTS, "tools": TOOLS, "category": "x"}, "chat"),
    "ToolACE": (
        {
            "system": S,
            "conversations": [{"from": "user", "value": Q}, {"from": "assistant", "value": "[look(word)]"}],
        },
        "chat",
    ),
    "APIGen-MT": ({"conversations": ACTS, "tools": TOOLS, "system": S}, "chat"),
    "LLaVA-Instruct": (
        {
            "id": "a",
            "image": "coco/1.jpg",
            "conversations": [{**HUMAN[0], "value": f"<image>\n{Q}"}, HUMAN[1]],
        },
        "chat",
    ),
    "KTO mix": ({"prompt": MESSAGES[:1], "completion": MESSAGES[1:], "label": True}, "chat"),
    "HH-RLHF": (
        {"chosen": f"\n\nHuman: {Q}\n\nAssistant: {A}", "rejected": f"\n\nHuman: {Q}\n\nAssistant: {B}"},
        "preference",
    ),
    "UltraFeedback, binarized": (
        {"prompt": Q, "prompt_id": "a", "chosen": MESSAGES, "rejected": OTHER, "messages": MESSAGES},
        "preference",
    ),
    "Orca DPO pairs": ({"system": S, "question": Q, "chosen": A, "rejected": B}, "preference"),
    "Truthy DPO": (
        {"id": "a", "source": "x", "system": S, "prompt": Q, "chosen": A, "rejected": B},
        "preference",
    ),
    "FineWeb": ({**PAGE_OF, "dump": "x", "language": "en", "token_count": 5}, "text"),
    "C4": (
        {"text": PAGE_OF["text"], "timestamp": "2019-04-25T12:57:54Z", "url": "https://a.example"},
        "text",
    ),
    "Dolma": ({"id": "1", "text": PAGE_OF["text"], "added": "2024", "metadata": {"url": "u"}}, "text"),
    "RedPajama": ({"text": PAGE_OF["text"], "meta": {"url": "u"}, "red_pajama_subset": "x"}, "text"),
    "Wikipedia": ({**PAGE_OF, "title": "Kiln"}, "text"),
    "OpenAssistant Guanaco": ({"text": f"### Human: {Q}### Assistant: {A}"}, "text"),
    "OpenAssistant trees": (
        {"message_id": "a", "parent_id": None, "text": Q, "role": "prompter", "lang": "en"},
        "text",
    ),
    "OpenAssistant trees, as exported": (
        {
            "message_tree_id": "a",
            "tree_state": "ready_for_export",
            "prompt": {"text": Q, "role": "prompter", "replies": [{"text": A, "role": "assistant"}]},
        },
        "no_known_layout",
    ),
    "SQuAD": (
        {
            "id": "a",
            "title": "t",
            "context": "c",
            "question": Q,
            "answers": {"text": [A], "answer_start": [0]},
        },
        "no_known_layout",
    ),
    "ChatQA": ({"messages": MESSAGES, "document": "A long page about birds of the fen."}, "no_known_layout"),
    "CommonsenseQA": (
        {"question": Q, "choices": {"label": ["A", "B"], "text": [A, B]}, "answerKey": "A", "answer": "A"},
        "no_known_layout",
    ),
    "FLAN": ({"inputs": Q, "targets": A, "task": "x"}, "chat"),
    "Aya": ({"inputs": Q, "targets": A, "language": "English"}, "chat"),
    "CNN/DailyMail": ({"article": "A page on birds.", "highlights": A, "id": "a"}, "no_known_layout"),
    "Feedback Collection": (
        {
            "instruction": f"{Q} Judge the answer.",
            "output": A,
            "orig_instruction": "Name a bird of the fen, please.",
            "orig_criteria": "Does it name a bird that sings?",
        },
        "no_known_layout",
    ),
    "Cosmopedia": (
        {
            "prompt": "Write a page on kilns.",
            "text": PAGE_OF["text"],
            "format": "blogpost",
            "audience": "young",
        },
        "ambiguous_layout",
    ),
    "xLAM function calling": (
        {"id": 1, "query": Q, "answers": f"[{CALL}]", "tools": TOOLS},
        "no_known_layout",
    ),
    "Capybara": ({"source": "x", "conversation": [{"input": Q, "output": A}]}, "no_known_layout"),
    "PKU-SafeRLHF": (
        {"prompt": Q, "response_0": A, "response_1": B, "better_response_id": 0},
        "no_known_layout",
    ),
    "SHP": ({"history": Q, "human_ref_A": A, "human_ref_B": B, "labels": 1}, "no_known_layout"),
    "OpenMathInstruct": (
        {"question": Q, "generated_solution": A, "expected_answer": "1"},
        "no_known_layout",
    ),
    "The Stack": ({"content": "def f(): ...", "lang": "Python", "size": 12}, "no_known_layout"),
    "LLaVA-Instruct mix (TRL)": (
        {"messages": PICTURED, "images": [{"bytes": "\x89PNG", "path": None}]},
        "attachment_by_value",
    ),
    **FURTHER,
}
"""Data set -> a row in its shape, and what becomes of it: the kind of the record, or the reason."""


def table() -> list[list[str]]:
    """Return the rows of the page's table of published sets."""
    section = PAGE.split("### Published sets\n", 1)[1].split("\n**", 1)[0]
    lines = [line for line in section.split("\n") if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_shape_is_read_or_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    row, what = PUBLISHED[name]
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    found = read_file(path, drop="d")
    assert [*found.records["kind"], *found.quarantined["reason"]] == [what], found.quarantined["detail"]
    for record in found.records.rows(named=True):
        kept = {key for key, said in json.loads(record["metadata"] or "{}").items() if said != "on"}
        assert not kept & {"context", "tools", "functions", "image", "images", "system", "reasoning"}
        assert "weight" not in str(record["metadata"])


def test_the_table_of_the_page_says_what_becomes_of_each() -> None:
    told = {name: what for name, _, what, *_ in table()}
    assert len(told) == len(table()) >= 40
    assert told == {name: f"`{what}`" if what in REASONS else what for name, (_, what) in PUBLISHED.items()}


def test_the_table_names_the_keys_of_each_shape() -> None:
    for name, keys, *_ in table():
        assert all(key in PUBLISHED[name][0] for key in keys.replace("`", "").split(", ")), name
