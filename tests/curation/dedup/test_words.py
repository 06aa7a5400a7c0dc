"""Words that deny, are opposites or name another: each tells two records apart."""

import pytest

from tests.curation.dedup.opposite_pairs import DEVELOPMENT, MEASURED
from tests.curation.dedup.talks import chat, kept, page, pair, text
from tests.curation.dedup.test_dedup import BASE

AROUND = f"{BASE}, {{}}, {page(9, 40)}"


def tells(one: str, other: str) -> bool:
    return kept([text(AROUND.format(f"and it is {word} there as was said")) for word in (one, other)]) == 2


def test_english_opposites() -> None:
    """Every second pair of the list was not looked at when the tables were made."""
    missed = [both for both in DEVELOPMENT if not tells(*both)]
    assert len(missed) <= 2, missed
    assert sum(tells(*both) for both in MEASURED) >= 0.9 * len(MEASURED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("soluble", "insoluble"),
        ("tangled", "untangled"),
        ("hyperactive", "hypoactive"),
        ("thankful", "thankless"),
        ("trainer", "trainee"),
        ("möglich", "unmöglich"),
        ("může", "nemůže"),
        ("lycklig", "olycklig"),
        ("açılacak", "açılmayacak"),
        ("geldi", "gelmedi"),
        ("hoffnungsvoll", "hoffnungslos"),
    ],
)
def test_opposites_by_their_form(one: str, other: str) -> None:
    assert tells(one, other)
    assert tells(other, one)


@pytest.mark.parametrize(("one", "other"), [("table", "tables"), ("slipa", "slipb"), ("harbour", "harbor")])
def test_words_that_are_no_opposites(one: str, other: str) -> None:
    assert not tells(one, other)


NEGATED = {
    "ko": (
        "그 오래된 다리는 내년 봄에 무거운 차량에 {} 마을 사람들이 어제 저녁에 모여서 말했다",
        ("열린다고", "열리지 않는다고"),
    ),
    "hi": (
        "गाँव के लोगों ने कल शाम को कहा कि पुराना पुल भारी गाड़ियों के लिए {} खोला जाएगा और यह ठीक है",
        ("जल्दी", "जल्दी नहीं"),
    ),
    "fi": (
        "kylän väki sanoi eilen illalla että vanha silta {} avoinna raskaille autoille ensi kevään aikana",
        ("on", "ei ole"),
    ),
    "tr": (
        "köylüler dün akşam eski köprünün gelecek bahar ağır araçlara açık {} söylediler ve eve gittiler",
        ("olduğunu", "olmadığını"),
    ),
    "th": ("ชาวบ้านพูดเมื่อวานตอนเย็นว่าสะพานเก่าจะ{}เปิดให้รถหนักผ่านในฤดูใบไม้ผลิปีหน้า", ("", "ไม่")),
    "ar": (
        "قال أهل القرية مساء أمس إن الجسر القديم {} يفتح أمام الشاحنات الثقيلة في الربيع القادم",
        ("سوف", "لن"),
    ),
    "he": (
        "אנשי הכפר אמרו אתמול בערב שהגשר הישן {} פתוח למשאיות כבדות באביב הבא כמו תמיד",
        ("יהיה", "לא יהיה"),
    ),
    "vi": (
        "dân làng nói tối hôm qua rằng cây cầu cũ {} mở cho xe tải nặng vào mùa xuân tới",
        ("sẽ", "sẽ không"),
    ),
    "id": (
        "warga desa berkata tadi malam bahwa jembatan tua itu {} dibuka untuk truk berat musim semi depan",
        ("akan", "tidak akan"),
    ),
    "nl": (
        "de dorpelingen zeiden gisteravond dat de oude brug {} open is voor zware wagens in de lente",
        ("weer", "niet"),
    ),
    "sv": (
        "byborna sade i går kväll att den gamla bron {} ska öppnas för tunga bilar nästa vår",
        ("nu", "aldrig"),
    ),
    "da": (
        "folk i byen sagde i aftes at den gamle bro {} skal åbnes for tunge biler til foråret",
        ("snart", "ikke"),
    ),
    "no": (
        "folk i bygda sa i går kveld at den gamle brua {} skal åpnes for tunge biler til våren",
        ("snart", "aldri"),
    ),
    "pl": (
        "mieszkańcy wsi mówili wczoraj wieczorem że stary most {} otwarty dla ciężkich aut na wiosnę",
        ("będzie", "nie będzie"),
    ),
    "cs": (
        "lidé z vesnice včera večer říkali že starý most {} otevřen pro těžká auta příští jaro",
        ("bude", "nebude"),
    ),
    "ro": (
        "oamenii din sat au spus aseară că podul vechi {} fi deschis pentru camioane grele la primăvară",
        ("va", "nu va"),
    ),
    "uk": (
        "люди в селі казали вчора ввечері що старий міст {} відкритий для важких машин навесні",
        ("буде", "не буде"),
    ),
    "el": (
        "οι χωρικοί είπαν χθες το βράδυ ότι η παλιά γέφυρα {} ανοίξει για βαριά φορτηγά την άνοιξη",
        ("θα", "δεν θα"),
    ),
    "hu": (
        "a falu népe tegnap este azt mondta hogy a régi híd {} nyitva a nehéz autók előtt tavasszal",
        ("lesz", "nem lesz"),
    ),
    "pt": (
        "o povo da aldeia disse ontem à noite que a ponte velha {} aberta aos camiões pesados na primavera",
        ("está", "nunca está"),
    ),
    "it": (
        "la gente del paese ha detto ieri sera che il vecchio ponte {} aperto ai camion in primavera",
        ("è", "non è"),
    ),
    "fa": (
        "مردم روستا دیشب گفتند که پل قدیمی در بهار آینده برای کامیون های سنگین باز {} و رفتند",
        ("است", "نیست"),
    ),
    "bg": (
        "хората от селото казаха снощи че старият мост {} отворен за тежки коли през пролетта",
        ("ще бъде", "няма да бъде"),
    ),
    "hr": (
        "ljudi iz sela rekli su sinoć da stari most {} otvoren za teške kamione na proljeće",
        ("je", "nije"),
    ),
}


