"""Near-copies that do not mean the same: shared context, case, indentation, negations, answers."""

import random
from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.dedup import Known, deduplicate
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import DedupSettings
from tests.curation.dedup.rows import EXHAUSTIVE, framed, pool
from tests.curation.dedup.test_dedup import BASE

RULES = " ".join(
    f"Rule {n}: when the guest of the inn asks about the {place}, answer in a calm and short way and name the hour."
    for n, place in enumerate(("stable", "kitchen", "cellar", "garden", "mill", "well", "forge", "dairy"), 1)
)
ASKED = (
    ("Is breakfast still on?", "Yes, until ten."),
    ("Is the sauna still on?", "Yes, until nine."),
    ("May I bring a dog?", "Only on a lead."),
    ("Where do I park the car?", "Behind the barn."),
    ("Does the room face the sea?", "No."),
    ("Who carries the bags?", "The porter."),
)
PAGE = " ".join(
    random.Random(5).choice(
        "bay crate dawn eel fleet gull harbour inlet jetty keel lamp mast net oar pier quay rope sail tide".split()
    )
    + random.Random(n).choice(["", " and", " of", ",", "."])
    for n in range(9)
)


def page(seed: int, n_words: int = 220) -> str:
    rng = random.Random(seed)
    words = [f"{a}{b}" for a in ("bal", "kon", "mir", "tus", "rel", "vos") for b in ("a", "o", "i", "en", "ur")]
    return " ".join(rng.choice(words) + ("." if n % 11 == 10 else "") for n in range(n_words))


def record(row: dict[str, Any], line: int, drop: str = "new") -> dict[str, Any]:
    place = {"row_id": f"r{line}", "source": "web", "drop": drop, "file": "a.jsonl", "line": line}
    return row | place | {"id": content_id(row)}


def turns(*texts: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in texts]


def chat(*texts: tuple[str, str]) -> dict[str, Any]:
    return {"kind": "chat", "messages": turns(*texts)}


def pair(asked: str, answer: str) -> dict[str, Any]:
    return chat(("user", asked), ("assistant", answer))


def preference(asked: str, chosen: str, rejected: str) -> dict[str, Any]:
    sides = {"chosen": turns(("assistant", chosen)), "rejected": turns(("assistant", rejected))}
    return {"kind": "preference", "prompt": turns(("user", asked)), **sides}


def text(content: str) -> dict[str, Any]:
    return {"kind": "text", "text": content}


def frame_of(rows: Sequence[dict[str, Any]], drop: str = "new") -> pl.DataFrame:
    return pl.DataFrame([record(row, line, drop) for line, row in enumerate(rows, 1)], schema=SCHEMA)


def kept(
    rows: Sequence[dict[str, Any]],
    known: Sequence[dict[str, Any]] = (),
    params: DedupSettings = EXHAUSTIVE,
) -> int:
    """Return how many rows stay, after a check that order, workers and the shape of the pool play no part."""
    records, old = frame_of(rows), Known.of(frame_of(known, "old"), params)
    result = deduplicate(records, old, params)
    mixed = records[random.Random(1).sample(range(len(rows)), len(rows))]
    again = deduplicate(mixed, old, params, workers=3)
    assert again.kept.equals(result.kept)
    assert again.pairs.equals(result.pairs)
    assert result.kept.height + result.pairs.height == len(rows)
    return result.kept.height


# Shared context


def test_a_long_system_prompt_is_no_similarity() -> None:
    rows = [chat(("system", RULES), ("user", ask), ("assistant", answer)) for ask, answer in ASKED]
    assert kept(rows) == len(rows)
    assert kept(rows[:2]) == 2, "two are enough"
    assert kept(rows[1:], rows[:1]) == len(rows) - 1, "nor against the pool"
    assert kept([*rows, *rows, rows[0]]) == len(rows), "copies still go"


@pytest.mark.parametrize("form", [pair, lambda ask, answer: text(f"{ask}\nAnswer: {answer}")])
@pytest.mark.parametrize("where", ["{0}\n\nQuestion: {1}", "Question: {1}\n\n{0}", "{0} {1} Think first. {0}"])
def test_a_passage_or_template_in_the_users_turn(form: Any, where: str) -> None:
    rows = [form(where.format(RULES, ask), answer) for ask, answer in ASKED]
    assert kept(rows) == len(rows)
    assert kept(rows[3:], rows[:3]) == len(rows) - 3
    assert kept([*rows, rows[2]]) == len(rows)


def test_questions_under_one_passage_with_one_answer() -> None:
    rows = [pair(f"{RULES}\n\nQuestion: {ask}", "Yes.") for ask, _ in ASKED]
    assert kept(rows) == len(rows)
    assert kept(rows[-1:], rows[:-1]) == 1


