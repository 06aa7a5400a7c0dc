"""Who does what to whom, where endings, articles and the forms of words beside tell it, and no order."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

AROUND = "In the town hall of the old harbour, after the meeting: {} " + page(9, 40)


def stays(one: str, other: str) -> list[bool]:
    """Return whether both records stay, as texts and as answers to one question."""
    texts = [AROUND.format(words) for words in (one, other)]
    return [
        kept([text(said) for said in texts]) == 2,
        kept([pair("What was it like?", said) for said in texts]) == 2,
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Marta ścigała Pawła na rynku.", "Martę ścigał Paweł na rynku."),
        ("Jana viděla Petra u mostu, říká správce.", "Janu viděl Petr u mostu, říká správce."),
        (
            "Tyttö näytti hevoselle koiran pihalla, sanoi äiti.",
            "Tyttö näytti koiralle hevosen pihalla, sanoi äiti.",
        ),
        ("Es heißt, dass die Köchin dem Wirt glaubt.", "Es heißt, dass der Köchin der Wirt glaubt."),
        (
            "Über den Antrag entscheidet der Vorstand; seine Sitzung leitet die Versammlung.",
            "Über den Antrag entscheidet die Versammlung; ihre Sitzung leitet der Vorstand.",
        ),
        (
            "Le jardin est ouvert le matin, mais la cuisine est fermée.",
            "La cuisine est ouverte le matin, mais le jardin est fermé.",
        ),
        (
            "La cocina está cerrada hoy, pero el jardín está abierto.",
            "El jardín está cerrado hoy, pero la cocina está abierta.",
        ),
    ],
)
def test_other_forms_of_the_same_words_tell(one: str, other: str) -> None:
    assert stays(one, other) == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The bells rang at noon and the mills stood still.",
            "The bells rang at noon and the mills stood stil.",
        ),
        ("Marta ścigała Pawła na rynku.", "Marta ścigała Pawła na rynk."),
        ("They had bread, butter and jam at noon.", "They had jam, bread and butter at noon."),
    ],
)
def test_a_slip_and_a_list_do_not(one: str, other: str) -> None:
    assert stays(one, other) == [False, False]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "He was told to write to the mayor about the well and to thank the nurses for the tea.",
            "He was told to thank the mayor for the tea and to write to the nurses about the well.",
        ),
        ("Our crew beat them at the third try in May.", "Their crew beat us at the third try in May."),
        ("Notre équipe les a battus hier au port.", "Leur équipe nous a battus hier au port."),
        ("老王把小李带走了。", "老王被小李带走了。"),
        ("店長は学生に皿を洗わせた。", "店長は学生に皿を洗われた。"),
        ("彼は兄を叩いた。", "彼は兄に叩かれた。"),
        ("母は隣人に花をあげた。", "母は隣人に花をもらった。"),
    ],
)
def test_who_does_it_to_whom(one: str, other: str) -> None:
    assert stays(one, other) == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A futam júniusban lesz a parton.", "A futam júliusban lesz a parton."),
        ("See toimus juunis meie külas, ütles ta.", "See toimus juulis meie külas, ütles ta."),
        ("The primer is ttgacctaggcatcg in full.", "The primer is ttgacctagccatcg in full."),
        ("Ayer llamo a su tía en Málaga, según él.", "Ayer llamó a su tía en Málaga, según él."),
        ("The bridge was temporarily closed in the storm.", "The bridge was closed in the storm."),
        ("Nora came third last in the race.", "Nora came third in the race."),
        ("He retired early from the mill.", "He retired from the mill."),
    ],
)
def test_one_word_that_tells(one: str, other: str) -> None:
    assert stays(one, other) == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ayer llamo a su tia, segun el.", "Ayer llamó a su tia, segun el."),
        ("It opened on 5 May in the rain.", "It opened on May 5 in the rain."),
        (
            "The moun\u00adtain is high, the val\u200bley is wide.",
            "The mountain is high, the valley is wide.",
        ),
        (
            "See https://mill.example.org/a?utm_source=mail for it.",
            "See https://mill.example.org/a?utm_source=web for it.",
        ),
        ("See https://mill.example.org/a?fbclid=x1.", "See https://mill.example.org/a."),
        ("The [[miller]] is kind.", "The miller is kind."),
    ],
)
def test_what_says_the_same(one: str, other: str) -> None:
    assert stays(one, other) == [False, False]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Has the barge sunk?", "The barge has sunk."),
        ("Wird die Mühle heute geöffnet?", "Die Mühle wird heute geöffnet."),
        ("Den alten Wirt betrog der junge Bote.", "Der alte Wirt betrog den jungen Boten."),
        ("Dem kleinen Jungen gab die Köchin Brot.", "Der kleine Junge gab der Köchin Brot."),
        ("Il comune ha venduto il molino.", "Il comune è stato venduto dal molino."),
        ("Sie hat ihn befragt und er ging.", "Sie wurde von ihm befragt und er ging."),
        ("O gato que o cão mordeu fugiu.", "O gato que mordeu o cão fugiu."),
        ("Le chat que le chien a mordu est parti.", "Le chat qui a mordu le chien est parti."),
        ("L'acte que le juge a envoyé à la veuve est là.", "L'acte que la veuve a envoyé au juge est là."),
        ("A la jueza denunció la alcaldesa.", "La jueza denunció a la alcaldesa."),
        ("De hond beet hem in het park.", "Hij beet de hond in het park."),
        ("Agricolam servus necavit.", "Agricola servum necavit."),
        ("So x - y < z holds.", "So y - x < z holds."),
    ],
)
def test_who_does_it_by_questions_voices_and_clauses(one: str, other: str) -> None:
    assert stays(one, other) == [True, True]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("They did not come to the mill.", "They didn't come to the mill."),
        ("They will not come to the mill.", "They won’t come to the mill."),
        ("The first office of the mill is here.", "The ﬁrst oﬃce of the mill is here."),
        ("See https://mill.example.org/a?msclkid=x1.", "See https://mill.example.org/a."),
    ],
)
def test_what_says_the_same_in_other_letters(one: str, other: str) -> None:
    assert stays(one, other) == [False, False]
