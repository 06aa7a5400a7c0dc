"""Suspects: each fault's records are pointed at by their own rule, and the sources they stand in are told."""

import base64
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from entropy_assets.curation.entropy_law import (
    POINTERS,
    RULES,
    SUSPECTS_SCHEMA,
    Compared,
    Reason,
    Texts,
    Values,
    find_suspects,
    name_suspects,
    suspects_by_source,
)
from entropy_assets.curation.entropy_law.drop.copies import copies_of
from entropy_assets.curation.entropy_law.drop.excess import MAX_SCORE
from entropy_assets.curation.entropy_law.drop.phrases import REPEATED_SHARE
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import content_id
from entropy_assets.settings import LawSettings
from tests.curation.entropy_law.sentences import Rows, rows, values_of, write

LAW = LawSettings()
REFERENCE = rows(900, seed=21)
DROP = rows(450, seed=22)
NONE = (Texts([], [], []), np.array([]))


def suspects(drop: Rows, rule: str, reference: Rows | None = REFERENCE) -> pl.DataFrame:
    own, own_losses = drop.measured()
    promoted, losses = NONE if reference is None else reference.measured()
    values = values_of(own, promoted, own_losses, losses)
    return find_suspects(Compared.beside(own, promoted, values, LAW)).filter(pl.col("rule") == rule)


def ids(texts: list[str]) -> set[str]:
    return {content_id({"kind": "text", "text": text}) for text in texts}


def damaged(change: Callable[[str, int], str], source: str | None = None) -> tuple[Rows, set[str]]:
    """Return the drop with every fifth text changed, of one source if one is named, and their ids."""
    hit = [i % 5 == 0 and source in (None, s[0]) for i, s in enumerate(DROP.strata)]
    texts = [change(t, i) if h else t for i, (t, h) in enumerate(zip(DROP.texts, hit, strict=True))]
    return replace(DROP, texts=texts), ids([t for t, h in zip(texts, hit, strict=True) if h])


def blob(text: str, number: int) -> str:
    return base64.b64encode(np.random.default_rng(number).bytes(120)).decode()


def test_every_pointer_is_of_a_rule() -> None:
    assert set(POINTERS) <= set(RULES)


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["known", "first version"])
def test_blobs_are_pointed_at(reference: Rows | None) -> None:
    drop, planted = damaged(blob)
    found = suspects(drop, "blobs", reference)
    assert found.schema == SUSPECTS_SCHEMA
    assert set(found["id"]) == planted
    assert found["score"].min() >= 0.3
    assert found["score"].is_sorted(descending=True)


@pytest.mark.parametrize("reference", [REFERENCE, None], ids=["known", "first version"])
def test_copies_name_the_other_record(reference: Rows | None) -> None:
    template = write("en", np.random.default_rng(1)).removesuffix(".")
    drop, planted = damaged(lambda _, i: f"{template} {i}.")
    found = suspects(drop, "copies", reference)
    assert set(found["id"]) == planted
    partners = found["compared_with"].str.strip_prefix("record of the drop ")
    assert set(partners) < planted
    assert (partners != found["id"]).all()


def test_a_copy_of_a_promoted_record_names_it() -> None:
    texts = REFERENCE.frame().sort("id")["text"].to_list()
    long = next(text for text in texts[:300] if len(text.split()) > 30)
    drop, planted = damaged(lambda text, i: f"{long} {i}." if i == 0 else text)
    (told,) = suspects(drop, "copies")["compared_with"]
    assert told == f"promoted record {next(iter(ids([long])))}"
    assert len(planted) > 1


def test_no_record_is_a_copy_of_itself() -> None:
    said = [f"{t} {t.split()[0]}" if i % 3 else t for i, t in enumerate(DROP.texts)] + DROP.texts[:90]
    texts = Texts([""] * len(said), [text.encode() for text in said], [("a", "en")] * len(said))
    flagged = copies_of(texts.take(range(450)), texts.take(range(450, len(said))))
    assert (flagged["place"] != flagged["partner"]).all()
    assert flagged.height > 50


def refused(text: str) -> str:
    return f"{text[:60]}\n\nI am sorry but as an assistant I cannot help with {text.split()[0]}."


def test_stock_phrases_are_pointed_at() -> None:
    drop, planted = damaged(lambda text, _: refused(text))
    found = suspects(drop, "repeated_phrases")
    assert set(found["id"]) == planted
    assert found["score"].min() >= REPEATED_SHARE
    assert "promoted ones" in found["compared_with"][0]


def test_stock_phrases_that_are_usual_are_not_pointed_at() -> None:
    drop, planted = damaged(lambda text, _: refused(text))
    usual = replace(REFERENCE, texts=[refused(t) if i % 5 == 0 else t for i, t in enumerate(REFERENCE.texts)])
    assert len(suspects(drop, "repeated_phrases", usual)) < len(planted) / 10
    assert suspects(drop, "repeated_phrases", None).is_empty()


