"""What stands behind JSON's escapes is found: in calls, definitions and results of tools."""

import json
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.screening import find_sensitive
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.curation.screening.escapes import readable, unescaped
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import ScreeningSettings

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
ADDRESS = "jörg.adler@müller-söhne.de"


def records(*rows: dict[str, Any]) -> pl.DataFrame:
    full = [{"kind": "chat", "source": "s", **row} for row in rows]
    return pl.DataFrame([{**row, "id": content_id(row)} for row in full], schema=SCHEMA)


def called(text: str) -> dict[str, Any]:
    arguments = json.dumps({"path": "keys", "content": f"# mine\n{text}\n"})
    calls = json.dumps([{"function": {"name": "write", "arguments": arguments}}])
    asked = {"role": "user", "content": "Write it."}
    return {"messages": [asked, {"role": "assistant", "content": "", "tool_calls": calls}]}


def returned(text: str) -> dict[str, Any]:
    result = {"role": "tool", "content": json.dumps({"out": f"a\n{text}\n"})}
    return {
        "messages": [
            {"role": "user", "content": "Read it."},
            result,
            {"role": "assistant", "content": "Done."},
        ]
    }


def defined(text: str) -> dict[str, Any]:
    tools = json.dumps([{"name": "f", "description": f"a\n{text}\n"}])
    return {
        "messages": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "So."}],
        "tools": tools,
    }


@pytest.mark.parametrize("where", [called, returned, defined])
@pytest.mark.parametrize(("text", "kind"), [(TOKEN, "secret"), (ADDRESS, "email")])
def test_secrets_and_addresses_are_found_behind_escapes(where: Any, text: str, kind: str) -> None:
    found = find_sensitive(records(where(text)), ScreeningSettings())
    assert found["kind"].to_list() == [kind]


@pytest.mark.parametrize("where", [called, returned, defined])
def test_evaluation_items_are_found_behind_escapes(where: Any) -> None:
    item = "\n".join(f"the {n}th keeper of the old mill counts geese at dawn number{n}" for n in range(6))
    asked = [{"role": "user", "content": item}, {"role": "assistant", "content": "Six."}]
    items = records({"messages": asked}).with_columns(item_set=pl.lit("mill"))
    assert find_contamination(records(where(item)), items)["item_set"].to_list() == ["mill"]


def test_only_what_holds_json_is_read_otherwise() -> None:
    plain = records(
        {"messages": [{"role": "user", "content": r"print('\n')"}, {"role": "assistant", "content": "x"}]}
    )
    assert readable(plain).equals(plain)
    both = pl.concat([plain, records(called("x"))])
    assert readable(both)["id"].to_list() == both["id"].to_list()
    assert readable(both).schema == both.schema


def test_pairs_of_surrogates_are_one_sign() -> None:
    assert unescaped(r"\ud83d\ude00 \ud83d") == "😀 �"
