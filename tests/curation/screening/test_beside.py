"""What a record holds beside its content, in its metadata and its id, is searched as its text is."""

import hashlib
import json
from typing import Any
from uuid import UUID

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening import count_by_source, find_sensitive, screen
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


LETTERS = "hf_" + "qWeRtYuIoPaSdFgHjKlZxCvBnMqWeRtYuI"
"""A token without a digit, in the shape of a real one."""


@pytest.mark.parametrize("token", [LETTERS, TOKEN])
@pytest.mark.parametrize("named", ["{}", "web {}", "https://hub.example/x?t={}"])
@pytest.mark.parametrize("column", ["source", "drop", "file"])
def test_a_secret_in_the_name_of_an_origin_is_found(token: str, named: str, column: str) -> None:
    given = records(None, **{column: named.format(token)})
    assert find_sensitive(given, ScreeningSettings())["kind"].to_list() == ["secret"]


@pytest.mark.parametrize("token", [LETTERS, TOKEN, "AKIA" + "Q3EGRT7LWZ5MNB2X"])
@pytest.mark.parametrize(
    "value", [1, 0.5, True, None, "yes", "", [], {}, {"a": 1}, [1, 2], {"a": {"b": "c"}}]
)
def test_a_secret_that_is_a_key_is_found_whatever_its_value_is(token: str, value: Any) -> None:
    for metadata in ({token: value}, {"used": {token: value}}, {"used": [{token: value}]}):
        found = find_sensitive(records(metadata), ScreeningSettings())
        assert found["kind"].to_list() == ["secret"], metadata


def test_long_keys_and_names_of_origins_are_no_secrets() -> None:
    keys = ["chat_template_kwargs", "totalNumberOfTokensUsed", "numberOfTweetsByTheAuthor2024"]
    given = records(dict.fromkeys(keys, 4539578763621486), source="openhermes_instruct_with_tools-and_more")
    assert find_sensitive(given, ScreeningSettings()).is_empty()


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


PASSWORD = "Tq7mVx2" + "LpR9w"
SOURCES = [
    (f"https://deploy:{PASSWORD}@ci.acme-pumps.io/dump", "secret"),
    ("karla.lindholm@nordpumpen.se", "email"),
    ("tickets of karla (at) nordpumpen.se", "email"),
    (f"dump-{TOKEN}", "secret"),
    (f"s3://bucket?api_key={TOKEN[4:]}", "secret"),
]


@pytest.mark.parametrize("column", ["source", "file", "drop"])
@pytest.mark.parametrize(("name", "kind"), SOURCES)
def test_where_a_record_comes_from_is_searched_and_told(column: str, name: str, kind: str) -> None:
    told = f"{name}.jsonl" if column == "file" else name
    given = records(None, None, **{column: told})
    given = pl.concat([given, records({"a": 1}, text="Another.", source="web")])
    found = find_sensitive(given, ScreeningSettings())
    rows = [(record_id, kind, None, None) for record_id in given["id"][:2]]
    assert found.select("id", "kind", "start", "end").rows() == rows
    assert all(detail.endswith(f"in {column}") for detail in found["detail"])
    assert not any(name in span for span in found["span"])
    screened = screen(given, ScreeningSettings(secrets="remove", emails="remove"))
    assert screened.kept["id"].to_list() == [given["id"][2]]


def test_a_telephone_number_as_source_is_found_and_numbers_in_names_of_files_are_none() -> None:
    settings = ScreeningSettings(phone_region="US")
    assert find_sensitive(records(None, source="+49 30 901820"), settings)["kind"].to_list() == ["phone"]
    harmless = [
        "4539578763621486.jsonl",
        "404-563-7900/part.jsonl",
        f"train-{hashlib.sha256(b'a').hexdigest()}.parquet",
        "source=github.com@v1.2/part-00000-4f1c7d1e-1b1a-4b2e-9b6e-2f6d1c0e5a77.c000.snappy.parquet",
        "notes@home.md",
        "package@1.2.3.zip",
        "token/secrets-and-passwords.csv",
        "data/my_password_notes.json",
    ]
    for name in harmless:
        assert find_sensitive(records(None, file=name), settings).is_empty(), name
    assert find_sensitive(records(None, drop="4539578763621486-404-563-7900"), settings).is_empty()
    for name in [
        "github.com/a/b",
        "git@github.com:a/b.git",
        "https://hub.org/datasets/a/b@main",
        "wiki-2024",
    ]:
        assert find_sensitive(records(None, source=name), settings).is_empty(), name


def test_a_source_whose_name_holds_one_is_counted_under_a_masked_name() -> None:
    named = SOURCES[0][0]
    given = pl.concat(
        [records({"see": named}, None, source=named), records(None, text="Another.", source="web")]
    )
    counts = count_by_source(given, find_sensitive(given, ScreeningSettings()), {named: "MIT"})
    assert [(row["source"], row["licence"], row["secrets"]) for row in counts] == [
        (f"http… ({len(named)} characters)", "MIT", 2),
        ("web", None, 0),
    ]
