"""Further rows in the shape of published sets: APIs, files by reference, several answers, other names."""

import json
from typing import Any

Q, A, B, S = "Name a bird of the fen.", "A wren lives there.", "A cow lives there.", "Be brief."
THOUGHT = "Birds sing. A wren is one."
ASKED, SAID = {"role": "user", "content": Q}, {"role": "assistant", "content": A}
OTHER = {**SAID, "content": B}

FURTHER: dict[str, tuple[dict[str, Any], str]] = {
    "gpt-oss fine-tuning (harmony)": (
        {
            "messages": [
                ASKED,
                {"role": "assistant", "channel": "analysis", "content": THOUGHT},
                {**SAID, "channel": "final"},
            ]
        },
        "chat",
    ),
    "OpenAI Responses": (
        {
            "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": Q}]}],
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": THOUGHT}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": A}]},
            ],
        },
        "chat",
    ),
    "OpenAI preference tuning": (
        {"input": {"messages": [ASKED]}, "preferred_output": [SAID], "non_preferred_output": [OTHER]},
        "preference",
    ),
    "Gemini tuning": (
        {
            "systemInstruction": {"role": "system", "parts": [{"text": S}]},
            "contents": [{"role": "user", "parts": [{"text": Q}]}, {"role": "model", "parts": [{"text": A}]}],
        },
        "chat",
    ),
    "Bedrock tuning": (
        {
            "system": [{"text": S}],
            "messages": [
                {"role": "user", "content": [{"text": Q}]},
                {"role": "assistant", "content": [{"text": A}]},
            ],
        },
        "chat",
    ),
    "Cohere tuning": (
        {"messages": [{"role": "User", "content": Q}, {"role": "Chatbot", "content": A}]},
        "chat",
    ),
    "OLMo tool use (Dolci)": (
        {
            "messages": [
                {"role": "system", "content": S, "functions": '[{"name": "look"}]'},
                ASKED,
                {"role": "assistant", "content": None, "function_calls": 'look(word="wren")'},
                {"role": "environment", "content": "wren"},
                SAID,
            ]
        },
        "chat",
    ),
    "NeMo SFT": (
        {
            "system": S,
            "mask": "User",
            "conversations": [{"from": "User", "value": Q}, {"from": "Assistant", "value": A}],
        },
        "chat",
    ),
    "VQA": ({"question_id": 1, "image_id": 139, "question": Q, "answer": A}, "chat"),
    "DocVQA": ({"question": Q, "answer": A, "pdf": "a.pdf", "page": 3}, "chat"),
    "NeMo speech manifest": ({"audio_filepath": "a.wav", "duration": 1.5, "text": "a wren"}, "text"),
    "Common Voice": ({"path": "a.mp3", "sentence": "A wren sings.", "locale": "en"}, "no_known_layout"),
    "s1K": (
        {"question": Q, "solution": "It is a wren.", "attempt": A, "thinking_trajectories": [THOUGHT]},
        "no_known_layout",
    ),
    "s1K 1.1": (
        {
            "question": Q,
            "solution": "42",
            "gemini_attempt": B,
            "gemini_thinking_trajectory": THOUGHT,
            "deepseek_attempt": A,
            "deepseek_thinking_trajectory": THOUGHT,
        },
        "no_known_layout",
    ),
    "KodCode": (
        {"question": Q, "solution": A, "r1_solution": B, "test": "assert f(1) == 1"},
        "no_known_layout",
    ),
    "DeepMath": (
        {"question": Q, "final_answer": "7", "r1_solution_1": A, "r1_solution_2": B, "r1_solution_3": A},
        "no_known_layout",
    ),
    "APPS": ({"question": Q, "solutions": json.dumps([A, B]), "input_output": "{}"}, "no_known_layout"),
    "Step-DPO": (
        {
            "prompt": Q,
            "initial_reason_steps": "First we look at the fen.",
            "chosen": A,
            "rejected": B,
            "full_chosen": f"{A} So 1.",
            "full_rejected": f"{B} So 0.",
        },
        "no_known_layout",
    ),
    "HelpSteer3": (
        {"context": [ASKED], "response1": A, "response2": B, "overall_preference": -2},
        "no_known_layout",
    ),
    "Nectar": (
        {
            "prompt": f"\n\nHuman: {Q}\n\nAssistant: ",
            "answers": [{"answer": A, "rank": 1}, {"answer": B, "rank": 2}],
        },
        "no_known_layout",
    ),
    "WebGPT comparisons": (
        {"question": {"full_text": Q}, "answer_0": A, "answer_1": B, "score_0": 0.5, "score_1": -0.5},
        "no_known_layout",
    ),
    "UltraFeedback": (
        {"instruction": Q, "completions": [{"response": A, "overall_score": 4}, {"response": B}]},
        "no_known_layout",
    ),
    "UltraInteract": (
        {"trajectory": [{"from": "user", "value": Q}], "chosen": A, "rejected": B},
        "no_known_layout",
    ),
    "CoT Collection": ({"source": Q, "target": A, "rationale": THOUGHT}, "no_known_layout"),
    "OpenThoughts 2": (
        {"problem": Q, "deepseek_reasoning": THOUGHT, "deepseek_solution": A},
        "no_known_layout",
    ),
    "MOSS": ({"chat": {"turn_1": {"Human": Q, "MOSS": A}}, "num_turns": 1}, "no_known_layout"),
    "The Cauldron": ({"images": ["a.png"], "texts": [{"user": Q, "assistant": A}]}, "no_known_layout"),
    "OPUS": ({"translation": {"en": "A wren.", "de": "Ein Zaunkönig."}}, "no_known_layout"),
    "tokenized sets": ({"input_ids": [1, 2], "labels": [-100, 2]}, "no_known_layout"),
    "rows of a datasets server": ({"row_idx": 0, "row": {"instruction": Q, "output": A}}, "no_known_layout"),
    "OpenAI batch output": (
        {"custom_id": "r", "response": {"body": {"choices": [{"message": SAID}]}}},
        "no_known_layout",
    ),
    "pandas, by columns": (
        {"prompt": {"0": Q, "1": "b"}, "completion": {"0": A, "1": "c"}},
        "not_a_string",
    ),
}
"""Data set -> a row in its shape, and what becomes of it: the kind of the record, or the reason."""
