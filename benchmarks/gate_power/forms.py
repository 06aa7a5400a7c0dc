"""Sound rows in another form: Markdown, system prompts, conversations, corrections; and as delivered.

What belongs here: changes of form that do no harm, and the layouts that rows are delivered in. What does
not: damage (`mechanisms`).
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from entropy_assets.demo.harvest import Row
from entropy_assets.storage import SUCCESS_MARKER

SYSTEM_PROMPTS = (
    "You are a helpful assistant who answers briefly and exactly.",
    "Answer as an experienced engineer would. If something is unknown, say so.",
    "You explain things to students. Use simple words, and give an example where it helps.",
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"(])")
_SHORT = {
    "can't": "cannot",
    "won't": "will not",
    "n't": " not",
    "'re": " are",
    "'ve": " have",
    "'ll": " will",
    "I'm": "I am",
    "it's": "it is",
    "that's": "that is",
}
_SHORTENED = re.compile(r"\b(?:can't|won't|I'm|it's|that's)\b|(?<=[a-z])(?:n't|'re|'ve|'ll)\b")
_TWICE = re.compile(r"\b(the|a|an|of|to|and|in|is|that|for) \1\b")


def in_markdown(text: str) -> str:
    """Return a text in Markdown: sentences as a list under a heading, first words bold, code as code.

    >>> print(in_markdown("It reads a file. It returns rows."))
    ## Answer
    <BLANKLINE>
    * **It reads** a file.
    * **It returns** rows.
    """
    if "\n    " in text or text.startswith(("def ", "class ", "#include", "import ")):
        return f"## Answer\n\n```\n{text}\n```"
    parts = [part for line in text.split("\n") for part in _SENTENCE.split(line) if part.strip()]
    marked = [re.sub(r"\b(\w+_\w+|\w+\(\))", r"`\1`", part.strip()) for part in parts]
    bold = [re.sub(r"^(\w+ \w+)", r"**\1**", part) for part in marked]
    return "## Answer\n\n" + ("\n".join(f"* {part}" for part in bold) if len(bold) > 1 else "".join(bold))


def in_other_form(row: Row, number: int) -> Row:
    r"""Return a row whose answer ends with its result, is thought aloud, numbered, or asked for alone.

    >>> in_other_form({"instruction": "3 + 4?", "output": "3 and 4 are 7."}, 0)["output"]
    '3 and 4 are 7.\n#### 7'
    """
    text = row["output"].rstrip()
    last = [part for part in _SENTENCE.split(text.split("\n")[-1]) if part][-1:] or [text]
    numbers = re.findall(r"\d[\d,.]*\d|\d", last[0])
    result = numbers[-1] if numbers else last[0]
    form = number % 4
    if form == 0:
        return {**row, "output": f"{text}\n#### {result}"}
    if form == 1:
        return {**row, "output": f"<think>\n{text}\n</think>\n\n{result}"}
    if form == 2:
        lines = [line for line in text.split("\n") if line.strip()]
        return {**row, "output": "\n".join(f"Step {n}: {line}" for n, line in enumerate(lines, 1))}
    return {**row, "instruction": f"{row['instruction']}\nGive the result alone.", "output": result}


def with_system(rows: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return rows with one system prompt for all of them."""
    prompt = SYSTEM_PROMPTS[int(rng.integers(len(SYSTEM_PROMPTS)))]
    return [{**row, "system": prompt} for row in rows]


def with_turns(rows: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return conversations of two to four rows; each has the id of its last one."""
    told, left = [], list(rows)
    while len(left) > 1:
        step = int(rng.integers(2, 5))
        part, left = left[:step], left[step:]
        earlier = [[row["instruction"], row["output"]] for row in part[:-1]]
        told.append({**part[-1], "turns": json.dumps(earlier)})
    return told


def corrected_text(text: str) -> str:
    """Return a text as an editor leaves it: spacing, short forms, words said twice, a missing full stop.

    >>> corrected_text("It  was the the end , they say .It isn't now")
    'It was the end, they say. It is not now.'
    """
    lines = text.rstrip().split("\n")
    mended = []
    for line in lines:
        indent = re.match(r"[ \t]*", line)[0]  # type: ignore[index]
        body = re.sub(r"[ \t\u00a0]+", " ", line[len(indent) :]).rstrip()
        body = _SHORTENED.sub(lambda found: _SHORT[found[0]], body)
        body = re.sub(r"^(\d+)\) ", r"\1. ", body)
        body = re.sub(r" ([,.;:?!])(?=\s|$|[A-Z])", r"\1", body)
        body = re.sub(r"(?<=[a-z])([.;,])(?=[A-Z])", r"\1 ", body)
        mended.append(indent + _TWICE.sub(r"\1", body))
    said = re.sub(r"\n{3,}", "\n\n", "\n".join(mended))
    return f"{said}." if re.search(r"[a-z]{3}$", said) and " " in said else said


def delivered(row: Row) -> dict[str, Any]:
    """Return a row in the layout that it is delivered in: text, pair, conversation, or Alpaca's."""
    named = {"id": row["id"], "source": row["source"]}
    asked = f"{row['instruction']}\n{row['input']}" if row["input"] else row["instruction"]
    if "rejected" in row:
        return named | {"prompt": asked, "chosen": row["output"], "rejected": row["rejected"]}
    if not row["instruction"]:
        return named | {"text": row["output"]}
    if "system" not in row and "turns" not in row:
        return dict(row)
    messages = [{"role": "system", "content": row["system"]}] if "system" in row else []
    for question, answer in [*json.loads(row.get("turns", "[]")), [asked, row["output"]]]:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return named | {"messages": messages}


def write(rows: Sequence[Row], folder: Path, files: dict[str, str] | None = None, name: str = "rows") -> None:
    """Write rows as a drop of one file, with other files beside it, and the marker that it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(delivered(row), ensure_ascii=False) + "\n" for row in rows)
    (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    for other, text in (files or {}).items():
        (folder / other).write_text(text, encoding="utf-8")
    (folder / SUCCESS_MARKER).touch()
