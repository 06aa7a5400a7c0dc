r"""Signs, endings and identifiers that are what an answer says: with another one both records stay."""

import pytest

from tests.curation.dedup.talks import chat, kept, page, pair, preference, text

SHORT = [
    *[("touch ./out/a", "touch /out/a"), ("ls ~/notes", "ls /notes"), ("rm -r ./ x", "rm -r / x")],
    *[("cd src; ls", "cd src & ls"), ("echo '$PATH'", 'echo "$PATH"'), ("echo `uname`", "echo uname")],
    *[("#Port 22", "Port 22"), ("key: 'off'", "key: off"), ("top:\n  - one", "top:\n  one")],
    *[("row[:k]", "row[k:]"), ("grid[i][j]", "grid[i, j]"), ("&mut v", "mut v"), ("x.map!", "x.map")],
    *[("n = 'm'", "n = m"), (r"a\.c", "a.c"), (".bar", "#bar"), (".cfg", "cfg"), ("**so**", "*so*")],
    *[("(p-q)*r", "p-q*r"), ("(c, d]", "[c, d)"), ("((()))", "(()())"), ("~a | b", "a | b")],
    *[("C#", "C"), ("E♭", "E"), ("N[C@H](C)O", "N[C@@H](C)O"), ("Qd4!", "Qd4?"), ("...d5", "d5")],
    *[(r"$e^{ix}$", r"$e^{-ix}$"), (r"It is $-\cos t$.", r"It is $\cos t$."), ("g'(t)", "g(t)")],
    *[("It is |z|.", "It is z."), ("So k! ways.", "So k ways."), ("It took (30).", "It took 30.")],
    *[
        ("She left?", "She left."),
        ("Come eat, Bob", "Come eat Bob"),
        ("a dog-eating ant", "a dog eating ant"),
    ],
]
LONG = [
    *[(r"It is $A e^{-kt}$ there", r"It is $A e^{kt}$ there"), ("so |x| holds", "so x holds")],
    *[("run `rm -r ./var` then", "run `rm -r /var` then"), ("it is (a+b)*c then", "it is a+b*c then")],
    *[("so ~p & q holds", "so p & q holds"), ("the set [a, b] is", "the set {a, b} is")],
    *[
        ("take a -x flag", "take a x flag"),
        ("a path a\\b is", "a path a/b is"),
        ("use @all in", "use all in"),
    ],
]
EQUAL = [
    *[("It is “so”.", 'It is "so".'), ("It’s so", "It's so"), ("It is so.", "It is so"), ("a…", "a...")],
    *[("from a – b", "from a — b"), ("so it\u00a0is", "so it is"), ("so it\nis told", "so it is told")],
]


@pytest.mark.parametrize("answers", SHORT)
def test_short_texts_of_the_same_words(answers: tuple[str, str]) -> None:
    first, second = (pair("Which of them is the one to be told?", answer) for answer in answers)
    assert kept([first, second]) == 2
    asked = [pair(f"Say what it is that this does or is: {answer}", "So it is.") for answer in answers]
    middle = [
        chat(
            ("user", "Tell me what it is now."), ("assistant", answer), ("user", "So?"), ("assistant", "Yes.")
        )
        for answer in answers
    ]
    assert kept([*asked, *middle]) == 4
    chosen = [preference("What is it now, tell me?", answer, "No, never.") for answer in answers]
    assert kept(chosen) == 2


@pytest.mark.parametrize("places", LONG)
def test_signs_in_long_texts(places: tuple[str, str]) -> None:
    first, second = (f"{page(1, 60)} {place} {page(2, 40)}" for place in places)
    assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2
    assert kept([text(first), text(second)]) == 2
    assert kept([pair("Tell me.", first), pair("Tell me.", second.replace("bal", "ball", 1))]) == 2


