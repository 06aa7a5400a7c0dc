"""Units beside a number, Roman and Chinese numerals, and names that begin a sentence."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text
from tests.curation.dedup.test_dedup import BASE

UNITS = [
    *("mg/g", "ml/l", "mL/L", "km/m", "kg/g", "mA/A", "kW/MW", "Hz/kHz", "MHz/GHz", "°C/°F", "am/pm"),
    *("AM/PM", "a.m./p.m."),
    *("BC/AD", "B.C./A.D.", "km/h|mph", "µg/mg", "μg/mg", "N/S", "E/W", "UTC/CET", "V/kV", "J/kJ", "Pa/kPa"),
    *("m²/km²", "mA/mV"),
    *("kcal/kJ", "GB/TB", "kbit/Mbit", "s/ms", "min/h", "cm/mm", "g/mol|mol", "ppm/ppb", "m/s|km/h"),
    *("dB/Hz", "nm/µm", "%/‰"),
    *("hPa/bar", "ft/in", "oz/lb", "EUR/USD", "C/F"),
]  # fmt: skip


def both(units: str) -> tuple[str, str]:
    one, _, other = units.partition("|" if "|" in units else "/")
    return one, other


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("gap", [" ", ""])
def test_another_unit_beside_a_number(units: str, gap: str) -> None:
    first, second = (f"{page(1, 200)} the dose is 5{gap}{unit} in all {page(2, 60)}" for unit in both(units))
    told = [pair("Tell me.", first), pair("Tell me.", second)]
    assert kept([*told, pair(first, "So."), pair(second, "So.")]) == 4
    slip = second.replace("bal", "ball", 1)
    assert kept([pair("Tell me.", first)], [pair("Tell me.", slip)]) == 1
    first, second = (f"So the dose of it for all of them is 5{gap}{unit}" for unit in both(units))
    told = [pair("Tell me.", first), pair("Tell me.", second)]
    assert kept([*told, pair(first, "So."), pair(second, "So.")]) == 4
    assert kept([text(first), text(second)]) == 2


ROMAN = [
    *(("chapter IV", "chapter VI"), ("Chapter II", "Chapter III"), ("King Henry IV", "King Henry VI")),
    *(("World War I", "World War II"), ("Louis XIV", "Louis XVI"), ("part iv", "part vi"), ("IX", "XI")),
    *(("Apollo XI", "Apollo XII"), ("type I", "type II"), ("Act V", "Act X")),
]


@pytest.mark.parametrize("words", ROMAN)
def test_another_roman_numeral(words: tuple[str, str]) -> None:
    for around in (
        f"{page(1, 200)} so {{}} tells it all {page(2, 60)}",
        "So in all of this it is {} that tells it.",
    ):
        first, second = (around.format(word) for word in words)
        told = [pair("Tell me.", first), pair("Tell me.", second)]
        assert kept([*told, pair(first, "So."), pair(second, "So.")]) == 4
    assert kept([text(first), text(second)]) == 2


@pytest.mark.parametrize(
    "words", [("三十八", "八十三"), ("二十五", "五十二"), ("百二十", "二百十"), ("一千二百", "二千一百")]
)
def test_chinese_numerals_in_another_order(words: tuple[str, str]) -> None:
    short = "河边的老城有很多渔船和仓库，城里还有{}个大的院子，镇上的人都在谈论这件事情和它的未来。"
    for around in (short, short.replace("{}", "许多") * 12 + short):
        first, second = (around.format(word) for word in words)
        told = [pair("说说看。", first), pair("说说看。", second)]
        assert kept([*told, pair(first, "好。"), pair(second, "好。")]) == 4
    assert kept([text(short.format(word)) for word in words]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("he sails I", "he sailed I"),
        ("5 boats", "5 botas"),
    ],
)
def test_words_that_are_no_units_there(words: tuple[str, str]) -> None:
    first, second = (f"{BASE} {page(1, 200)} {word} {page(2, 60)}" for word in words)
    assert kept([text(first), text(second)]) == 1