def test_a_slot_of_one_word_in_a_long_template() -> None:
    rows = [pair(f"{RULES} Now translate the word {word}, and nothing else.", word[::-1]) for word in
            ("lantern", "harbour", "meadow", "kettle")]  # fmt: skip
    assert kept(rows) == len(rows)


def test_tool_definitions_in_a_system_turn() -> None:
    tools = '[{"name": "rain", "parameters": {"town": "string"}}, {"name": "wind"}]' * 12
    asked = [("Rain in Lund?", "rain(town=Lund)"), ("Rain in Bern?", "rain(town=Bern)")]
    assert kept([chat(("system", tools), ("user", ask), ("assistant", call)) for ask, call in asked]) == 2


def test_nothing_but_context() -> None:
    rows = [chat(("system", RULES)), chat(("system", RULES + " ")), chat(("system", f"{RULES} Be kind."))]
    assert kept(rows) == 1


def test_a_licence_over_many_files() -> None:
    """Each file is short beside its header, and its own words are no footer."""
    rows = [text(f"{page(1, 1500)}\n\n{page(n, 60)}") for n in range(2, 9)]
    assert kept(rows) == len(rows)


# Copies stay copies


def test_mirrors_of_a_page() -> None:
    body = page(3, 400)
    feet = ("Filed under travel.", "Posted by Ann. Share this.", "Home | About | Contact", "Print", "Top of page")
    assert kept([text(f"{body}\n\n{foot}") for foot in feet]) == 1
    assert kept([text(f"{foot}\n\n{body}") for foot in feet]) == 1
    assert kept([text(body), *(text(f"{body}\n\n{foot}") for foot in feet)]) == 1


def test_copies_with_slips_of_the_pen_in_other_places() -> None:
    words = page(4, 300).split()
    rows = []
    for n in range(8):
        copy = list(words)
        for place in random.Random(n).sample(range(300), 4):
            copy[place] = f"slip{'abcdefgh'[n]}"
        rows.append(" ".join(copy))
    assert kept([text(row) for row in rows]) == 1
    assert kept([pair(row, page(5, 60)) for row in rows]) == 1
    assert kept([pair(page(5, 60), row) for row in rows]) == 1


def test_a_copy_among_questions_on_one_passage() -> None:
    rows = [pair(f"{RULES}\n\nQuestion: {ask}", answer) for ask, answer in ASKED]
    slip = pair(f"{RULES.replace('stable', 'stabel')}\n\nQuestion: {ASKED[0][0]}", ASKED[0][1])
    assert kept([*rows, slip]) == len(rows)


def test_a_question_asked_in_other_words_with_the_same_long_answer() -> None:
    rows = [pair(f"Write a function {how} two numbers.", page(6, 80)) for how in ("that adds", "to add")]
    assert kept(rows) == 1


# Answers


@pytest.mark.parametrize("answers", [("Yes.", "No."), ("A", "B"), ("7", "9"), ("Anna Lee", "ANNA LEE"), ("Lund", "Bern")])
def test_answers_that_differ_under_one_prompt(answers: tuple[str, str]) -> None:
    assert kept([pair(page(7), answer) for answer in answers]) == 2
    assert kept([pair(page(7), answers[0])], [pair(page(7), answers[1])]) == 1
    assert kept([preference(page(7), *answers), preference(page(7), *answers[::-1])]) == 2
    assert kept([preference(page(7), answer, page(8)) for answer in answers]) == 2


def test_long_answers_in_the_other_order_are_other_preferences() -> None:
    assert kept([preference("Why?", page(7), page(8)), preference("Why?", page(8), page(7))]) == 2


def test_a_short_answer_in_the_middle_of_a_long_talk() -> None:
    rows = [
        chat(("user", page(1)), ("assistant", word), ("user", page(2)), ("assistant", page(3)))
        for word in ("Yes.", "No.")
    ]
    assert kept(rows) == 2


# Case and indentation


CODE = "def total(xs):\n    n = 0\n    for x in xs:\n        n += x\n    return n\n"
LONG_CODE = "\n".join(f"def step_{name}(items):\n    for item in items:\n        {name}(item)\n    return {name}" for name in
                      ("alpha", "beta", "gamma", "delta", "omega", "sigma"))  # fmt: skip
FOLDING = DedupSettings(hashes=99, bands=99, fold=("case", "white_space"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("In Go the name Total is exported.", "In Go the name total is exported."),
        (BASE, BASE.upper()),
        (BASE, f"  {BASE}"),
        (BASE, f"\t{BASE}"),
        (BASE.replace(" where", "\nwhere"), BASE.replace(" where", "\n    where")),
        (BASE + " by 3 + 4", BASE + " by 3 - 4"),
        ("ＡＢＣ", "ABC"),
        ("résumé of the year", "resume of the year"),
    ],
)  # fmt: skip
def test_case_and_leading_white_space_of_texts(one: str, other: str) -> None:
    assert kept([text(one), text(other)]) == 2
    assert kept([pair("Say it.", one), pair("Say it.", other)]) == 2


