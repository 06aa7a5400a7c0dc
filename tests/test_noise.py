"""Each part of the noise guard: what it marks, and what it leaves alone."""

import base64
import string
from collections.abc import Callable

import numpy as np
import pytest

from entropy_assets import noise
from entropy_assets.noise import NOISE_SHARE, is_noise, noise_share

NOISE = np.random.default_rng(3).bytes(300)
CHINESE = "这是一个很长的句子,用来说明没有空格的文字。"
PROSE = "A plain sentence about nothing much, written to be read. "
FRENCH = "Les élèves préfèrent étudier à la bibliothèque, où la température est agréable en été. "
GERMAN = "Die Prüfung wird nach den Vorschriften über das Verfahren schriftlich durchgeführt. "
POLISH = "Każdy człowiek ma prawo do życia, wolności i bezpieczeństwa swojej osoby. "
PROTEIN = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQ"
PANGRAM = "The quick brown fox jumps over the lazy dog. "


def random_letters(n: int, alphabet: str = string.ascii_lowercase, n_a_word: int = 0) -> str:
    drawn = "".join(np.random.default_rng(4).choice(list(alphabet), n))
    if not n_a_word:
        return drawn
    return " ".join(drawn[i : i + n_a_word] for i in range(0, n, n_a_word))


def marked(part: Callable[[str], object], text: str) -> list[str]:
    return [text[start:end] for start, end in part(text)]  # type: ignore[attr-defined]


CLEAN = {
    "nothing": "",
    "blanks": "   \n\t",
    "one sentence": "A plain sentence.",
    "prose": PROSE * 5,
    "Chinese": CHINESE * 5,
    "Japanese": "これは普通の日本語の文章です。句読点もあります。",
    "French": FRENCH * 3,
    "German": GERMAN * 3,
    "Polish": POLISH * 3,
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. " * 3,
    "Russian": "Все люди рождаются свободными и равными в своем достоинстве и правах. " * 3,
    "Arabic": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. " * 3,
    "Hindi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है। " * 3,
    "code": "def a_function_with_a_long_name(the_first, the_second):\n    return the_first + the_second\n"
    * 3,
    "camel case": "VeryLongJavaClassNameAbstractSingletonProxyFactoryBean " * 3,
    "address": "https://example.org/guides/getting-started/installation-and-configuration/index",
    "path": "/usr/local/lib/python3.11/site-packages/some_package/some_module",
    "numbers": "2024-01-31 1234567890 0.123456789012345678901234567890\n" * 20,
    "rules": "-" * 80 + "\n" + "=" * 80,
    "symbols": "Emoji are text: 🙂 🎉, and so is a zero-width\u200djoiner.",
    "formula": "∀ε>0 ∃δ>0: |x−a|<δ ⇒ |f(x)−f(a)|<ε, and ∑ᵢ xᵢ² ≤ 1 ± ½ · 10⁻³ " * 3,
    "next lines": "one line\x85another line\u2028a third\x85" * 10,
    "DNA": "".join(np.random.default_rng(5).choice(list("ACGT"), 600)),
    "protein": PROTEIN * 3,
    "pangrams": PANGRAM * 20,
    "word list": "\n".join(["apple", "banana", "cherry", "damson", "elder", "fig", "grape", "hazel"] * 3),
}

BLOBS = {
    "base64": base64.b64encode(NOISE).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(NOISE).decode(),
    "base64 in lines": base64.encodebytes(NOISE).decode(),
    "hexadecimal": NOISE.hex(),
    "hexadecimal in capitals": NOISE.hex().upper(),
    "bytes as Latin-1": NOISE.decode("latin-1"),
    "bytes, replaced": NOISE.decode("utf-8", "replace"),
    "zeros": "\x00" * 50,
    "UTF-16 as Latin-1": PROSE.encode("utf-16").decode("latin-1"),
    "Chinese UTF-16 as Latin-1": CHINESE.encode("utf-16").decode("latin-1"),
    "Chinese as Latin-1": (CHINESE * 3).encode().decode("latin-1"),
    "French as Latin-1": FRENCH.encode().decode("latin-1"),
    "French as cp1252, twice": FRENCH.encode().decode("cp1252").encode().decode("cp1252"),
    "German as cp1252": GERMAN.encode().decode("cp1252"),
    "random letters": random_letters(300),
    "random letters of both cases": random_letters(300, string.ascii_letters),
    "random words": random_letters(300, n_a_word=4),
    "random words of both cases": random_letters(300, string.ascii_letters, n_a_word=7),
}


@pytest.mark.parametrize("name", CLEAN)
def test_text_is_not_noise(name: str) -> None:
    assert noise_share(CLEAN[name]) == 0
    assert not is_noise(CLEAN[name])


@pytest.mark.parametrize("name", BLOBS)
def test_a_blob_is_noise(name: str) -> None:
    assert 0.55 < noise_share(BLOBS[name]) <= 1
    assert is_noise(BLOBS[name])
    assert is_noise(f"What does this say?\n\n{BLOBS[name]}"), "also where it is an answer"


@pytest.mark.parametrize("name", ["base64", "bytes as Latin-1", "random letters", "French as Latin-1"])
def test_the_share_grows_with_the_blob(name: str) -> None:
    prose, blob = PROSE * 10, BLOBS[name] * 2
    shares = [noise_share(f"{prose} {blob[:n]}") for n in (0, 80, 320, 640)]
    assert shares == sorted(shares)
    assert shares[0] == 0 < shares[-1]


