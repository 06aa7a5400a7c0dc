"""Words that change places, numbers that give way to words, and options of commands."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

AROUND = "In the town hall of the old harbour {} after the meeting of the choir on that evening, " + page(
    9, 30
)


def stays(one: str, other: str, around: str = AROUND) -> bool:
    """Return whether both records stay."""
    return kept([text(around.format(words)) for words in (one, other)]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice blocked Bob", "Bob blocked Alice"),
        ("the parser calls the lexer", "the lexer calls the parser"),
        ("Mary Smith sued the Harbour Board", "the Harbour Board sued Mary Smith"),
        ("the train from Lyon to Pisa was late", "the train from Pisa to Lyon was late"),
        ("x minus y is what we need here", "y minus x is what we need here"),
        ("der Hund jagte die Katze", "die Katze jagte der Hund"),
        ("the song was sung by Nora and heard by Emil", "the song was sung by Emil and heard by Nora"),
        ("the sister of the miller is a nurse", "the miller of the sister is a nurse"),
        ("p is a factor of q there", "q is a factor of p there"),
        ("Lena fed the goat and milked the cow", "Lena fed the cow and milked the goat"),
        ("the mayor of Bern and the judge of Lund met", "the mayor of Lund and the judge of Bern met"),
        ("only Nora heard the bell", "Nora only heard the bell"),
        ("even the cook ate fish", "the cook ate even fish"),
        ("nearly all the bells rang", "all the bells nearly rang"),
        ("nur Anna kam an dem Tag", "Anna kam nur an dem Tag"),
        ("few guests knew of it", "a few guests knew of it"),
        ("they had little time left", "they had a little time left"),
    ],
)
def test_who_does_it_to_whom(one: str, other: str) -> None:
    assert stays(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice and Bob met", "Bob and Alice met"),
        ("they had bread, butter and jam", "they had bread, jam and butter"),
        ("Alice, Bob, Carl and Dora met", "Bob, Carl, Dora and Alice met"),
        ("it was cold or dark there", "it was dark or cold there"),
        ("suddenly the old bell rang", "the old bell suddenly rang"),
        ("at noon they all left", "they all left at noon"),
        ("Brot und Butter lagen da", "Butter und Brot lagen da"),
        ("it was sent to Bern and to Lund", "it was sent to Lund and to Bern"),
        ("the cat, the dog and the goat ran", "the goat, the dog and the cat ran"),
        ("het was voor Jan of Piet, niet ons", "het was voor Piet of Jan, niet ons"),
        ("then the bell rang", "the bell then rang"),
        ("a few of them knew", "of them a few knew"),
    ],
)
def test_a_list_in_another_order_and_a_phrase_moved_are_copies(one: str, other: str) -> None:
    assert not stays(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"the integral \int_0^1 f(x) dx is finite", r"the integral \int_0^\infty f(x) dx is finite"),
        ("they waited for 3 hours", "they waited for several hours"),
        ("port 8080 is open", "port https is open"),
        ("version 2 is meant", "version beta is meant"),
    ],
)
def test_a_number_or_a_word_in_its_place(one: str, other: str) -> None:
    assert stays(one, other)
    assert stays(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("they waited for 3 hours", "they waited for three hours"),
        ("part 3 of it", "part III of it"),
        ("the key num1 is", "the key one is"),
    ],
)
def test_a_number_written_out_and_a_name_with_a_digit_are_the_same(one: str, other: str) -> None:
    assert not stays(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("git checkout main && git pull && git push", "git checkout main && git pull && git push --force"),
        ("docker compose logs app", "docker compose logs app --follow"),
        ("run pip install --upgrade thing", "run pip install --user thing"),
        ("call it with --dry-run first", "call it first"),
    ],
)
def test_an_option_of_a_command(one: str, other: str) -> None:
    assert stays(one, other)
    assert stays(other, one)


JAPANESE = (
    "昨日の夜、村の人たちは古い橋について話し合い、来年の春には重い車も{}と決めて、知らせを出しました。"
)
KOREAN = (
    "어제 저녁에 마을 사람들이 모여서 오래된 다리는 내년 봄에 무거운 차도 {} 말하고 집으로 돌아갔다고 한다"
)


@pytest.mark.parametrize(
    ("around", "one", "other"),
    [
        (JAPANESE, "見ることができます", "見ることができません"),
        (JAPANESE, "通ることができる", "通ることができない"),
        (JAPANESE, "渡りました", "渡りませんでした"),
        (KOREAN, "건널 수 있다고", "건널 수 없다고"),
    ],
)
def test_a_verb_that_negates_by_its_ending(around: str, one: str, other: str) -> None:
    assert stays(one, other, around)
    assert stays(other, one, around)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("le disque est plein", "le disque est vide"),
        ("das Fenster ist offen", "das Fenster ist geschlossen"),
        ("la puerta está abierta", "la puerta está cerrada"),
        ("la valvola è aperta", "la valvola è chiusa"),
        ("de deur is open", "de deur is dicht"),
        ("дверь была открыта", "дверь была закрыта"),
        ("o preço vai subir", "o preço vai descer"),
    ],
)
def test_opposites_of_other_languages(one: str, other: str) -> None:
    assert stays(one, other)
    assert stays(other, one)


FAR = "with a glass of water, before you have eaten, and lie down no sooner than half past ten. " + page(
    3, 60
)


@pytest.mark.parametrize(
    ("first", "second"),
    [("two", "three"), ("5 mg", "20 mg"), ("March", "May 2021"), ("red", "blue"), ("drug A", "drug B")],
)
@pytest.mark.parametrize("asked", ["", "Tell me what I must know about it, step by step."])
def test_two_values_that_are_far_apart(asked: str, first: str, second: str) -> None:
    said = "Take {} in the morning " + FAR + " In the evening take {}, again with water."
    both = [said.format(*values) for values in ((first, second), (second, first))]
    assert kept([pair(asked, one) if asked else text(one) for one in both]) == 2


def test_a_number_that_goes_to_another_thing() -> None:
    said = "The dose is {}5 mg twice daily; it is reduced to {}5 mg where these hold. " + page(4, 60)
    assert kept([text(said.format("", "2.")), text(said.format("2.", ""))]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the firm sued the bank", "the firm was sued by the bank"),
        ("the cat ate the fish", "the cat was eaten by the fish"),
        ("el banco compró la casa", "el banco fue comprado por la casa"),
    ],
)
def test_who_did_it_and_to_whom_it_was_done(one: str, other: str) -> None:
    assert stays(one, other)


def test_operands_of_assembly() -> None:
    told = "sum:\n  xor rax, rax\n  mov rcx, rdi\n  {}\n  add rax, rcx\n  dec rcx\n  jnz sum\n  ret\n"
    assert kept([text(told.format(line)) for line in ("mov rdi, rsi", "mov rsi, rdi")]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [("county", "country"), ("propanol", "propanal"), ("abduction", "adduction"), ("signed", "singed")],
)
def test_words_that_look_alike(one: str, other: str) -> None:
    assert stays(f"there the {one} of old is told", f"there the {other} of old is told")


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("Odile paid {} crowns, Ravi paid {} of them and Sunniva paid {}", ("14", "19", "23")),
        ("give {} mg of drug A, {} mg of drug B and {} mg of drug C", ("5", "10", "20")),
        ("Odile went to {}, Ravi was in {} and Piet lived in {}", ("Graz", "Linz", "Bern")),
    ],
)
def test_values_that_went_round(said: str, values: tuple[str, str, str]) -> None:
    assert stays(said.format(*values), said.format(*values[1:], values[0]))
    assert stays(said.format(*values), said.format(values[1], values[0], values[2]))


def test_names_that_are_exchanged_throughout() -> None:
    said = "{0} lent the barrow to {1}. {0} was thanked for it and {1} was told off by the miller of the town"
    assert stays(said.format("Odile", "Ravi"), said.format("Ravi", "Odile"))


STEPS = [
    "Switch the current off at the main board of it.",
    "Check that the wires are dead now.",
    "Undo both.",
]


@pytest.mark.parametrize("number", ["{}. ", "{}) ", "Step {}: "])
def test_steps_in_another_order(number: str) -> None:
    told = [
        "\n".join(f"{number.format(n)}{step}" for n, step in enumerate(steps, 1))
        for steps in (STEPS, [STEPS[1], STEPS[0], STEPS[2]])
    ]
    assert kept([pair("How do I hang up a lamp in the hall?", said) for said in told]) == 2
    assert kept([text(f"{page(4, 60)}\n\n{said}\n\n{page(5, 60)}") for said in told]) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("the clerk whom Ravi had called came late", "the clerk who had called Ravi came late"),
        ("the dog that the goat chased was old", "the dog that chased the goat was old"),
        ("if the stream rises, the sluice is opened", "if the sluice is opened, the stream rises"),
        ("all but two of the plots are let", "all two of the plots are let"),
        ("the work is anything but easy there", "the work is easy there"),
        ("he calls foldr on the list of it", "he calls foldl on the list of it"),
        ("es sind hundertdreizehn Häuser da", "es sind hundertdreißig Häuser da"),
    ],
)
def test_clauses_and_words_that_turn_them(one: str, other: str) -> None:
    assert stays(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "they had red apples, green pears and blue plums",
            "they had green pears, blue plums and red apples",
        ),
        ("it was sent to Bern, to Lund and to Rome", "it was sent to Lund, to Rome and to Bern"),
        ("Alice, Bob, Carl and Dora met there", "Bob, Alice, Dora and Carl met there"),
    ],
)
def test_parts_of_a_list_that_went_round(one: str, other: str) -> None:
    assert not stays(one, other)
