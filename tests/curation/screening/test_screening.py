"""Screening as a whole: no record is lost or edited, each removal is explained, and counts are right."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from upath import UPath

from entropy_assets.curation.screening import (
    OUT_SCHEMA,
    RULES,
    count_by_source,
    find_sensitive,
    screen,
)
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.curation.screening.parts import Part, screen_part
from entropy_assets.execution import processes
from entropy_assets.records import SCHEMA, content_id, render
from entropy_assets.settings import ScreeningSettings
from entropy_assets.shards import read_shards, write_shard

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6"
REMOVE_ALL = ScreeningSettings(secrets="remove", emails="remove", phones="remove", cards="remove")
TEXTS = {
    "clean": "The committee has to publish its report before the end of the following month.",
    "german": "Der Ausschuss muss seinen Bericht noch im Laufe des folgenden Monats veröffentlichen.",
    "secret": f"The log of the night shows that {TOKEN} was used by the committee.",
    "email": "Write to anna.keller@mail.de before the end of the following month, she said.",
    "phone": "Call +1 404-563-7900 before the end of the following month, she said.",
    "card": "Charge 4539 1488 0343 6467 before the end of the following month, she said.",
    "both": f"Write to anna.keller@mail.de, who holds {TOKEN} since the following month.",
}


def frame(texts: dict[str, str] = TEXTS, **columns: Any) -> pl.DataFrame:
    rows = [
        {
            "id": content_id({"kind": "text", "text": text}),
            "row_id": name,
            "source": "notes",
            "kind": "text",
            "text": text,
            "drop": "d",
            "file": "a.jsonl",
            "line": number,
            **columns,
        }
        for number, (name, text) in enumerate(texts.items(), start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def test_everything_is_reported_and_stays_by_default() -> None:
    given_records = frame()
    screened = screen(given_records, ScreeningSettings())
    assert screened.out.is_empty()
    assert_frame_equal(screened.kept.drop("language"), given_records.drop("language"))
    named = dict(given_records.select("id", "row_id").iter_rows())
    assert sorted((named[i], kind) for i, kind in screened.findings.select("id", "kind").iter_rows()) == [
        ("both", "email"),
        ("both", "secret"),
        ("card", "card"),
        ("email", "email"),
        ("phone", "phone"),
        ("secret", "secret"),
    ]


@pytest.mark.parametrize("kind", ["secret", "email", "phone", "card"])
def test_a_kind_that_is_removed_takes_its_records_and_no_others(kind: str) -> None:
    screened = screen(frame(), ScreeningSettings(**{f"{kind}s": "remove"}))
    expected = [kind, "both"] if kind in ("secret", "email") else [kind]
    assert screened.out["row_id"].to_list() == expected
    assert screened.kept["row_id"].to_list() == [name for name in TEXTS if name not in expected]
    assert screened.out.schema == OUT_SCHEMA
    assert set(screened.out["rule"]) == {kind}
    assert screened.findings["id"].is_in(screened.kept["id"].implode()).all()


def test_a_removed_record_is_told_by_place_rule_and_masked_span() -> None:
    (row,) = screen(frame(), REMOVE_ALL).out.filter(pl.col("row_id") == "secret").iter_rows(named=True)
    assert (row["drop"], row["file"], row["line"]) == ("d", "a.jsonl", 3)
    assert (row["rule"], row["detail"]) == ("secret", "GitHub Token")
    assert TEXTS["secret"][row["start"] : row["end"]] == TOKEN
    assert row["span"] == "ghp_… (40 characters)"
    assert TOKEN not in str(row)


def test_the_span_counts_characters_of_the_canonical_text() -> None:
    turns = [{"role": "user", "content": "谁?"}, {"role": "assistant", "content": TEXTS["email"]}]
    record = {"kind": "chat", "messages": turns}
    records = pl.DataFrame([{**record, "id": content_id(record), "source": "s"}], schema=SCHEMA)
    (found,) = find_sensitive(records, ScreeningSettings()).iter_rows(named=True)
    assert render(record)[found["start"] : found["end"]] == "anna.keller@mail.de"


def test_a_record_with_several_rules_stands_once_under_the_first() -> None:
    screened = screen(frame(), REMOVE_ALL)
    assert screened.out["id"].is_unique().all()
    (rule,) = screened.out.filter(pl.col("row_id") == "both")["rule"]
    assert rule == "secret"
    assert RULES.index("secret") < RULES.index("email")


def test_a_language_that_the_row_names_is_kept() -> None:
    stated = screen(frame(language="tlh"), ScreeningSettings()).kept["language"]
    assert set(stated) == {"tlh"}
    kept = screen(frame(), ScreeningSettings()).kept
    assert dict(kept.select("row_id", "language").iter_rows())["german"] == "de"
    off = screen(frame(), ScreeningSettings(detect_languages=False)).kept
    assert off["language"].null_count() == off.height


def test_contaminated_records_are_removed_with_span_and_item() -> None:
    item = "What is the name of the river that flows through the capital of the old northern kingdom?"
    texts = {**TEXTS, "leak": f"Quiz night. {item} Nobody knew it."}
    items = frame({"q7": item}).with_columns(pl.lit("rivers").alias("item_set"))
    hits = find_contamination(frame(texts), items, 13)
    screened = screen(frame(texts), ScreeningSettings(), hits)
    (row,) = screened.out.iter_rows(named=True)
    assert (row["row_id"], row["rule"]) == ("leak", "contamination")
    assert "river that flows" in row["span"]
    assert "item q7 in rivers" in row["detail"]
    assert (row["start"], row["end"]) == (None, None)
    assert screened.kept.height == len(TEXTS)


def test_counts_by_source() -> None:
    both = frame().with_columns(pl.lit(None, dtype=pl.String).alias("language"))
    second = frame({"other": "Nothing to see in this other record of the other source, is there?"})
    records = screen(pl.concat([both, second.with_columns(source=pl.lit("forum"))]), ScreeningSettings()).kept
    findings = find_sensitive(records, ScreeningSettings())
    forum, notes = count_by_source(records, findings, {"forum": "MIT"})
    assert (forum["source"], forum["licence"], forum["records"]) == ("forum", "MIT", 1)
    assert (forum["secrets"], forum["personal_data"]) == (0, 0)
    assert notes["licence"] is None
    assert (notes["secrets"], notes["emails"], notes["phones"], notes["cards"]) == (2, 2, 1, 1)
    assert notes["personal_data"] == 4
    assert notes["languages"]["de"] == 1
    assert sum(notes["languages"].values()) == notes["records"] == len(TEXTS)


PIECES = st.sampled_from([*TEXTS.values(), "", "ok", "+1 404-563-7900", TOKEN])


@given(
    st.lists(st.lists(PIECES, min_size=1, max_size=3).map(" ".join), max_size=8, unique=True),
    st.builds(
        ScreeningSettings,
        **{name: st.sampled_from(["report", "remove"]) for name in ("secrets", "emails", "phones", "cards")},
    ),
)
def test_records_are_conserved_and_order_does_not_matter(
    texts: list[str], settings: ScreeningSettings
) -> None:
    given_records = frame({str(number): text for number, text in enumerate(texts)})
    screened = screen(given_records, settings)
    assert sorted([*screened.kept["id"], *screened.out["id"]]) == sorted(given_records["id"])
    content = ["id", "kind", "text"]
    unchanged = given_records.filter(pl.col("id").is_in(screened.kept["id"].implode()))
    assert_frame_equal(screened.kept.select(content), unchanged.select(content))
    backwards = screen(given_records.sort("line", descending=True), settings)
    assert_frame_equal(backwards.kept.sort("line"), screened.kept)
    assert_frame_equal(backwards.out.sort("line"), screened.out)


def parts(folder: Path, slices: list[pl.DataFrame], settings: ScreeningSettings) -> list[Part]:
    root = UPath(folder)
    folders = (root / "kept", root / "out", root / "findings")
    return [Part(root, folders, write_shard(root, root / "in", own), settings, None) for own in slices]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_shards_are_screened_as_the_whole_by_any_number_of_workers(tmp_path: Path, n_workers: int) -> None:
    given_records = frame()
    jobs = parts(tmp_path, list(given_records.iter_slices(3)), REMOVE_ALL)
    with processes(n_workers) as executor:
        done = list(executor.map(screen_part, jobs))
    whole = screen(given_records, REMOVE_ALL)
    pick: list[tuple[int, pl.DataFrame, Callable[[], pl.Schema]]] = [
        (0, whole.kept, lambda: SCHEMA),
        (1, whole.out, lambda: OUT_SCHEMA),
    ]
    for place, expected, schema in pick:
        found = pl.concat([read_shards(UPath(tmp_path), part[place], schema()) for part in done])
        assert_frame_equal(found, expected)