def test_the_share_of_base64_is_its_part_of_the_characters() -> None:
    prose = PROSE * 10
    blob = BLOBS["base64"]
    assert noise_share(prose + blob) == pytest.approx(len(blob) / (len(prose) + len(blob)))


def test_a_record_is_noise_from_the_threshold_on() -> None:
    """Of 100 characters, 30 of base64 are noise, and 29 are not."""
    blob = BLOBS["base64"]
    for n, expected in ((30, True), (29, False)):
        text = (PROSE * 2)[: 99 - n] + " " + blob[:n]
        assert noise_share(text) == pytest.approx(n / 100)
        assert is_noise(text) is expected
    assert NOISE_SHARE == 0.3


def test_parts_that_mark_the_same_characters_count_them_once() -> None:
    text = PROSE * 4 + BLOBS["random letters of both cases"]
    encoded = sum(map(len, marked(noise.encoded_spans, text)))
    drawn = sum(map(len, marked(noise.random_letter_spans, text)))
    assert encoded == 300
    assert drawn > 200
    assert noise_share(text) < (encoded + drawn) / len(text)


def test_encoded_data_is_marked_without_its_surroundings() -> None:
    blob = NOISE[:30].hex()
    assert marked(noise.encoded_spans, f"The key is {blob}, says 彼.") == [blob]
    assert marked(noise.encoded_spans, f"{blob} {blob}") == [blob, blob]
    assert marked(noise.encoded_spans, f"{blob[: noise.MIN_RUN - 1]} is too short") == []
    assert marked(noise.encoded_spans, "an_identifier_of_more_than_twenty_four_characters") == []


def test_an_impossible_character_spoils_four_characters_of_its_word() -> None:
    assert marked(noise.impossible_spans, "one tw\x00elve three") == ["tw\x00e"]
    assert marked(noise.impossible_spans, "one \ufffdx three") == ["\ufffdx"]
    assert marked(noise.impossible_spans, "\ud800") == ["\ud800"]
    assert marked(noise.impossible_spans, "one\ttwo\x85three\r\nfour\u2028five\xa0six\xad") == []


@pytest.mark.parametrize("odd", ["\ufffd", "\ue000", "\U0003fffe"])
def test_one_odd_character_does_not_spoil_a_line_without_spaces(odd: str) -> None:
    line = CHINESE.rstrip("。").replace(",", "") * 3
    assert 0 < noise_share(line + odd) < NOISE_SHARE / 2


def test_mojibake_spoils_what_is_near_it() -> None:
    before, after = PROSE * 3, PROSE * 3
    assert marked(noise.mojibake_spans, f"{before}spÃ¤t {after}") == [
        f"{before}sp"[-noise.MOJIBAKE_REACH :] + "Ã¤" + f"t {after}"[: noise.MOJIBAKE_REACH]
    ]
    assert not is_noise(f"{before}spÃ¤t {after}")
    assert marked(noise.mojibake_spans, f"{before}café, „naïve“ – 5 °C ± ½, © São {after}") == []


def test_random_letters_are_marked_by_window() -> None:
    """After 256 letters of prose come 256 drawn ones: windows of 64 letters, no more than 1 in 4 missed."""
    prose = (PROSE * 9).replace(" ", "").replace(",", "").replace(".", "")[:256]
    text = f"{prose} {random_letters(256)}"
    spans = list(noise.random_letter_spans(text))
    assert all(start >= 257 for start, _ in spans)
    assert sum(end - start for start, end in spans) >= 192


def test_too_few_random_letters_are_not_judged() -> None:
    letters = random_letters(noise.WINDOW_LETTERS)
    assert marked(noise.random_letter_spans, letters) == [letters]
    assert marked(noise.random_letter_spans, letters[:-1]) == []


def test_case_accents_and_gaps_change_nothing() -> None:
    letters = random_letters(64)
    for text in (letters.upper(), letters.replace("e", "é").replace("z", "ż"), "-".join(letters)):
        assert marked(noise.random_letter_spans, text) == [text]


def test_each_limit_clears_letters_of_its_own() -> None:
    """Cleared are: too many vowels, one letter too often, and a pangram with the same pairs again."""
    letters = random_letters(64)
    vowels = "aeiou" + letters[5:]
    for text in (
        "".join(vowels[i % 5] if i % 3 == 0 else letter for i, letter in enumerate(letters)),
        "".join("t" if i % 4 == 0 else letter for i, letter in enumerate(letters)),
        (PANGRAM * 2)[:-1].replace(" ", "").replace(".", ""),
        string.ascii_lowercase * 3,
    ):
        assert marked(noise.random_letter_spans, text) == []


def test_letters_spread_thin_make_no_window() -> None:
    """Names in a Chinese text: 64 letters among more than 100 other characters."""
    spread = "".join(f"{letter}中文" for letter in random_letters(64))
    assert marked(noise.random_letter_spans, spread) == []


@pytest.mark.parametrize(
    "text",
    [
        random_letters(500, string.digits),
        random_letters(500, "".join(map(chr, range(0x430, 0x450))), n_a_word=5),
        random_letters(500, "".join(map(chr, range(0x4E00, 0x9FA0)))),
        "".join(np.random.default_rng(6).permutation(list(PROSE * 10))),
    ],
    ids=["digits", "Cyrillic", "Chinese", "shuffled letters"],
)
def test_what_is_out_of_sight_by_design(text: str) -> None:
    assert noise_share(text) == 0
