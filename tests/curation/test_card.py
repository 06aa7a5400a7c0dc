"""What the card of a version says of its sources."""

from typing import Any

import yaml

from entropy_assets.curation.publication.card import Split, card
from entropy_assets.ledger import Candidate, drop_candidate

SPLITS = [Split("train", {"data/train-0.parquet": "0" * 64}, 1_000, 9_000)]


def source(name: str, licence: str | None, languages: dict[str, int], **counts: int) -> dict[str, Any]:
    none = dict.fromkeys(("secrets", "emails", "phones", "cards", "personal_data"), 0)
    return {
        "source": name,
        "licence": licence,
        "records": sum(languages.values()),
        "languages": languages,
        **none,
        **counts,
    }


def front_of(text: str) -> dict[str, Any]:
    front: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return front


def test_languages_and_licences_stand_in_the_front_matter() -> None:
    sources = [
        source("web", "CC-BY-4.0", {"en": 700, "de": 200, "und": 90, "la": 1}),
        source("docs", "MIT", {"en": 9}),
    ]
    text = card("tales", "v0001", SPLITS, {}, ("a",), sources)
    front = front_of(text)
    assert front["language"] == ["de", "en"]
    assert front["license"] == ["cc-by-4.0", "mit"]
    assert "| web | CC-BY-4.0 | en 71 %, de 20 %, und 9 % | 991 | 0 | 0 | 0 | 0 |" in text


def test_a_licence_is_claimed_only_where_every_source_states_one() -> None:
    sources = [
        source("web", None, {"en": 5}, secrets=1, emails=2, phones=3, cards=4),
        source("docs", "MIT", {"en": 9}),
    ]
    text = card("tales", "v0001", SPLITS, {}, ("a",), sources)
    assert "license" not in front_of(text)
    assert "| web | none stated | en 100 % | 5 | 1 | 2 | 3 | 4 |" in text


def test_without_counts_the_card_says_nothing_of_sources() -> None:
    text = card("tales", "v0001", SPLITS, {}, ("a",))
    assert {"language", "license"}.isdisjoint(front_of(text))
    assert "| source |" not in text


def test_figures_stand_in_words_beside_those_of_a_random_selection() -> None:
    figures = {
        "loss_bpb": 3.610225960986802,
        "random_loss_bpb": 3.50980219,
        "ratio_zstd_long": 2.0,
        "other": 7,
    }
    text = card("tales", "v0001", SPLITS, figures, ("a",))
    rows = [line for line in text.splitlines() if line.startswith(("| L,", "| R ", "| other"))]
    assert rows == [
        "| R under zstd, all that was picked | 2 | - |",
        "| L, the probe's loss in its first pass, bits per byte | 3.61 | 3.51 |",
        "| other | 7 | - |",
    ]
    assert "| measured |" not in card("tales", "v0001", SPLITS, {}, ("a",))


def test_the_card_says_what_was_promoted_over_what_and_who_set_a_rule_aside() -> None:
    plain = card("tales", "v0002", SPLITS, {}, ("a", "b"), parent="v0001-0", candidate=drop_candidate("b"))
    assert "Made by b, measured against v0001-0.\n" in plain
    order = Candidate("@release-b-2", ("b",), overrides=("copies",), by="Ann", why="a | mirror")
    released = card("tales", "v0001", SPLITS, {}, ("b",), candidate=order)
    assert "nothing was there to measure it against. Ann set aside `copies`: a \\| mirror.\n" in released
    order = Candidate("@without-b-2", (), ("b",), overrides=("copies", "blobs"), by="Ann", why="no licence")
    gone = card("tales", "v0003", SPLITS, {}, ("a",), parent="v0002-0", candidate=order)
    assert "measured against v0002-0. Ann took out b: no licence.\n" in gone
    assert "copies" not in gone
    assert "does not see" in plain