@pytest.mark.parametrize("fold", [(), ("case", "white_space")])
@pytest.mark.parametrize("code", [CODE, LONG_CODE, f"Here is what I use:\n\n```python\n{LONG_CODE}\n```\n"])
@pytest.mark.parametrize(
    ("old", "new"),
    [("        ", "    "), ("    ", "\t"), ("return", "RETURN"), ("\n    return", "\n\n    return"), ("(item)", "[item]"), ("+=", "-=")],
)  # fmt: skip
def test_code_is_never_folded(code: str, old: str, new: str, fold: tuple[str, ...]) -> None:
    if old in code:
        params = DedupSettings(hashes=99, bands=99, fold=fold)
        assert kept([text(code), text(code.replace(old, new))], params=params) == 2
        assert kept([text(code), text(code.replace(old, new, 1))], params=params) == 2


@pytest.mark.parametrize("other", [BASE.upper(), f"  {BASE}\n", BASE.replace(" where", "\n\twhere")])
def test_what_is_folded_is_a_setting(other: str) -> None:
    assert kept([text(BASE), text(other)]) == 2
    result = deduplicate(framed([BASE, other]), pool(params=FOLDING), FOLDING)
    assert result.pairs["rule"].to_list() == ["normalised"]


@pytest.mark.parametrize("other", [BASE + "\n", BASE + " \n\n", BASE.replace(" where", "\r\nwhere")])
def test_white_space_at_the_end_of_a_line_is_nothing(other: str) -> None:
    result = deduplicate(framed([BASE.replace(" where", "\nwhere") if "\r" in other else BASE, other]), pool(), DedupSettings())
    assert result.pairs["rule"].to_list() == ["normalised"]


# Negations and opposites


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the bridge {} be opened to heavy traffic", ("should", "should not")),
        ("the bridge {} be opened to heavy traffic", ("should", "shouldn't")),
        ("the bridge {} be opened to heavy traffic", ("should", "shouldn’t")),
        ("the bridge was opened {} a permit from the town", ("with", "without")),
        ("the bridge has {} been opened to heavy traffic", ("always", "never")),
        ("there is {} way over the lower river", ("a", "no")),
        ("the tides {} when the moon is full", ("increase", "decrease")),
        ("the answer to this question is {} by law", ("true", "false")),
        ("turn {} behind the old chapel to reach the quay", ("left", "right")),
        ("the gate closes {} the market opens", ("before", "after")),
        ("guests are {} to bring dogs into the rooms", ("allowed", "forbidden")),
        ("die Brücke soll {} für schwere Wagen geöffnet werden", ("im Mai", "im Mai nicht")),
        ("es gibt {} Weg über den unteren Fluss", ("einen", "keinen")),
        ("le pont {} ouvert aux camions", ("est", "n'est pas")),
        ("el puente {} estará abierto para los camiones", ("ya", "ya no")),
        ("мост {} будет открыт для тяжёлых машин", ("скоро", "скоро не")),
        ("委员会在长时间的讨论之后决定这座桥{}在明年春天开放", ("应该", "不应该")),
        ("他昨天晚上在城里的老桥旁边{}看见那条船", ("有", "没有")),
        ("去年春天这座城市的人口大幅{}", ("增加", "减少")),
    ],
)  # fmt: skip
def test_negations_and_opposites_say_other_things(one: str, other: tuple[str, str]) -> None:
    around = "河边的老城有很多渔船和仓库，{}，镇上的人都在谈论这件事情和它的未来。" if "一" <= one[-1] <= "鿿" else f"{BASE}, {{}}, {page(9, 40)}"
    first, second = (around.format(one.format(word)) for word in other)
    assert kept([text(first), text(second)]) == 2
    assert kept([text(first)], [text(second)]) == 1
    assert kept([pair(first, page(10, 60)), pair(second, page(10, 60))]) == 2


def test_a_negation_in_a_passage_that_was_added_is_no_negation() -> None:
    added = f"{page(12, 20)} and so it was not to be {page(13, 20)}"
    assert kept([text(f"{page(11, 200)} {page(14, 100)}"), text(f"{page(11, 200)} {added} {page(14, 100)}")]) == 1


def test_chinese_sums_stay_and_a_full_stop_is_no_difference() -> None:
    city = "北京大学位于北京市海淀区，是中国近代第一所国立大学，成立于一八九八年，初名京师大学堂"
    assert kept([text(f"{city}。"), text(f"{city}！")]) == 1
    sums = ((3, 4), (5, 9), (7, 2))
    rows = [pair(f"小明有{a}个苹果，妈妈又给了他{b}个，请问他现在一共有多少个苹果？", f"一共有{a + b}个。") for a, b in sums]
    assert kept(rows) == 3
