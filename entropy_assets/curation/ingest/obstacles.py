"""Rows in which something that every row needs is missing or has another form: said in one sentence.

What belongs here: such forms. What does not: rows that a layout reads under other names (`several`, `hints`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.languages import language_of

_TOKENS = ("input_ids", "token_ids", "tokens", "ids")
_PAIRS = (("user", "assistant"), ("input", "output"), ("question", "answer"), ("human", "assistant"))
_TABLES = frozenset(["columns", "data", "index", "schema", "index_names", "column_names"])


def obstacle_of(row: Mapping[str, Any]) -> str:
    """Return what is in the way of reading a row that fits no layout; empty where nothing is known.

    >>> obstacle_of({"translation": {"en": "A hut.", "de": "Eine Hütte."}}).split(":")[0]
    "; 'translation' is one text in several languages, and none of them asks"
    """
    for key in _TOKENS:
        value = row.get(key)
        if isinstance(value, list) and value and all(type(one) is int for one in value):
            return f"; {key!r} are numbers of tokens, which a tokenizer turns into text: deliver the text"
    if table := table_told(row):
        return table
    for key, value in row.items():
        if isinstance(value, list) and value and all(map(_is_pair, value)):
            return f"; {key!r} are pairs of what asks and what answers: write turns under 'messages'"
        if not isinstance(value, Mapping) or not value:
            continue
        if len(value) > 1 and all(
            isinstance(said, str) and language_of(name) for name, said in value.items()
        ):
            return (
                f"; {key!r} is one text in several languages, and none of them asks: write what the answer "
                "is to as 'instruction', one text as 'input' and the other as 'output'"
            )
        if all(isinstance(turn, Mapping) and "turn" in name.lower() for name, turn in value.items()):
            return f"; {key!r} is an object of turns: write them as a list under 'messages'"
        body = value.get("body") if isinstance(value.get("body"), Mapping) else value
        if isinstance(body, Mapping) and isinstance(body.get("choices"), list):
            return (
                f"; {key!r} is the answer of an API without what it answers: join it with its request, by "
                "'custom_id' in a batch, and write both under 'messages'"
            )
    return ""


def _is_pair(value: Any) -> bool:
    return isinstance(value, Mapping) and any(
        isinstance(value.get(asks), str) and isinstance(value.get(answers), str) for asks, answers in _PAIRS
    )


def table_told(row: Mapping[str, Any]) -> str:
    """Return that a row is a whole table, by columns or split up, as pandas writes it; else nothing."""
    values = list(row.values())
    is_split = (
        row.keys() <= _TABLES and isinstance(row.get("data"), list) and isinstance(row.get("columns"), list)
    )
    is_by_columns = len(values) > 1 and all(
        isinstance(value, Mapping) and value and all(name.isdecimal() for name in value) for value in values
    )
    if not (is_split or is_by_columns):
        return ""
    return (
        "; they are a whole table and not a row: write an object for each row, as pandas does by "
        "to_json(orient='records', lines=True)"
    )
