"""A small writer of prose with sources and languages, so that drops can be measured without a corpus."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.curation.entropy_law import KnownWords, Texts, Values, measure_wording

STRATA = (("guide", "en"), ("forum", "en"), ("forum", "de"))
SYLLABLES = {
    "en": "th er on an re he in ed ha at en es of or nt ea ti to it st io le is ou ar as de rt ve",
    "de": "sch ein ich und der ung che gen ver ten auf aus bei nen ter lich keit heit zu be ge er ur",
}


def vocabulary(language: str, n_words: int = 1_500) -> list[str]:
    """Return made-up words of a language, always the same ones."""
    rng = np.random.default_rng([7, len(language), *language.encode()])
    syllables = SYLLABLES[language].split()
    found: dict[str, None] = {}
    while len(found) < n_words:
        found["".join(rng.choice(syllables, rng.integers(1, 5)))] = None
    return list(found)


VOCABULARY = {language: vocabulary(language) for language in SYLLABLES}
"""Language -> words, the commonest first."""

WEIGHTS = 1 / np.arange(3, len(VOCABULARY["en"]) + 3)
DRAWN = (WEIGHTS / WEIGHTS.sum()).cumsum()
DRAWN /= DRAWN[-1]
"""How often a word of this or a lower rank is drawn by Zipf's law, float (1_500,).

`rng.choice` draws the same words, and adds this up each time.
"""

PHRASE_SHARE = 0.7
"""Share of the words that the word before them has chosen."""


def write(language: str, rng: np.random.Generator) -> str:
    """Return a few sentences whose words follow Zipf's law; one text in twelve ends without a full stop.

    Two of three words are one of four that often follow the word before them.
    """
    words = VOCABULARY[language]
    sentences = []
    for _ in range(rng.integers(2, 7)):
        picked = DRAWN.searchsorted(rng.random(rng.integers(7, 16)), side="right")
        for place in range(1, len(picked)):
            if rng.random() < PHRASE_SHARE:
                picked[place] = (picked[place - 1] * 31 + 7 * int(rng.integers(4))) % len(words)
        sentences.append(" ".join(words[i] for i in picked).capitalize())
    return ". ".join(sentences) + ("" if rng.random() < 1 / 12 else ".")


@dataclass(frozen=True)
class Rows:
    """Records by column, each with the loss that a probe is said to have on it."""

    texts: list[str]
    strata: list[tuple[str, str]]
    losses: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def frame(self) -> pl.DataFrame:
        """Return the rows as records beside their `loss`, in the order of their ids."""
        values = [
            {
                "id": records.content_id({"kind": "text", "text": text}),
                "source": source,
                "language": language,
                "kind": "text",
                "text": text,
                "drop": "d",
            }
            for text, (source, language) in zip(self.texts, self.strata, strict=True)
        ]
        frame = pl.DataFrame(values, schema_overrides=records.SCHEMA)
        missing = [pl.lit(None, dtype=kind).alias(c) for c, kind in records.SCHEMA.items() if c not in frame]
        frame = frame.with_columns(missing).select(list(records.SCHEMA))
        return frame.with_columns(pl.Series("loss", self.losses)).unique("id", keep="first").sort("id")

    def measured(self) -> tuple[Texts, np.ndarray]:
        """Return texts and losses as the gate's caller hands them over."""
        frame = self.frame()
        return Texts.of(frame), frame["loss"].to_numpy()


def values_of(drop: Texts, reference: Texts, losses: np.ndarray, theirs: np.ndarray) -> dict[str, Values]:
    """Return all numbers of single records, as the gate's caller hands them over."""
    return {**measure_wording(drop, KnownWords.of(reference)), "loss_shift": Values(losses, theirs)}


def rows(n_rows: int, seed: int, strata: tuple[tuple[str, str], ...] = STRATA) -> Rows:
    """Return `n_rows` clean rows, spread evenly over the strata."""
    rng = np.random.default_rng(seed)
    own = [strata[number % len(strata)] for number in range(n_rows)]
    texts = [write(language, rng) for _, language in own]
    return Rows(texts, own, rng.normal(2.0, 0.3, n_rows))
