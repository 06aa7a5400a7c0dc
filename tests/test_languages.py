"""One language has one code, however a row, a folder, an older store or the model of languages calls it."""

import polars as pl
import pytest

from entropy_assets.curation.entropy_law.drop.strata import language_shift
from entropy_assets.curation.entropy_law.measurement import Texts, strata_of
from entropy_assets.curation.screening import count_by_source, detect_languages, screen
from entropy_assets.curation.screening.findings import FINDINGS_SCHEMA
from entropy_assets.languages import code_of, language_of
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import ScreeningSettings

SAME = {
    "en": ("English", "EN", "eng", "en-US", "en_GB.UTF-8", "American English"),
    "de": ("German", "Deutsch", "ger", "deu", "de-AT"),
    "no": ("Norwegian", "nb", "nob", "nb-NO", "no", "Norwegian Bokmål"),
    "fil": ("Filipino", "Tagalog", "tl", "fil"),
    "zh": ("Chinese", "zho", "cmn", "zh-Hans", "Simplified Chinese"),
    "sr": ("Serbian", "sr-Latn", "sh", "Serbo-Croatian"),
    "he": ("Hebrew", "iw"),
}
SENTENCES = {
    "en": "The committee has to publish its report before the end of the following month.",
    "de": "Der Ausschuss muss seinen Bericht noch im Laufe des folgenden Monats veröffentlichen.",
    "no": "Komiteen må offentliggjøre sin rapport før slutten av neste måned, og ikke senere enn det.",
    "fil": "Kailangang ilathala ng lupon ang kanilang ulat bago matapos ang susunod na buwan ngayong taon.",
}


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in SAME.items() for name in names])
def test_names_and_codes_are_one_language(code: str, name: str) -> None:
    assert language_of(name) == code
    assert language_of(code) == code


@pytest.mark.parametrize("name", ["Python", "tsv", "none", "unknown", "multi", ""])
def test_what_is_no_language_has_no_code(name: str) -> None:
    assert language_of(name) is None
    assert code_of(name) == name


@pytest.mark.parametrize("code", SENTENCES)
def test_what_is_detected_is_the_code_that_names_get(code: str) -> None:
    assert detect_languages([SENTENCES[code]]) == [code]


def frame(language: str | None, code: str = "en", n: int = 40) -> pl.DataFrame:
    texts = [f"{SENTENCES[code]} It says so on page {number}." for number in range(n)]
    rows = [
        {"id": content_id({"kind": "text", "text": text}), "source": "s", "kind": "text", "text": text}
        for text in texts
    ]
    return pl.DataFrame(rows, schema=SCHEMA).with_columns(pl.lit(language, dtype=pl.String).alias("language"))


@pytest.mark.parametrize("stated", ["English", "en-US", "eng", None])
@pytest.mark.parametrize("promoted", ["English", "EN", "en", None])
def test_the_same_texts_under_another_name_of_their_language_are_no_shift(
    stated: str | None, promoted: str | None
) -> None:
    drop = screen(frame(stated), ScreeningSettings()).kept
    assert set(drop["language"]) == {"en"}
    before = frame(promoted) if promoted else screen(frame(None), ScreeningSettings()).kept
    found = language_shift(Texts.of(drop), Texts.of(before), 20)
    assert found is not None
    assert found.value == 0
    assert set(strata_of(before)) == {("s", "en")}


def test_another_language_is_a_shift() -> None:
    drop = screen(frame("German", "de"), ScreeningSettings()).kept
    found = language_shift(Texts.of(drop), Texts.of(frame("English")), 20)
    assert found is not None
    assert found.value == 1


def test_records_of_an_older_store_are_counted_under_one_code() -> None:
    records = pl.concat([frame("English", n=3), frame("en", n=2)])
    (row,) = count_by_source(records, FINDINGS_SCHEMA.to_frame(), {})
    assert row["languages"] == {"en": 5}