@pytest.mark.parametrize("places", EQUAL)
def test_typography_is_no_content(places: tuple[str, str]) -> None:
    assert kept([pair("Which of them is the one?", place) for place in places]) == 1
    assert kept([pair("Tell me.", f"{page(1, 60)} {place} {page(2, 40)}") for place in places]) == 1


def test_commas_and_stops_of_long_texts() -> None:
    first = page(1, 80)
    assert kept([pair("Tell me.", first), pair("Tell me.", first.replace(". ", ", ", 2) + "!")]) == 1
    assert kept([text(first), text(first.replace(". ", "; ", 1))]) == 1


@pytest.mark.parametrize(
    "sides", [("echo '$B'", 'echo "$B"'), ("told ", "told"), ("It is |z|.", "It is z."), ("a  \nb", "a\nb")]
)
def test_swapped_sides(sides: tuple[str, str]) -> None:
    rows = [preference("Which one do you prefer of them?", *sides), preference(
        "Which one do you prefer of them?", *sides[::-1])]  # fmt: skip
    assert kept(rows) == kept(rows[:1], rows[1:]) + 1 == 2


ENDINGS = [
    *[("The answer is C.", "The answer is A."), ("\n\n**Answer: C**", "\n\n**Answer: B**"), ("(C)", "(A)")],
    *[(r"So it is \boxed{a}.", r"So it is \boxed{b}."), ("\nFinal answer: barn", "\nFinal answer: hotel")],
    *[("Answer: A", "Answer: D"), ("\nYes.", "\nNo."), ("So the final answer is the old brown barn.",
                                                       "So the final answer is the old brown hotel.")],
]  # fmt: skip


@pytest.mark.parametrize("ends", ENDINGS)
def test_another_ending(ends: tuple[str, str]) -> None:
    asked = "Which way do they go?\nA) bridge\nB) tunnel\nC) ferry\nD) bus"
    assert kept([pair(asked, f"{page(1, 90)}. {end}") for end in ends]) == 2
    sides = [preference(asked, f"{page(1, 90)}. {end}", "I am not able to say.") for end in ends]
    assert kept(sides) == 2
    same = [pair(asked, f"{page(1, 90)}. {ends[0]}"), pair(asked, f"{page(1, 90)}.\n{ends[0]} ")]
    assert kept([same[0], pair(asked, f"{page(1, 90).replace('bal', 'ball', 1)}. {ends[0]}")]) == 1
    assert kept(same) == 1
    assert kept([same[0], pair(asked, f"{page(1, 90)}.")]) == 1, "what was cut"


def test_what_stands_behind_a_thought() -> None:
    thought = f"<think>{page(1, 90)}</think>\n"
    assert kept([pair("Which?", thought + answer) for answer in ("C", "B")]) == 2
    long = "It was the old brown barn near the river that burned last night, as all of us saw."
    answers = [long, long.replace("barn", "mill").replace("river", "road"), long.replace("near", "by")]
    assert kept([pair("Which?", thought + answer) for answer in answers[:2]]) == 2
    assert (
        kept([pair("Which?", thought + long), pair("Which?", thought.replace("bal", "ball", 1) + long)]) == 1
    )


IDENTIFIERS = [
    *[
        ("ten micrograms", "ten milligrams"),
        (r"$\frac{a}{b}$", r"$\frac{b}{a}$"),
        (r"$x \le y$", r"$y \le x$"),
    ],
    *[("it failed to start", "it started"), ("she agreed to sign", "she refused to sign")],
    *[("fue aprobado", "fue rechazado"), ("sales increased", "sales dropped")],
    *[("vitamin B", "vitamin D"), ("hepatitis A", "hepatitis C"), ("a grade of B", "a grade of D")],
    *[("at e391e987fbbd3", "at e391e987fbbd4"), ("in #ff00aa", "in #ff00ab"), ("10.0.0.5", "10.0.0.6")],
    *[
        ("https://b.example/a/17", "https://b.example/b/17"),
        ("to anna.k@hut.example", "to anne.k@hut.example"),
    ],
    *[("aged 18-25", "aged 18-35")],
]


