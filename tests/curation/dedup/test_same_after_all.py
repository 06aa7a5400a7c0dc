"""Copies that differ in nothing that is said: ids of calls, counters of a page, the layout of lists."""

import json
from typing import Any

import pytest

from tests.curation.dedup.talks import chat, kept, page, pair, text


def calling(own: str, town: str, argument: str = "7") -> dict[str, Any]:
    row = chat(("user", "Will it rain?"), ("assistant", ""), ("tool", "Yes."), ("assistant", "It will."))
    arguments = json.dumps({"town": town, "id": argument})
    call = {"id": own, "type": "function", "function": {"name": "rain", "arguments": arguments}}
    row["messages"][1]["tool_calls"] = json.dumps([call])
    return row


def test_calls_that_differ_in_their_random_id() -> None:
    rows = [calling(own, "Lund") for own in ("call_a1", "call_Zk93jQ", "0")]
    assert kept(rows) == 1
    assert kept(rows[:1], rows[1:2]) == 0
    assert kept([*rows, calling("call_a1", "Bern")]) == 2
    assert kept([calling("call_a1", "Lund", "7"), calling("call_a1", "Lund", "8")]) == 2, "an argument"


BODY = "\n".join(page(n, 60) for n in range(4))


@pytest.mark.parametrize(
    "lines",
    [
        ("© 2019", "© 2021"),
        ("© 2019 The Harbour News", "© 2021 The Harbour News"),
        ("Copyright 2019-2020 Ann", "Copyright 2019-2021 Ann"),
        ("Views: 1024", "Views: 2048"),
        ("12 comments", "15 comments"),
        ("3 likes | 12 comments", "4 likes | 19 comments"),
        ("Posted 12 May 2021 | 12 comments", "Posted 12 May 2021 | 13 comments"),
    ],
)
def test_counters_and_years_of_a_page(lines: tuple[str, str]) -> None:
    for around in (f"{{}}\n{BODY}", f"{BODY}\n\n{{}}"):
        first, second = (around.format(line) for line in lines)
        assert kept([text(first), text(second)]) == 1
    short = page(1, 60)
    assert kept([text(f"{short}\n{line}") for line in lines]) == 2
    assert kept([pair("Tell me.", f"{short}\n{line}") for line in lines]) == 2


@pytest.mark.parametrize("words", [("12 comments", "15 comments"), ("12 likes", "15 likes")])
def test_counts_in_a_sentence(words: tuple[str, str]) -> None:
    body = page(1, 120)
    assert kept([text(f"{body}\nThe council got {word} on the bridge.") for word in words]) == 2


LISTED = f"{page(1, 40)}\n\n- {page(2, 12)}\n- {page(3, 12)}\n\nSo it **is so** in all of it."


@pytest.mark.parametrize(
    "other",
    [LISTED.replace("**", ""), LISTED.replace("- ", "* "),
     LISTED.replace("- ", "+ "), LISTED.replace("\n\nSo", "\n\n\nSo")],
)  # fmt: skip
def test_the_layout_of_prose(other: str) -> None:
    assert kept([text(LISTED), text(other)]) == 1
    assert kept([pair("Tell me.", LISTED), pair("Tell me.", other)]) == 1


def test_quotes_of_a_docstring() -> None:
    code = 'def total(xs):\n    """Return the sum."""\n    n = 0\n'
    code += "    for x in xs:\n        n += x\n    return n\n"
    assert kept([text(code), text(code.replace('"""', "'''"))]) == 1
    assert kept([text(code), text(code.replace('"""', "'''").replace("+=", "-="))]) == 2
