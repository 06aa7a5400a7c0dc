"""Generators damage, variations do not have to, and both keep what they must."""

import numpy as np
import pytest

from entropy_assets.curation.damage.generators import FAMILIES, GENERATORS, Generator
from entropy_assets.curation.damage.passages import Passage, Passages
from entropy_assets.curation.damage.variations import VARIATIONS

FAMILY_IDS = [generator.name for generator in GENERATORS]


@pytest.mark.parametrize("generator", GENERATORS, ids=FAMILY_IDS)
def test_each_generator_changes_most_passages_and_repeats_itself(
    generator: Generator, promoted: Passages
) -> None:
    items, donors = promoted.items[:60], promoted.items[60:120]
    found = generator.damage(items, donors, np.random.default_rng(3))
    assert len(found) == len(items)
    assert found == generator.damage(items, donors, np.random.default_rng(3))
    n_changed = sum(old != new for old, new in zip(items, found, strict=True))
    assert n_changed >= (
        15
        if generator.name in ("shuffle_lines", "flattened", "replaced", "html_escape", "light_escape")
        else 30
    )


@pytest.mark.parametrize("generator", GENERATORS, ids=FAMILY_IDS)
@pytest.mark.parametrize(
    "passage",
    [
        Passage("", ""),
        Passage("", "x"),
        Passage("q", ""),
        Passage("", "\n \n"),
        Passage("问", "你好。\ud800"),
    ],
)
def test_generators_bear_any_text(generator: Generator, passage: Passage) -> None:
    found = generator.damage([passage] * 3, [passage], np.random.default_rng(0))
    assert len(found) == 3


def test_names_are_unique_and_every_family_has_generators() -> None:
    assert len({generator.name for generator in GENERATORS}) == len(GENERATORS)
    assert sum(len(own) for own in FAMILIES.values()) == len(GENERATORS)


REORDERED = ("markdown", "answers set out otherwise", "another kind of answer")


@pytest.mark.parametrize("name", VARIATIONS)
def test_variations_keep_what_a_passage_says(name: str, promoted: Passages) -> None:
    items = promoted.items[:60]
    found = VARIATIONS[name](items, promoted.items[60:], np.random.default_rng(0))
    for old, new in zip(items, found, strict=True):
        words = "".join(sign for sign in old.answer if sign.isalnum())
        assert words in "".join(sign for sign in new.answer if sign.isalnum()) or name in REORDERED
        assert new.question.endswith(old.question) or name == "another kind of answer"