@pytest.mark.parametrize("words", IDENTIFIERS)
def test_identifiers_units_and_opposites(words: tuple[str, str]) -> None:
    first, second = (f"{page(1, 100)} It was told that {word} then. {page(2, 100)}" for word in words)
    assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2
    assert kept([text(first), text(second)]) == 2
    slip = first.replace("bal", "ball", 1)
    assert kept([pair("Tell me.", first), pair("Tell me.", slip)]) == 1


@pytest.mark.parametrize(
    "said",
    [("ここにパンがあります。安いので毎日たくさん買います。",
      "ここにバンがあります。安いので毎日たくさん買います。"),
     ("はしを渡るときは気をつけて歩いてください。", "ばしを渡るときは気をつけて歩いてください。"),
     ("มาถึงบ้านแล้ววันนี้", "ม้าถึงบ้านแล้ววันนี้")],
)  # fmt: skip
def test_marks_of_voice_and_tone(said: tuple[str, str]) -> None:
    assert kept([pair("看板には何と書いてありますか。", one) for one in said]) == 2
    assert kept([text(one) for one in said]) == 2


def said(words: str) -> str:
    """Return words in the middle of a page; what ends in a blank line is a paragraph of its own."""
    return f"In the town hall of the old harbour, after the meeting: {words} {page(9, 40)}".replace(
        "\n\n ", "\n\n"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The miller paid the bill?", "The miller paid the bill."),
        ("El molinero pagó?", "El molinero pagó."),
        ("The field is size: Int! in the schema.", "The field is size: Int in the schema."),
        ("It reads size?: number in the type.", "It reads size: number in the type."),
        ("It calls sort! on the list.", "It calls sort on the list."),
        ("Her note ends with :) as ever.", "Her note ends with :( as ever."),
        ("The lamp sent -.. --- twice.", "The lamp sent ... --- twice."),
        ("The board is\n\nX . .\n. O .\n. . X\n\nnow.", "The board is\n\n. X .\n. O .\n. . X\n\nnow."),
        (
            "\n\n- [x] oil the door\n- [ ] wind the clock\n\n",
            "\n\n- [ ] oil the door\n- [x] wind the clock\n\n",
        ),
        (
            "\n\n- [x] oil the door\n- [ ] wind the clock\n\n",
            "\n\n- [x] oil the door\n- [x] wind the clock\n\n",
        ),
        (
            "\n\n-  keep the old page\n+  keep the new page\n\n",
            "\n\n+  keep the old page\n-  keep the new page\n\n",
        ),
        ("So g: u → v is onto.", "So g: v → u is onto."),
        ("It says forall x, exists y, p x y holds.", "It says exists y, forall x, p x y holds."),
    ],
)
def test_signs_that_state_something(one: str, other: str) -> None:
    assert kept([text(said(words)) for words in (one, other)]) == 2
    assert kept([pair("What was it?", said(words)) for words in (one, other)]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is the mill open? Yes.", "Is the mill open？ Yes."),
        ("Is the mill open?? Yes.", "Is the mill open? Yes."),
        ("What a view! It is the best.", "What a view. It is the best."),
        ("So it goes on... The end.", "So it goes on… The end."),
        ("The mill - an old one - is open.", "The mill — an old one — is open."),
        ("\n\n- oil the door\n- wind the clock\n\n", "\n\n* oil the door\n* wind the clock\n\n"),
        (
            "\n\n- [x] oil the door\n- [x] wind the clock\n\n",
            "\n\n* [x] oil the door\n* [x] wind the clock\n\n",
        ),
        ("\n\n---\n\nThe end.", "\n\n***\n\nThe end."),
        ("Come and see us :)", "Come and see us"),
    ],
)
def test_signs_that_are_typography(one: str, other: str) -> None:
    assert kept([text(said(words)) for words in (one, other)]) == 1