@pytest.mark.parametrize("language", NEGATED)
def test_negations(language: str) -> None:
    told, words = NEGATED[language]
    around = f"{{}}. {told.format(words[0])}"
    rows = [text(around.format(told.format(word)).replace("  ", " ")) for word in words]
    assert kept(rows) == 2
    assert kept(rows[:1], rows[1:]) == 1


# Names


def test_another_name_in_a_short_record() -> None:
    for one, other in (("Paris", "Lyon"), ("New York", "Los Angeles"), ("Anna", "Berta"), ("Лион", "Тула")):
        said = "It is well known by all of us who live here that the fair is in {}."
        assert (
            kept([pair("Where is the fair held this time?", said.format(word)) for word in (one, other)]) == 2
        )
        asked = "Tell me whether the people in {} would ever go to the fair in the old town on the hill."
        assert kept([pair(asked.format(word), "They would.") for word in (one, other)]) == 2
        assert kept([text(asked.format(word)) for word in (one, other)]) == 2
        talk = [
            chat(
                ("user", page(1)),
                ("assistant", page(2)),
                ("user", "Where is it?"),
                ("assistant", said.format(word)),
            )
            for word in (one, other)
        ]
        assert kept(talk) == 2, "nor in a long talk, where the answer is short"


def test_another_name_in_a_long_text() -> None:
    for n_words in (120, 220):
        told = f"{page(1, n_words)} so the fair is in {{}} this time {page(2, 60)}"
        assert kept([text(told.format(word)) for word in ("Paris", "Lyon")]) == 2
    signed = f"{page(1, 220)}\n\nBy {{}}\n\n{page(2, 60)}"
    assert kept([text(signed.format(word)) for word in ("Mira Holm", "Jon Berg")]) == 1, "a line of its own"
    assert kept([text(BASE), text(BASE.replace("the old", "The old"))]) == 2, "case counts"


ANOTHER = [
    ("vowel", "consonant"),
    ("convex", "concave"),
    ("fungal", "viral"),
    ("molar", "premolar"),
    ("sine", "cosine"),
    ("nominal", "ordinal"),
    ("herring", "mackerel"),
    ("nitrate", "nitrite"),
    ("ethane", "ethene"),
    ("glucose", "lactose"),
    ("DNS", "DHCP"),
    ("Ölfarbe", "Kreide"),
    ("чайка", "ворона"),
]
THE_SAME = [
    ("harbour", "harbor"),
    ("organised", "organized"),
    ("centre", "center"),
    ("grey", "gray"),
    ("sailor", "sailors"),
    ("carefully", "careful"),
    ("seperate", "separate"),
    ("recieved", "received"),
    ("huge", "large"),
    ("Dr", "Doctor"),
    ("a", "the"),
    ("quite", "very"),
]


@pytest.mark.parametrize(("one", "other"), ANOTHER)
def test_another_word_in_a_short_record(one: str, other: str) -> None:
    said = (
        "In the book that lies on the desk of the hall it is told that what we have here is {} in all of it."
    )
    rows = [pair("What does the book on the desk say?", said.format(word)) for word in (one, other)]
    assert kept(rows) == 2
    assert kept(rows[:1], rows[1:]) == 1
    assert kept([text(said.format(word)) for word in (one, other)]) == 2
    assert kept([pair(said.format(word), "So it is told there.") for word in (one, other)]) == 2


@pytest.mark.parametrize(("one", "other"), THE_SAME)
def test_another_form_of_a_word_is_none(one: str, other: str) -> None:
    said = (
        "In the book that lies on the desk of the hall it is told that what we have is {} house in all of it."
    )
    assert kept([text(said.format(word)) for word in (one, other)]) == 1
    assert kept([pair("What does it say?", said.format(word)) for word in (one, other)]) == 1


def test_another_word_in_a_longer_record_or_at_two_places() -> None:
    for n_words in (60, 400):
        said = f"{page(3, n_words)} so what we have here is {{}} {page(4, 20)}"
        assert kept([text(said.format(word)) for word in ("herring", "mackerel")]) == 2
        assert kept([text(said.format(word)) for word in ("herring", "herrings")]) == 1
    told = "At {} we came to the town, and in its hall, by the old door, we saw what they call the {} one. "
    told += page(4, 20)
    both = (("dusk", "herring"), ("nightfall", "mackerel"))
    assert kept([text(told.format(*words)) for words in both]) == 1


def test_a_name_beside_itself_is_no_other_name() -> None:
    said = "It is well known by all of us who live here that {} fair is in the old town below the hill."
    assert kept([text(said.format(word)) for word in ("each", "every")]) == 1
    assert (
        kept(
            [
                text(f"{word} well known by all of us who live here that the fair is in the town.")
                for word in ("Quite", "Very")
            ]
        )
        == 1
    )
