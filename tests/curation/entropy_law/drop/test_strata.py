"""Stray languages make no strata, and a real change of language is not hidden by that."""

from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import fold
from entropy_assets.curation.entropy_law.drop.strata import RARE_RECORDS
from tests.curation.entropy_law.drop.test_drop import LAW, measure, measurement, verdict_on
from tests.curation.entropy_law.sentences import Rows, rows

EN = (("guide", "en"),)
REFERENCE = rows(1_000, seed=21, strata=EN)
DROP = rows(500, seed=22, strata=EN)
KNOWN = LAW.known_records


def with_strays(given: Rows, share: float, seed: int, languages: str = "fr la ceb war io eo nl und") -> Rows:
    """Return the rows with a share of wrong labels, spread over many languages."""
    rng = np.random.default_rng(seed)
    names = languages.split()
    hit = rng.random(len(given)) < share
    strata = [
        (s, str(rng.choice(names)) if h else own) for (s, own), h in zip(given.strata, hit, strict=True)
    ]
    return replace(given, strata=strata)


def strata(counts: dict[str, int], source: str = "guide") -> list[tuple[str, str]]:
    return [(source, language) for language, count in counts.items() for _ in range(count)]


@pytest.mark.parametrize("share", [0.0, 0.02, 0.08])
def test_a_clean_drop_with_stray_languages_has_no_novel_stratum(share: float) -> None:
    found = measure(with_strays(DROP, share, 1), with_strays(REFERENCE, share, 2))
    (stratum,) = found.strata
    assert (stratum["source"], stratum["language"], stratum["known"]) == ("guide", "en", True)
    assert (stratum["records"], stratum["promoted"]) == (500, 1_000)
    assert (stratum["counted_in"] == 0) == (share == 0)
    assert {m.scope for m in found.measurements} == {"drop"}
    assert verdict_on(found).passes, verdict_on(found).sentence()


def test_strays_in_the_drop_alone_leave_what_is_measured_on_strata_as_it_was() -> None:
    clean, stray = measure(DROP, REFERENCE), measure(with_strays(DROP, 0.04, 1), REFERENCE)
    for code in ("blobs", "copies", "truncated", "ratio_rose", "loss_shift"):
        assert measurement(stray, code) == measurement(clean, code)


def test_many_records_of_an_undetermined_language_are_no_other_language() -> None:
    found = measure(with_strays(DROP, 0.4, 3, "und"), with_strays(REFERENCE, 0.1, 4, "und"))
    assert [s["known"] for s in found.strata] == [True]
    assert measurement(found, "language_shift").value == 0.0
    assert verdict_on(found).passes


@pytest.mark.parametrize("languages", ["de", "de fr", "fr la ceb war io eo nl es it pt"])
def test_a_real_change_of_language_is_held_however_many_languages_it_is_spread_over(languages: str) -> None:
    found = measure(with_strays(DROP, 0.35, 5, languages), with_strays(REFERENCE, 0.02, 6))
    assert measurement(found, "language_shift").value > 0.25
    assert "language_shift" in verdict_on(found).codes


def test_a_drop_in_another_language_is_a_novel_stratum_and_a_shift() -> None:
    found = measure(with_strays(DROP, 1.0, 7, "fr"), REFERENCE)
    assert [(s["language"], s["known"]) for s in found.strata] == [("fr", False)]
    assert "language_shift" in verdict_on(found).codes


def test_promoted_records_from_before_languages_were_told_are_no_shift() -> None:
    found = measure(DROP, with_strays(REFERENCE, 1.0, 8, "und"))
    assert "whose language is told" in found.off["language_shift"]
    assert verdict_on(found).passes


def test_undetermined_promoted_records_are_known_to_a_drop_that_tells_its_language() -> None:
    found = measure(DROP, with_strays(REFERENCE, 1.0, 8, "und"))
    assert [(s["language"], s["known"]) for s in found.strata] == [("en", True)]


@pytest.mark.parametrize(
    ("drop", "reference", "alone"),
    [
        ({"en": 900, "de": 99}, {"en": 900}, set()),  # just below a tenth of the drop
        ({"en": 800, "de": 200}, {"en": 900}, {"de"}),
        ({"en": 60, "de": RARE_RECORDS - 1}, {"en": 900}, set()),  # too few to be judged alone
        ({"en": 60, "de": RARE_RECORDS}, {"en": 900}, {"de"}),
        ({"en": 900, "de": 1}, {"en": 900, "de": KNOWN}, {"de"}),  # known among promoted records
        ({"en": 900, "de": 1}, {"en": 900, "de": KNOWN - 1}, set()),
        ({"en": 900, "und": 900}, {"en": 900, "und": 900}, set()),
    ],
)
def test_which_languages_stand_alone(
    drop: dict[str, int], reference: dict[str, int], alone: set[str]
) -> None:
    folded = fold(strata(drop), strata(reference), KNOWN)
    assert {language for (_, language), (_, own) in folded.items() if own == language} == {"en", *alone}


def test_sources_are_folded_apart() -> None:
    drop = [*strata({"en": 500, "de": 5}), *strata({"de": 500, "en": 5}, "recht")]
    folded = fold(drop, [], KNOWN)
    assert folded["guide", "de"] == ("guide", "en")
    assert folded["recht", "en"] == ("recht", "de")
