"""Identities of many texts are those of each alone, and a plain place lets no reader find anything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.dedup import marked, speakers
from entropy_assets.curation.dedup.commands import n_other_options
from entropy_assets.curation.dedup.ends import equal_chars
from entropy_assets.curation.dedup.exchanged import has_a_few
from entropy_assets.curation.dedup.identities import identities
from entropy_assets.curation.dedup.marked import ANSWER, ASKED, CONTEXT, REJECTED, ROLES
from entropy_assets.curation.dedup.places import is_number_and_word, is_plain, one_place
from entropy_assets.curation.dedup.signs import signs_other
from entropy_assets.curation.dedup.writing import folded_bytes, is_code, lines_written_otherwise

BEGINS = ("", f"{ASKED}b\n\n{ANSWER}c", f"{ASKED}b\n\n{ANSWER}c\n\n{ASKED}")
PIECES = (
    *(
        "a",
        "two words",
        " ",
        "\n",
        "\n\n",
        "\t",
        "\r",
        "\0",
        "é",
        "e\u0301",
        "\x0b",
        "\xa0\n",
        " " * 20,
        "\n" * 18,
    ),
    *(CONTEXT, ASKED, ANSWER, REJECTED, *ROLES.values()),
)
TEXT = st.tuples(st.sampled_from(BEGINS), st.lists(st.sampled_from(PIECES), max_size=8)).map(
    lambda parts: (parts[0] + "".join(parts[1])).encode()
)


@given(st.lists(TEXT, max_size=6), st.sampled_from([(), ("case",), ("case", "white_space")]))
def test_identities_are_those_of_each_text(texts: list[bytes], fold: tuple[str, ...]) -> None:
    found = identities(texts, fold)
    bare = [marked.unmarked(text) for text in texts]
    assert found.sizes.tolist() == [len(text) for text in bare]
    forms = [folded_bytes(text, fold) for text in bare]
    assert found.normalised.tolist() == [speakers.hash_of(*both) for both in zip(forms, texts, strict=True)]
    assert found.prompts.tolist() == [marked.prompt_hash(text) for text in texts]
    assert found.normalised.dtype == found.prompts.dtype == np.uint64


AROUND = (
    "tar ",
    "ps ",
    "! ",
    " -",
    " --",
    "sudo ",
    "x || ",
    "a ",
    "**",
    " ",
    "\n",
    "- ",
    "+ ",
    "$",
    ". ",
    ";",
    "",
)
WORDS = (
    "cold",
    "Warm",
    "xf",
    "cf",
    "tar",
    "few",
    "a",
    "s",
    "ps",
    "little",
    "Cold",
    "two words",
    "doas",
    "3",
    "->",
)
TAILS = ("", " few", " -rf", ".", "!", "s/a/b/", " sudo x", "\n+ b", "**", " > a", "-x", " (b)")


@given(st.sampled_from(AROUND), st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(TAILS))
def test_at_a_plain_place_only_words_differ(around: str, here: str, there: str, tail: str) -> None:
    one, other = (f"It is so.\n{around}{word}{tail}\nx = 1" for word in (here, there))
    place = one_place(one, other)
    if place is None or not is_plain(place, one[len(place.before) + len(place.here) :][:1]):
        return
    assert not signs_other(one, other)
    assert not has_a_few(one, other)
    assert not n_other_options(one, other)
    assert not lines_written_otherwise(one, other)
    assert not is_number_and_word(place)


@given(st.text("ab\n", max_size=12), st.text("ab\n", max_size=12))
def test_what_two_texts_share_is_the_same_in_bytes(one: str, other: str) -> None:
    # A letter beyond ASCII in the middle keeps both off the way for bytes.
    found = equal_chars(one, other)
    assert equal_chars(f"é{one}", f"é{other}") == (found[0] + 1, found[1])


@pytest.mark.parametrize("text", ["So.\n\n  run();  \nIt is.", "So.\n}", "a b\nimport os", "x\ncall(a,\nb)"])
def test_code_is_seen_in_any_line(text: str) -> None:
    assert is_code(text)
    assert not is_code(text.split("\n")[0])
