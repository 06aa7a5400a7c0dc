"""Few-shot prompts: many records share the shots word for word and differ in the last question."""

from collections.abc import Callable

import pytest

from tests.curation.dedup.talks import chat, kept, page, pair, text

TOWNS = ("Lund", "Bern", "Graz", "Pisa", "Brno", "Cork", "Nice", "Oslo", "Kiel", "Vigo", "Bari", "Gent")
LAST = (
    ("Where do the barges wait for the tide?", "At the lower lock."),
    ("Who keeps the key of the old mill?", "The widow Brandt."),
    ("Why did the ferry leave late on Friday?", "A rope had torn."),
)
SHOTS = [
    (f"Which town sent {word} to the {TOWNS[n % 12]} fair?", f"{TOWNS[(5 * n + n // 12) % 12]}.")
    for n, word in enumerate(page(1, 40).replace(".", "").split())
]
FORMS = {
    "q": ("Q: {}\nA: {}", "\n\n"),
    "question": ("Question: {}\nAnswer: {}", "\n\n"),
    "instruction": ("### Instruction:\n{}\n### Response:\n{}", "\n\n"),
    "tags": ("<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n{}<|im_end|>", "\n"),
    "review": ("Review: {}\nVerdict: {}", "\n\n"),
    "bold": ("**Frage:** {}\n**Lösung:** {}", "\n\n"),
    "numbered": ("Example: {}\nLabel: {}", "\n###\n"),
    "arrow": ("{} => {}", "\n"),
    "slashes": ("{} // {}", "\n"),
    "tab": ("{}\t{}", "\n"),
}


def shots(form: str, n: int) -> str:
    one, between = FORMS[form]
    return between.join([*(one.format(*shot) for shot in SHOTS[:n]), ""])


@pytest.mark.parametrize(
    ("form", "n"),
    [*((form, n) for form in ("q", "review") for n in (3, 8, 12, 20, 40)), *((form, 8) for form in FORMS)],
)
def test_shots_in_one_plain_text(form: str, n: int) -> None:
    rows = [text(shots(form, n) + FORMS[form][0].format(*last)) for last in LAST]
    assert kept(rows) == 3
    assert kept(rows[:2]) == 2, "two are enough"
    assert kept(rows[1:], rows[:1]) == 2
    same = [text(shots(form, n) + FORMS[form][0].format(asked, "It is so.")) for asked, _ in LAST]
    assert kept(same) == 3, "nor where the answers are the same"
    assert kept(same[:2]) == 2
    other = [
        text(shots(form, n) + FORMS[form][0].format(LAST[0][0], answer)) for answer in ("Bern.", "Oslo.")
    ]
    assert kept(other) == 2, "nor where the questions are the same"
    assert kept([*rows, text(rows[0]["text"] + "\n")]) == 3, "copies still go"


@pytest.mark.parametrize("n", [3, 20])
@pytest.mark.parametrize(
    "make",
    [
        lambda n, asked, answer: pair(f"{shots('q', n)}Q: {asked}\nA:", answer),
        lambda n, asked, answer: pair(f"{shots('review', n)}Review: {asked}\nVerdict:", answer),
        lambda n, asked, answer: pair(f"{shots('arrow', n)}{asked} =>", answer),
        lambda n, asked, answer: chat(
            *(one for shot in SHOTS[:n] for one in zip(("user", "assistant"), shot, strict=True)),
            ("user", asked),
            ("assistant", answer),
        ),
        lambda n, asked, answer: text(f"{shots('q', n)}Q: {asked}\nA:"),
    ],
    ids=["one turn", "labels", "arrows", "turns", "open"],
)
def test_shots_in_talks(make: Callable[..., dict], n: int) -> None:
    rows = [make(n, asked, "It is so.") for asked, _ in LAST]
    assert kept(rows) == 3
    assert kept(rows[:2]) == 2
    assert kept(rows[:1], rows[1:2]) == 1
    if rows[0]["kind"] == "chat":
        assert kept([make(n, *last) for last in LAST[:2]]) == 2
        assert kept([make(n, LAST[0][0], answer) for answer in ("Bern.", "Oslo.")]) == 2


def test_a_passage_in_the_last_shot() -> None:
    told = [f"Passage: {page(n, 30)}\nQuestion: Is it so?\nAnswer: Yes." for n in range(15)]
    rows = [text("\n\n".join([*told[:12], last])) for last in told[12:]]
    assert kept(rows) == 3
    assert kept(rows[:2]) == 2


def test_a_slip_of_the_pen_in_the_shots_leaves_a_copy() -> None:
    whole = shots("q", 20) + FORMS["q"][0].format(*LAST[0])
    assert kept([text(whole), text(whole.replace("Which town", "What town", 1))]) == 1


@pytest.mark.parametrize("feet", [("Print", "Top of page"), ("Home | About", "Filed under travel")])
def test_mirrors_of_a_page_of_questions_and_answers(feet: tuple[str, str]) -> None:
    body = shots("question", 20).strip()
    assert kept([text(f"{body}\n\n{foot}") for foot in feet]) == 1
    assert kept([text(f"{foot}\n\n{body}") for foot in feet]) == 1
