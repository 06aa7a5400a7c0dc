"""What a record holds beside its content, in its metadata and its id, is searched as its text is."""

import hashlib
import json
from typing import Any
from uuid import UUID

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening import find_sensitive, screen
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import ScreeningSettings

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
ADDRESS = "jörg.adler@müller-söhne.de"
CAPITAL = "What is the capital of Norvia?"
LONG = "the third keeper of the old mill by the river counts grey geese at dawn and sells none"


def records(*metadata: Any, **more: Any) -> pl.DataFrame:
    rows = [
        {
            "kind": "text",
            "text": f"Nothing {n}.",
            "source": "s",
            **more,
            "metadata": given and json.dumps(given),
        }
        for n, given in enumerate(metadata)
    ]
    return pl.DataFrame([{**row, "id": content_id(row)} for row in rows], schema=SCHEMA)


def items(*questions: str) -> pl.DataFrame:
    rows = [
        {
            "kind": "chat",
            "messages": [{"role": "user", "content": q}, {"role": "assistant", "content": "Tarn"}],
            "source": "s",
        }
        for q in questions
    ]
    framed = pl.DataFrame([{**row, "id": content_id(row)} for row in rows], schema=SCHEMA)
    return framed.with_columns(item_set=pl.lit("quiz"))


def places(text: str) -> list[Any]:
    return [
        {"tool_plan": f"Say {text} then"},
        {"turns": [{"reasoning_details": [{"text": f"So: {text}"}]}]},
        {"deep": {"er": [["a", f"b\n{text}\nc"]]}},
        {"call": json.dumps({"arguments": json.dumps({"text": f"a\n{text}\nb"})})},
    ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(("text", "kind"), [(TOKEN, "secret"), (ADDRESS, "email")])
def test_secrets_and_addresses_in_metadata_are_found(number: int, text: str, kind: str) -> None:
    given = records(None, places(text)[number])
    found = find_sensitive(given, ScreeningSettings())
    assert found.select("id", "kind", "start", "end").rows() == [(given["id"][1], kind, None, None)]
    screened = screen(given, ScreeningSettings(secrets="remove", emails="remove"))
    assert screened.kept["id"].to_list() == [given["id"][0]]
    assert screened.out["rule"].to_list() == [kind]


def test_a_key_of_the_metadata_names_a_password_and_a_number_of_a_card() -> None:
    found = find_sensitive(
        records({"db_password": "Kr4nich-am-See", "card": 4539578763621486}, {ADDRESS: 1}),
        ScreeningSettings(),
    )
    assert found["kind"].to_list() == ["secret", "email", "card"]


def test_an_address_as_the_own_id_is_found_and_what_stands_in_the_text_too_counts_once() -> None:
    found = find_sensitive(records(None, row_id="k.holm@kontor-nord.de"), ScreeningSettings())
    assert found["kind"].to_list() == ["email"]
    twice = find_sensitive(records({"copy": f"see {TOKEN}"}, text=f"see {TOKEN}"), ScreeningSettings())
    assert twice["start"].to_list() == [4]


def harmless(number: int) -> dict[str, Any]:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return {
        "sha256": digest,
        "md5": digest[:32],
        "etag": f'"{digest[:32]}"',
        "uuid": str(UUID(digest[:32])),
        "commit": digest[:40],
        "author": "Ann Bee",
        "author_id": digest[8:48],
        "token_count": number,
        "tokens": [number, 2, 3],
        "key": digest[:32],
        "id": f"chatcmpl-{digest[:29]}",
        "request_id": f"req_{digest[:24]}",
        "content_hash": f"sha256:{digest}",
        "url": f"https://github.com/a/b/commit/{digest[:40]}?page=2#L{number}",
        "raw": f"https://raw.githubusercontent.com/a/b/{digest[:40]}/secret/token.py",
        "s3_key": f"s3://bucket/{digest[:32]}.json",
        "doi": "10.1145/3442188.3445922",
        "tweet": 4539578763621486,
        "created": 1700000000 + number,
        "tweet_id": "4539578763621486",
        "signature": digest,
        "token_hash": digest,
    }


def test_digests_ids_and_addresses_of_pages_in_metadata_are_none() -> None:
    given = records(*map(harmless, range(200)), row_id="train-0000012-" + "ab12" * 8)
    assert find_sensitive(given, ScreeningSettings(phone_region="US")).is_empty()
    assert find_contamination(given, items(CAPITAL, LONG)).is_empty()


@pytest.mark.parametrize("number", range(4))
def test_evaluation_items_in_metadata_are_found(number: int) -> None:
    given = records(None, places(LONG)[number])
    found = find_contamination(given, items(LONG, CAPITAL))
    assert found.select("id", "side", "item_side").rows() == [(given["id"][1], "metadata", "prompt")]
    assert found["span"].to_list() == [LONG]


@pytest.mark.parametrize("place", [{"original": CAPITAL}, {"a": [{"b": f"x\nQ: {CAPITAL}\ny"}]}])
def test_short_questions_in_metadata_are_found(place: Any) -> None:
    given = records({"original": "What is the capital of Sorvia?"}, place)
    assert find_contamination(given, items(CAPITAL))["id"].to_list() == [given["id"][1]]


def test_a_question_in_text_and_metadata_is_told_by_the_text_and_copies_do_not_make_it_boilerplate() -> None:
    both = records({"q": LONG}, text=f"So {LONG}.")
    assert find_contamination(both, items(LONG))["side"].to_list() == ["text"]
    many = records(*({"q": f"{n} {LONG}"} for n in range(30)))
    assert find_contamination(many, items(LONG)).height == 30


def test_what_ingest_puts_into_the_metadata_of_a_turn_is_searched(tmp_path: Any) -> None:
    turns = [
        {"role": "user", "content": "Hi", "name": ADDRESS},
        {"role": "assistant", "content": "Ho", "tool_plan": TOKEN},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"messages": turns}) + "\n")
    found = find_sensitive(read_file(path, drop="d").records, ScreeningSettings())
    assert sorted(found["kind"]) == ["email", "secret"]