def test_truncated_records_are_those_that_end_open() -> None:
    drop, planted = damaged(lambda text, _: text[: len(text) // 2].rstrip(" .,"))
    found = suspects(drop, "truncated")
    assert planted <= set(found["id"])
    assert set(found["id"]) - planted <= ids([t for t in DROP.texts if not t.endswith(".")])
    assert (found["score"] > 1).all()


def test_an_open_end_is_no_suspect_where_promoted_records_end_open_too() -> None:
    def open_guide(given: Rows) -> Rows:
        pairs = zip(given.texts, given.strata, strict=True)
        return replace(given, texts=[t.rstrip(".") if s[0] == "guide" else t for t, s in pairs])

    found = suspects(open_guide(DROP), "truncated", open_guide(REFERENCE))
    assert set(found["source"]) == {"forum"}


def test_high_losses_are_pointed_at_within_their_stratum() -> None:
    hit = np.arange(len(DROP)) % 5 == 0
    drop = replace(DROP, losses=DROP.losses + 2.0 * hit)
    found = suspects(drop, "loss_shift")
    planted = ids([t for t, h in zip(DROP.texts, hit, strict=True) if h])
    assert planted <= set(found["id"])
    assert found.height - len(planted) < 0.06 * len(DROP)
    worst = found.row(0, named=True)
    assert worst["score"] == MAX_SCORE
    assert f"promoted records of {worst['source']} in {worst['language']}" in worst["compared_with"]


def test_losses_that_are_not_known_point_at_nothing() -> None:
    drop = replace(DROP, losses=np.full(len(DROP), np.nan))
    assert suspects(drop, "loss_shift").is_empty()


def test_an_unusual_language_is_pointed_at_and_an_untold_one_is_not() -> None:
    strata = [
        (s, "fr" if i % 4 == 0 and s == "guide" else "und" if i % 7 == 0 else lang)
        for i, (s, lang) in enumerate(DROP.strata)
    ]
    found = suspects(replace(DROP, strata=strata), "language_shift")
    assert set(found["language"]) == {"fr"}
    assert set(found["source"]) == {"guide"}
    assert found.height == sum(s == ("guide", "fr") for s in strata)


def test_a_clean_drop_has_few_suspects() -> None:
    for rule in ("blobs", "copies", "language_shift"):
        assert suspects(DROP, rule).is_empty()
    assert suspects(DROP, "loss_shift").height < 0.1 * len(DROP)


def test_row_ids_are_kept_and_the_order_of_rows_does_not_matter() -> None:
    drop, _ = damaged(blob)
    own, losses = drop.measured()
    promoted, theirs = REFERENCE.measured()
    values = values_of(own, promoted, losses, theirs)
    one = find_suspects(Compared.beside(own, promoted, values, LAW), [f"row-{i}" for i in own.ids])
    assert (one["row_id"] == "row-" + one["id"]).all()
    turned = np.arange(len(own))[::-1]
    back = own.take(turned)
    pair = Compared.beside(back, promoted, values_of(back, promoted, losses[turned], theirs), LAW)
    other = find_suspects(pair, [f"row-{i}" for i in back.ids])
    for rule in ("blobs", "truncated", "loss_shift", "language_shift"):
        assert one.filter(rule=rule).equals(other.filter(rule=rule))


def test_shares_by_source_and_the_sentence_of_a_hold() -> None:
    drop, planted = damaged(blob, source="guide")
    own, _ = drop.measured()
    table = suspects_by_source(suspects(drop, "blobs"), own.strata)
    (row,) = table
    assert row == {
        "rule": "blobs",
        "source": "guide",
        "suspects": len(planted),
        "records": 150,
        "share": 1.0,
    }
    seen = Reason("blobs", "drop", 0.1, 0.0, 0.02, "share of records", "no text", "remove it", "blobs")
    other = replace(seen, code="copies", rule="copies")
    named, same = name_suspects([seen, other], table)
    assert (
        named.why
        == f"no text; {len(planted)} suspects, 100 % in source guide ({len(planted)} of its 150 records)"
    )
    assert (named.n_suspects, named.do) == (len(planted), "remove it")
    assert same == other
    assert name_suspects([seen], []) == (seen,)


def test_a_number_and_a_row_id_for_each_record_are_needed() -> None:
    own, losses = DROP.measured()
    values = {"loss_shift": Values(losses[:-1], np.array([]))}
    with pytest.raises(InvalidParameter, match="loss_shift must have a number for each"):
        Compared.beside(own, NONE[0], values, LAW)
    with pytest.raises(InvalidParameter, match="2 row ids for"):
        find_suspects(Compared.beside(own, NONE[0], {}, LAW), ["a", "b"])
