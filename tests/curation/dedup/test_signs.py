"""Signs: a mathematical or another sign in place of another says something else; punctuation does not."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

SIGNS = [
    *("∪∩", "⊂⊃", "⊆⊇", "∀∃", "∈∉", "∑∏", "∫∮", "⊕⊗", "≤≥", "∧∨", "≠=", "→←", "⇒⇐", "↑↓", "+−", "×÷", "<>"),
    *("✓✗", "✔✘", "☑☒", "♠♥", "♀♂", "♯♭", "★☆", "☀☁", "⚀⚅", "♔♚", "▲▼", "●○", "👍👎", "😀😢", "🟢🔴", "🔒🔓"),
    *("🇫🇷🇩🇪", "€£", "$¥", "₹₽", "℃℉", "№℮"),
]
PLACES = ["so A {} B holds", "it ends in ({})"]


def halves(signs: str) -> tuple[str, str]:
    return signs[: len(signs) // 2], signs[len(signs) // 2 :]


@pytest.mark.parametrize("signs", SIGNS)
def test_another_sign(signs: str) -> None:
    for place in PLACES:
        short, long = (
            [around.format(place.format(sign)) for sign in halves(signs)]
            for around in ("So it is said that {} for all of them here.", f"{page(1, 90)} {{}} {page(2, 60)}")
        )
        for first, second in (short, long):
            assert kept([text(first), text(second)]) == 2
            told = [pair("Tell me.", first), pair("Tell me.", second)]
            assert kept([*told, pair(first, "So it is."), pair(second, "So it is.")]) == 4
        slip = long[1].replace("bal", "ball", 1)
        assert kept([text(long[0]), text(slip)]) == 2, "a slip beside it"
        assert kept([pair("Tell me.", long[0])], [pair("Tell me.", slip)]) == 1


@pytest.mark.parametrize(
    "signs",
    [("•", "◦"), ("•", "▪"), ("•", "*"), ("–", "-"), ("“", '"'), ("«", "“"), ("©", "®"), ("™", "®"),
     ("─", "═"),
     ("│", "|"), ("…", "..."), ("■", "●"), ("°", "º"), ("©", ""), ("★", ""), ("👍", ""), ("`", "´")],
)  # fmt: skip
def test_signs_that_tell_nothing(signs: tuple[str, str]) -> None:
    lines = [
        [page(1, 90), f"{sign} {page(3, 20)}".strip(), f"{sign} {page(2, 60)}".strip()] for sign in signs
    ]
    first, second = ("\n".join(own) for own in lines)
    assert kept([text(first), text(second)]) == 1
