"""Who says a turn: equal texts under other roles are other records."""

from typing import Any

import pytest

from entropy_assets.curation.dedup import deduplicate
from entropy_assets.settings import DedupSettings
from tests.curation.dedup.rows import EXHAUSTIVE, pool
from tests.curation.dedup.talks import chat, frame_of, kept, page, pair, preference, text

SHORT = ("Name a river.", "The Elbe.", "Another one.", "The Rhine.")
LONG = tuple(page(seed, 60) for seed in range(4))
ROLES = [
    (("user", "assistant"), ("assistant", "user")),
    (("system", "user", "assistant"), ("user", "system", "assistant")),
    (("system", "user", "assistant"), ("user", "user", "assistant")),
    (("user", "tool", "assistant"), ("user", "user", "assistant")),
    (("user", "assistant", "tool", "assistant"), ("user", "assistant", "user", "assistant")),
    (("user", "assistant", "user"), ("user", "assistant", "assistant")),
    (("user", "assistant", "user", "assistant"), ("user", "assistant", "user", "user")),
    (("system", "user"), ("user", "user")),
    (("system", "user"), ("tool", "user")),
    (("user",), ("assistant",)),
]


@pytest.mark.parametrize("roles", ROLES)
@pytest.mark.parametrize("texts", [SHORT, LONG])
@pytest.mark.parametrize("params", [EXHAUSTIVE, DedupSettings(near=False)])
def test_equal_texts_under_other_roles(
    roles: tuple[tuple[str, ...], ...], texts: tuple[str, ...], params: DedupSettings
) -> None:
    rows = [chat(*zip(own, texts, strict=False)) for own in roles]
    assert kept(rows, params=params) == 2
    assert kept(rows[:1], rows[1:], params=params) == 1
    assert kept([*rows, *rows], params=params) == 2


@pytest.mark.parametrize("texts", [SHORT, LONG])
def test_near_texts_under_other_roles(texts: tuple[str, ...]) -> None:
    slip = (texts[0].replace("bal", "ball", 1), *texts[1:])
    for one, other in ROLES:
        rows = [chat(*zip(one, texts, strict=False)), chat(*zip(other, slip, strict=False))]
        assert kept(rows) == 2


@pytest.mark.parametrize("texts", [SHORT, LONG])
@pytest.mark.parametrize("side", ["prompt", "chosen", "rejected"])
def test_roles_of_preferences(texts: tuple[str, ...], side: str) -> None:
    def with_role(role: str) -> dict[str, Any]:
        row = preference(*texts[:3])
        row[side] = [{"role": role, "content": row[side][-1]["content"]}]
        return row

    rows = [with_role(role) for role in ("user", "assistant", "tool")]
    assert kept(rows) == 3
    assert kept(rows[:2], rows[2:]) == 2
    longer = preference(*texts[:3])
    longer["prompt"] = [{"role": "assistant", "content": texts[3]}, *longer["prompt"]]
    other = preference(*texts[:3])
    other["prompt"] = [{"role": "user", "content": texts[3]}, *other["prompt"]]
    assert kept([longer, other]) == 2


def test_where_a_turn_ends_tells_who_says_what() -> None:
    rows = [
        chat(("user", "Name a river.\n\nThe Elbe."), ("assistant", "Another one.")),
        chat(("user", "Name a river."), ("assistant", "The Elbe.\n\nAnother one.")),
    ]
    assert kept(rows) == 2


@pytest.mark.parametrize("texts", [SHORT, LONG])
def test_the_same_turns_are_copies(texts: tuple[str, ...]) -> None:
    row = pair(*texts[:2])
    for other in (
        pair(f"{texts[0]} ", f"{texts[1]}\n"),
        pair(f"\n{texts[0]}", texts[1]),
        pair(texts[0].replace(" ", " \r\n", 1), texts[1]),
    ):
        base = pair(texts[0].replace(" ", "\n", 1), texts[1]) if "\r" in repr(other) else row
        found = deduplicate(frame_of([base, other]), pool(), DedupSettings())
        assert found.pairs["rule"].to_list() in (["normalised"], ["near"])
    accented = [pair("Is it a café? ", "Yes."), pair("Is it a cafe\u0301?", "Yes.")]
    assert deduplicate(frame_of(accented), pool(), DedupSettings()).pairs["rule"].to_list() == ["normalised"]
    split = chat(("user", texts[0]), ("user", texts[1]), ("assistant", texts[2]))
    joined = chat(("user", f"{texts[0]}\n\n{texts[1]}"), ("assistant", texts[2]))
    assert kept([split, joined]) == 1, "one speaker goes on"
    assert kept([text("a b c d e"), text("a b c d e ")]) == 1
