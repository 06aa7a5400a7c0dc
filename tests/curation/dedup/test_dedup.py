"""Dedup by small cases: who is removed, who is kept, and what the pair says."""

from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.dedup import PAIRS_SCHEMA, deduplicate, signature_schema
from entropy_assets.curation.ingest import read_file
from entropy_assets.errors import StaleProvenance
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import DedupSettings
from tests.curation.dedup.rows import EXHAUSTIVE, PARAMS, framed, pool
from tests.curation.dedup.talks import page

BASE = (
    "the old harbour town lies on a narrow bay where fishing boats "
    "unload their catch each morning before the market opens"
)
"""21 words; one changed word leaves 16 of 22 shingles, a similarity of 0.73."""
OTHER = BASE.replace("narrow", "narrower")
LONGER = BASE + " today"


def near(texts: list[str], known: list[str] = []) -> list[tuple[str, str, str]]:  # noqa: B006
    """Return (row id, keeper's row id, rule) of each pair."""
    result = deduplicate(framed(texts), pool(known, EXHAUSTIVE), EXHAUSTIVE)
    return result.pairs.select("row_id", "keeper_row_id", "rule").rows()


def test_nothing_to_remove() -> None:
    result = deduplicate(framed(["a", "b"]), pool(["c"]), PARAMS)
    assert result.kept.equals(framed(["a", "b"]))
    assert result.pairs.equals(PAIRS_SCHEMA.to_frame())


def test_the_longer_text_is_kept() -> None:
    assert near([BASE, LONGER]) == [("new-1", "new-2", "near")]
    assert near([LONGER, BASE]) == [("new-2", "new-1", "near")]


def test_of_equal_length_the_lower_id_is_kept() -> None:
    same = BASE.replace("narrow", "narrov")
    low, high = sorted([BASE, same], key=lambda text: content_id({"kind": "text", "text": text}))
    assert near([high, low]) == [("new-1", "new-2", "near")]
    assert near([low, high]) == [("new-2", "new-1", "near")]


def test_the_pool_beats_a_longer_new_text() -> None:
    assert near([LONGER], [BASE]) == [("new-1", "old-1", "near")]


def test_of_two_in_the_pool_the_longer_is_named() -> None:
    long = BASE + " and the gulls wait on the roofs above the quay for what falls from the crates"
    assert near([long.replace("narrow", "shallow")], [long, long + " today"]) == [("new-1", "old-2", "near")]


@pytest.mark.parametrize(
    ("text", "rule"), [(BASE, "exact"), (f"{BASE}\n", "normalised"), (f"\n{BASE} \n", "normalised")]
)
def test_rules_against_the_pool(text: str, rule: str) -> None:
    assert near([text], [BASE]) == [("new-1", "old-1", rule)]


def test_a_pair_by_hand() -> None:
    (pair,) = deduplicate(framed([OTHER]), pool([BASE], EXHAUSTIVE), EXHAUSTIVE).pairs.rows(named=True)
    assert pair == {
        "id": content_id({"kind": "text", "text": OTHER}),
        "row_id": "new-1",
        "drop": "new",
        "file": "a.jsonl",
        "line": 1,
        "keeper_id": content_id({"kind": "text", "text": BASE}),
        "keeper_row_id": "old-1",
        "keeper_drop": "old",
        "keeper_file": "a.jsonl",
        "keeper_line": 1,
        "rule": "near",
        "similarity": 16 / 22,
        "copy_of": None,
    }


def test_copies_of_a_near_copy_follow_it() -> None:
    result = deduplicate(framed([LONGER, BASE, BASE, BASE + "\n"]), pool(params=EXHAUSTIVE), EXHAUSTIVE)
    assert result.kept["row_id"].to_list() == ["new-1"]
    assert set(result.pairs["keeper_row_id"]) == {"new-1"}
    assert set(result.pairs["rule"]) == {"near"}
    assert result.pairs["copy_of"].null_count() == 1
    assert result.pairs["copy_of"].drop_nulls().n_unique() == 1


def test_no_runaway_chain() -> None:
    """Each text changes one more word of the one before; the last has little in common with the first."""
    texts, words = [], BASE.split()
    long = [place for place, word in enumerate(words) if len(word) > 5]
    for place in long[:9]:
        words[place] += "s"
        texts.append(" ".join(words))
    result = deduplicate(framed(texts), pool(params=EXHAUSTIVE), EXHAUSTIVE)
    assert 1 < result.kept.height < len(texts)
    content = dict(zip(framed(texts)["row_id"], texts, strict=True))
    kept = set(result.kept["row_id"])
    for row, keeper, value in result.pairs.select("row_id", "keeper_row_id", "similarity").rows():
        assert keeper in kept
        assert value >= EXHAUSTIVE.threshold
        assert content[row] != content[keeper]


