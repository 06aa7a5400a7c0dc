"""Near-copies that are none: other case, other indentation, negations and opposites."""

import pytest

from entropy_assets.curation.dedup import deduplicate
from entropy_assets.settings import DedupSettings
from tests.curation.dedup.rows import framed, pool
from tests.curation.dedup.talks import kept, page, pair, text
from tests.curation.dedup.test_dedup import BASE

# Case and indentation


CODE = "def total(xs):\n    n = 0\n    for x in xs:\n        n += x\n    return n\n"
LONG_CODE = "\n".join(
    f"def step_{name}(items):\n    for item in items:\n        {name}(item)\n    return {name}"
    for name in ("alpha", "beta", "gamma", "delta", "omega", "sigma")
)
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
    [
        ("        ", "    "),
        ("    ", "\t"),
        ("return", "RETURN"),
        ("\n    return", "\n\n    return"),
        ("(item)", "[item]"),
        ("+=", "-="),
    ],
)
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
    result = deduplicate(
        framed([BASE.replace(" where", "\nwhere") if "\r" in other else BASE, other]), pool(), DedupSettings()
    )
    assert result.pairs["rule"].to_list() == ["normalised"]


LINES = [
    "@cache\nAll of It",
    "package main\n\nSo It is",
    "class A:\n    X = 1",
    "So\n\n@app.get('/A')",
    "Foo()\nA b",
]


@pytest.mark.parametrize("fold", [(), ("case",), ("white_space",), ("case", "white_space")])
@pytest.mark.parametrize("code", [CODE, *LINES])
@pytest.mark.parametrize("blanks", [" ", "\t", "\r", "\f", "\xa0", "\u3000"])
def test_white_space_at_the_end_of_lines_of_code_is_nothing_whatever_is_folded(
    code: str, fold: tuple[str, ...], blanks: str
) -> None:
    params = DedupSettings(fold=fold)
    for other in (code.replace("\n", f"{blanks}\n"), code.replace("\n", f"{blanks}\n", 1), code + blanks):
        result = deduplicate(framed([code, other]), pool(params=params), params)
        assert result.pairs["rule"].to_list() == ["normalised"]
        assert kept([pair("Say It.", own) for own in (code, other)], params=params) == 1


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
    around = (
        "河边的老城有很多渔船和仓库，{}，镇上的人都在谈论这件事情和它的未来。"
        if "一" <= one[-1] <= "鿿"
        else f"{BASE}, {{}}, {page(9, 40)}"
    )
    first, second = (around.format(one.format(word)) for word in other)
    assert kept([text(first), text(second)]) == 2
    assert kept([text(first)], [text(second)]) == 1
    assert kept([pair(first, page(10, 60)), pair(second, page(10, 60))]) == 2


def test_a_negation_in_a_passage_that_was_added_is_no_negation() -> None:
    added = f"{page(12, 20)} and so it was not to be {page(13, 20)}"
    assert (
        kept([text(f"{page(11, 200)} {page(14, 100)}"), text(f"{page(11, 200)} {added} {page(14, 100)}")])
        == 1
    )


def test_chinese_sums_stay_and_a_full_stop_is_no_difference() -> None:
    city = "北京大学位于北京市海淀区，是中国近代第一所国立大学，成立于一八九八年，初名京师大学堂"
    assert kept([text(f"{city}。"), text(city)]) == 1
    sums = ((3, 4), (5, 9), (7, 2))
    rows = [
        pair(f"小明有{a}个苹果，妈妈又给了他{b}个，请问他现在一共有多少个苹果？", f"一共有{a + b}个。")
        for a, b in sums
    ]
    assert kept(rows) == 3
