"""Scripts that write no spaces have words, sentences, beginnings and ends like any other."""

from importlib.resources import files

import numpy as np
import pytest

from entropy_assets.curation.damage.detector import _code
from entropy_assets.curation.damage.features import PARTS
from entropy_assets.curation.damage.generators import GENERATORS
from entropy_assets.curation.damage.generators.contract import sentences
from entropy_assets.curation.damage.neighbours import terms
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.damage.scripts import WORD

CHINESE = (
    "学生们每天早上七点到学校。老师先点名，然后开始上课。下午他们在操场上踢球！"
    "晚上要做作业吗？是的，要做两个小时。"
)
JAPANESE = "猫は窓のそばで寝ています。外では雨が降っています。夕方になると子供たちが帰ってきます。"
THAI = "นักเรียนไปโรงเรียนทุกวัน ครูสอนหนังสือตอนเช้า ตอนบ่ายเล่นฟุตบอล ตอนเย็นทำการบ้าน"
OF_WORDS = (
    "shuffle_words",
    "swap_neighbours",
    "shuffle_near",
    "lose_words",
    "loop_words",
    "stutter",
    "reverse_words",
)


@pytest.mark.parametrize("text", [CHINESE, JAPANESE, THAI])
@pytest.mark.parametrize("name", OF_WORDS)
def test_damage_to_words_reaches_scripts_without_spaces(name: str, text: str) -> None:
    (generator,) = (one for one in GENERATORS if one.name == name)
    passages = [Passage("", text)] * 20
    found = generator.damage(passages, passages, np.random.default_rng(0))
    changed = [new.answer for new in found if new.answer != text]
    assert len(changed) >= 15
    spaces = max(new.count(" ") for new in changed)
    assert spaces <= 12 * text.count(" ")  # none are put between words


def test_words_are_shuffled_and_none_is_lost() -> None:
    (shuffle,) = (one for one in GENERATORS if one.name == "shuffle_words")
    (found,) = shuffle.damage([Passage("", CHINESE)], [Passage("", CHINESE)], np.random.default_rng(1))
    assert sorted(found.answer) == sorted(CHINESE)
    assert len(WORD.findall(CHINESE)) > 20


def test_sentences_end_without_a_space() -> None:
    assert len(sentences(CHINESE)) == 5
    assert sentences("One. Two! 3.14") == ["One.", "Two!", "3.14"]


def test_a_slip_of_the_pen_is_in_the_script_of_the_text() -> None:
    (slips,) = (one for one in GENERATORS if one.name == "slips")
    passages = [Passage("", "学生们每天早上七点到学校老师先点名然后开始上课" * 3)] * 200
    found = slips.damage(passages, passages, np.random.default_rng(0))
    assert not any(sign.isascii() and sign.isalpha() for one in found for sign in one.answer)


def test_beginnings_and_ends_of_few_characters_recur() -> None:
    one, other = (
        Passage("", f"当然，以下是您要的答案：{text}。希望这对您有所帮助！")
        for text in ("甲乙丙", "丁戊己庚")
    )
    for part in ("recurring beginning", "recurring end", "recurring first words"):
        assert PARTS[part](one) == PARTS[part](other)
    assert (
        PARTS["recurring beginning"](Passage("", "Certainly! Here is the answer: 4"))
        == "Certainly! Here is the a"
    )


def test_two_characters_beside_each_other_tell_more_than_each() -> None:
    own, turned = (terms([text]) for text in ("学生", "生学"))
    assert own.sum() == turned.sum() == 3
    assert (own != turned).nnz


def test_what_detectors_are_made_by_holds_every_module() -> None:
    folder = files("entropy_assets.curation.damage")
    wanted = [*folder.rglob("*.py")]  # type: ignore[attr-defined]
    assert len(_code()) == len(wanted) > 25