def test_different_numbers_are_no_copies() -> None:
    price = BASE + " and a crate of {} costs {} coins"
    assert near([price.format("herring", 40), price.format("herring", 75)]) == []


def test_a_name_that_recurs_is_no_slip() -> None:
    told = BASE.replace("harbour", "{0}") + " so many people travel to {0} in the summer months for the view"
    assert near([told.format("lisbon"), told.format("porto")]) == []
    assert near([told.format("lisbon"), told.format("lisbon").replace("view", "views")]) != []


def test_what_is_added_is_no_swap() -> None:
    assert near([BASE, BASE + " and again at noon"]) == [("new-1", "new-2", "near")]


@pytest.mark.parametrize(
    "text",
    [
        "我们昨天在图书馆里一起读了一本关于古代丝绸之路上的商人和骆驼的有趣的书",
        "昨日の夕方に友達と一緒に駅前の新しい喫茶店で美味しい珈琲を飲みながら話しました",
        "เมื่อวานนี้เราไปเที่ยวตลาดน้ำและกินก๋วยเตี๋ยวเรืออร่อยมากกับเพื่อนเก่า",
    ],
)
def test_texts_without_spaces_are_shingled_by_characters(text: str) -> None:
    place = len(text) // 2
    assert len(near([text, text[:place] + "新" + text[place:]])) == 1
    assert near([text, text[:place] + "新" + text[place + 1 :]]) == [], "another character"
    assert near([text, text[:8], text[-8:]]) == []


def test_short_texts_of_the_panel(shared: Path) -> None:
    rows = read_file(shared / "panels" / "short_texts.jsonl", drop="panel").records
    result = deduplicate(rows, pool(), PARAMS)
    assert result.kept.height == 11
    assert result.pairs.select("row_id", "keeper_row_id", "rule").rows() == [
        ("s2", "s0", "exact"),
        ("s12", "s11", "exact"),
    ]


def test_near_can_be_turned_off() -> None:
    off = DedupSettings(near=False)
    result = deduplicate(framed([BASE, OTHER, BASE + "\n"]), pool(params=off), off)
    assert result.pairs["rule"].to_list() == ["normalised"]
    assert result.kept.height == 2


@pytest.mark.parametrize("known", [[], ["a b c d"]])
def test_an_empty_drop(known: list[str]) -> None:
    result = deduplicate(SCHEMA.to_frame(), pool(known), PARAMS)
    assert result.kept.equals(SCHEMA.to_frame())
    assert result.pairs.equals(PAIRS_SCHEMA.to_frame())
    assert result.signatures.equals(signature_schema(PARAMS).to_frame())


@pytest.mark.parametrize("n", [1, 2, 3, 50])
@pytest.mark.parametrize("text", ["", "cat", BASE])
def test_all_equal_rows_leave_the_first_place(n: int, text: str) -> None:
    result = deduplicate(framed([text] * n), pool(), PARAMS, workers=4)
    assert result.kept["line"].to_list() == [1]
    assert result.pairs["line"].to_list() == list(range(2, n + 1))
    assert set(result.pairs["keeper_line"]) <= {1}


def test_many_near_copies_of_one_text_leave_one() -> None:
    """A bucket far above the width still comes down to the keeper, which all its members meet."""
    words = page(1, 120).split()
    names = ["".join("bdfgklmnrs"[int(digit)] + "o" for digit in f"{i:03}") for i in range(500)]
    texts = [" ".join([*words[:20], name, *words[21:90], name[::-1], *words[91:]]) for name in names]
    result = deduplicate(framed(texts), pool(), PARAMS)
    assert result.kept.height == 1


def test_preferences_that_differ_in_the_rejected_answer_are_both_kept() -> None:
    def turn(text: str) -> list[dict]:
        return [{"role": "user", "content": text}]

    rows = [
        {"kind": "preference", "prompt": turn("Why?"), "chosen": turn("So."), "rejected": turn(answer)}
        for answer in ("No.", "Never.")
    ]
    frame = pl.DataFrame([row | {"id": content_id(row), "line": 1} for row in rows], schema=SCHEMA)
    assert deduplicate(frame, pool(), PARAMS).kept.height == 2


def test_the_same_text_as_chat_and_as_plain_text_is_one_record() -> None:
    chat = {
        "kind": "chat",
        "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
    }
    rows = pl.concat([framed(["a\n\nb"]), pl.DataFrame([chat | {"id": content_id(chat)}], schema=SCHEMA)])
    assert deduplicate(rows, pool(), PARAMS).pairs["rule"].to_list() == ["normalised"]


def test_signatures_of_other_settings_are_refused() -> None:
    with pytest.raises(StaleProvenance, match=r"band_20.*make them again"):
        deduplicate(framed([BASE]), pool([BASE], PARAMS), EXHAUSTIVE)
