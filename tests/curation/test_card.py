"""What the card of a version says of its sources."""

from typing import Any

import yaml

from entropy_assets.curation.publication.card import Split, card

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
