"""The rest of the mechanisms of the test alone: those that need other rows, and what machines write.

Whoever builds or tunes a detector does not open this module.
"""

import re
import uuid
from collections.abc import Sequence

import numpy as np

from benchmarks.gate_power.mechanisms.contract import TEST, Registry
from entropy_assets.demo.harvest import Row

KEPT_BACK_MORE = Registry(TEST)

_WORD = re.compile(r"\S+")
_HOSTS = ("files.example.org", "cdn.example.net", "data.example.com")
_SCRIPTS = (
    "window.dataLayer = window.dataLayer || []; function gtag(){{dataLayer.push(arguments);}} gtag('config', "
    "'UA-{0}');",
    ".c{0} {{ margin: 0 auto; padding: {1}px; font-family: Arial, sans-serif; }} .c{0}:hover {{ color: "
    "#{0:06x}; }}",
    "$(document).ready(function() {{ $('#box{0}').slideToggle({1}); }});",
)
_SCRIPTS = (
    "window.dataLayer = window.dataLayer || []; function gtag(){{dataLayer.push(arguments);}} gtag('config', "
    "'UA-{0}');",
    ".c{0} {{ margin: 0 auto; padding: {1}px; font-family: Arial, sans-serif; }} .c{0}:hover {{ color: "
    "#{0:06x}; }}",
    "$(document).ready(function() {{ $('#box{0}').slideToggle({1}); }});",
)


@KEPT_BACK_MORE.rows("splices")
def spliced_halves(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with the second half of another one's answer in place of their own."""
    tails = [victim["output"][len(victim["output"]) // 2 :] for victim in victims]
    tails = [tails[int(i)] for i in np.roll(rng.permutation(len(tails)), 1)]
    return [
        {**victim, "output": victim["output"][: len(victim["output"]) // 2] + tail}
        for victim, tail in zip(victims, tails, strict=True)
    ]


@KEPT_BACK_MORE.rows("splices", "words")
def columns_crossed(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims read across two columns: a few words of one text, then of another, in turn."""
    damaged = []
    for victim, other in zip(victims, np.roll(np.arange(len(victims)), 1), strict=True):
        parts = [_WORD.findall(row["output"]) for row in (victim, victims[int(other)])]
        width = int(rng.integers(4, 9))
        lines = [
            " ".join(part[at : at + width])
            for at in range(0, max(map(len, parts)), width)
            for part in parts
            if part[at : at + width]
        ]
        damaged.append({**victim, "output": "\n".join(lines)})
    return damaged


@KEPT_BACK_MORE.rows("splices", "question")
def turns_ran_on(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with questions and answers of others behind their own, as if it went on."""
    others = [row for row in (*intact, *victims) if row["instruction"]]
    damaged = []
    for victim in victims:
        text = victim["output"]
        for _ in range(int(rng.integers(1, 4))):
            other = others[int(rng.integers(len(others)))]
            text += f"\n{other['instruction']}\n{other['output'][:300]}"
        damaged.append({**victim, "output": text})
    return damaged


@KEPT_BACK_MORE.rows("generated", "words")
def chain_text(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with answers drawn from a chain of word pairs: fluent by threes, about nothing."""
    after: dict[tuple[str, str], list[str]] = {}
    starts = []
    for row in (*intact, *victims):
        words = _WORD.findall(row["output"])
        starts += [(words[0], words[1])] if len(words) > 2 else []
        for first, second, third in zip(words, words[1:], words[2:], strict=False):
            after.setdefault((first, second), []).append(third)
    damaged = []
    for victim in victims:
        made = list(starts[int(rng.integers(len(starts)))]) if starts else ["and", "so"]
        while len(made) < max(12, len(_WORD.findall(victim["output"]))):
            choices = after.get((made[-2], made[-1]))
            made += (
                [choices[int(rng.integers(len(choices)))]]
                if choices
                else starts[int(rng.integers(len(starts)))]
                if starts
                else ["and"]
            )
        damaged.append({**victim, "output": " ".join(made)})
    return damaged


@KEPT_BACK_MORE.text("machine output")
def log_lines(text: str, rng: np.random.Generator) -> str:
    """Return a text with lines of a program's log between its own."""
    lines, minute = [], int(rng.integers(60))
    for i, part in enumerate(re.split(r"(?<=[.!?\u3002]) |\n", text)):
        if i % 2 == 0:
            level = ("INFO", "WARNING", "DEBUG")[int(rng.integers(3))]
            at = f"12:{minute:02d}:{i % 60:02d},{int(rng.integers(999)):03d}"
            did = f"worker-{int(rng.integers(8))} batch {int(rng.integers(9000))} done"
            lines.append(f"2023-05-1{i % 9} {at} {level} {did}")
        lines.append(part)
    return "\n".join(lines)


@KEPT_BACK_MORE.text("machine output")
def service_errors(text: str, rng: np.random.Generator) -> str:
    """Return what a service said when it had no answer."""
    number, host = int(rng.integers(10**8)), _HOSTS[int(rng.integers(3))]
    forms = (
        f'{{"error": {{"code": 429, "message": "Rate limit, wait {number % 60}s", "id": {number}}}}}',
        f"502 Bad Gateway\nnginx/1.{number % 25}.0\nrequest {number:x}",
        f'Traceback (most recent call last):\n  File "run_{number % 40}.py", line {number % 900}, in main\n'
        f"    reply['choices'][0]\nKeyError: 'choices'",
        f"requests.exceptions.ConnectionError: {host}:{number % 9000}: Max retries exceeded",
        f"CUDA out of memory. Tried to allocate {number % 900}.00 MiB (GPU {number % 8})",
    )
    return forms[int(rng.integers(len(forms)))]


@KEPT_BACK_MORE.text("machine output")
def wrong_column(text: str, rng: np.random.Generator) -> str:
    """Return an address, a path or a key from the column beside the answer's."""
    key = uuid.UUID(bytes=rng.bytes(16))
    address = f"https://{_HOSTS[int(rng.integers(3))]}/{key}.html"
    forms = (address, f"data/part-{key.hex[:5]}/{key.hex[6:]}.txt", str(key), key.hex)
    return forms[int(rng.integers(len(forms)))]


@KEPT_BACK_MORE.text("machine output")
def control_marks(text: str, rng: np.random.Generator) -> str:
    """Return a text with the control marks of a chat template in and around it."""
    form = (("<|im_start|>", "<|im_end|>"), ("[INST]", "[/INST]"), ("<s>", "</s>"), ("<bos>", "<eos>"))[
        int(rng.integers(4))
    ]
    half = text.rfind(" ", 0, len(text) // 2 + 1) + 1
    return f"{form[0]}{text[:half]}{form[1] if rng.random() < 0.4 else ''}{text[half:]}{form[1]}"


@KEPT_BACK_MORE.text("machine output", "words")
def scripts_left(text: str, rng: np.random.Generator) -> str:
    """Return a text with the scripts and styles of its page between its words."""
    words = text.split(" ")
    for _ in range(int(rng.integers(1, 4))):
        script = _SCRIPTS[int(rng.integers(3))].format(int(rng.integers(10**5)), int(rng.integers(40)))
        words.insert(int(rng.integers(len(words) + 1)), script)
    return " ".join(words)


@KEPT_BACK_MORE.rows("echoes", "question")
def question_echoed(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with the question once more for an answer, sometimes with a word before it."""
    return [
        {**victim, "output": ("", "Question: ", "Q. ")[int(rng.integers(3))] + victim["instruction"]}
        for victim in victims
    ]
