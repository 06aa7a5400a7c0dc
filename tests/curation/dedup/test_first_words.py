"""Names as the first word of a sentence, in short answers and questions."""

import pytest

from tests.curation.dedup.talks import kept, pair, text

NAMES = [
    ("Hydrogen", "Oxygen"),
    ("France", "Spain"),
    ("Beethoven", "Mozart"),
    ("Copper", "Sodium"),
    ("Berlin", "Madrid"),
]
AFTER = "is what is named in the old book on the shelf of the hall"


@pytest.mark.parametrize("names", NAMES)
def test_another_name_at_the_first_word(names: tuple[str, str]) -> None:
    for around in (f"{{}} {AFTER}.", f"It was told. {{}} {AFTER}.", f"- {{}} {AFTER}", f"**{{}}** {AFTER}."):
        first, second = (around.format(name) for name in names)
        assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2
        assert kept([pair(first, "So it is."), pair(second, "So it is.")]) == 2
        assert kept([text(first), text(second)]) == 2


@pytest.mark.parametrize(
    "words", [("The", "A"), ("However, it", "Still, it"), ("Hydrogen", "Hydrogn"),
              ("Yes, it", "It"), ("Also it", "And it"), ("Well, it", "So it")]
)  # fmt: skip
def test_other_first_words(words: tuple[str, str]) -> None:
    first, second = (f"{word} {AFTER} for all who come." for word in words)
    assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 1
