r"""Words and notations that stand in place of others: two texts of any length say other things then."""

import pytest

from tests.curation.dedup.talks import chat, kept, page, pair, text

SIGNED = [
    *[("MnO2", "MnO"), ("Fe2+", "Fe3+"), ("³H", "²H"), (r"$p \subset q$", r"$p \subseteq q$")],
    *[(r"\geq", r">"), ("g'(t)", "g''(t)"), ("∃u∀v", "∀v∃u"), ("GATTACA", "GATTCCA")],
    *[("-m4", "-m8"), (r"`\w+?x`", r"`\w+x`"), ('`cat "$DIR"`', "`cat '$DIR'`")],
    *[("ftp://a.example/x", "sftp://a.example/x"), ("/srv/web/in.log", "/srv/web/out.log")],
    *[("9(2)(c)", "9(2)(e)"), ("Rac1", "Rfc1"), ("E♭", "E"), ("192.168.0.0/24", "192.168.0.0/16")],
    *[("MW", "MWh"), ("INTERSECT", "INTERSECT ALL"), ("ASC", "DESC"), ("SSD", "HDD"), ("AB", "B")],
    *[("utf8mb4_bin", "utf8mb4_general_ci"), ("v2.1.0-rc1", "v2.1.0-rc2"), ("<=>", "<->")],
    *[("os.remove", "os.rename"), ("camelCase", "camelText"), ("COUNT(*)", "COUNT(id)"), ("[^0-9]", "[0-9]")],
]  # fmt: skip

IN_ORDER = [("15 3 * * 0", "3 15 * * 0"), ("L D L' D'", "L D' L' D"), ("A^T B", "A B^T")]

WORDS = [
    *[
        ("granite", "marble"),
        ("nitrate", "nitrite"),
        ("cortex", "medulla"),
        ("kestrel", "heron"),
        ("plaster", "mortar"),
    ],
    *[("dismissed", "sustained"), ("dorsal", "ventral"), ("ilium", "ileum"), ("prednisone", "prednisolone")],
    *[("amiodarone", "amlodipine"), ("mitosis", "meiosis"), ("lessor", "surety"), ("vaulted", "thatched")],
    *[("praised", "blamed"), ("solvent", "insolvent"), ("rectangle", "rhombus"), ("sonnet", "limerick")],
]

OTHER_LANGUAGES = [
    (
        "bg",
        "Лекарството се взема {} хранене с чаша вода и после се почива един час вкъщи.",
        ("преди", "след"),
    ),
    (
        "sw",
        "Dawa hii inywewe {} chakula na maji mengi kila siku kwa wiki nzima bila kuacha.",
        ("kabla ya", "baada ya"),
    ),
    (
        "hu",
        "A gyógyszert étkezés {} kell bevenni sok vízzel minden este egy héten át otthon.",
        ("előtt", "után"),
    ),
    ("hi", "दुकान का मालिक कहता है कि इस महीने दूध का दाम {} है और लोग इस पर बात कर रहे हैं।", ("बढ़ा", "घटा")),
    ("bn", "দোকানদার বলে যে এই মাসে দুধের দাম {} এবং লোকজন এই নিয়ে কথা বলছে প্রতিদিন সকালে।", ("বেড়েছে", "কমেছে")),
    ("ja", "妹は夕方の駅前で友達に{}を渡して、それから家に帰って本を読みました。", ("ペン", "パン")),
    ("ja", "弟は去年の夏にその古い家を{}いましたが、今は別の町に住んでいます。", ("買", "売")),
    ("th", "พี่สาวบอกว่าจะไปตลาดใน{}แล้วกลับบ้านมาทำกับข้าวให้ทุกคนกิน", ("ตอนเช้า", "ตอนเย็น")),
    ("zh", "老师说这道题的答案在第三页的{}边，请大家回家以后再看一遍。", ("左", "右")),
    ("ko", "형은 저녁을 먹기 {}에 공원에서 한 시간 동안 걷고 집으로 돌아왔다고 말했다", ("전", "후")),
]

SAME = [
    ("so", "so,"), ("“so”", '"so"'), ("the cat", "**the cat**"), ("well-known", "well–known"),
    ("so it goes", "so it gose"), ("colour", "color"), ("sailing", "sailed"), ("(so)", "so"),
]  # fmt: skip


@pytest.mark.parametrize("words", SIGNED)
def test_another_notation_at_any_length(words: tuple[str, str]) -> None:
    for before, behind in ((25, 20), (60, 45), (150, 130)):
        first, second = (f"{page(1, before)} so {word} is {page(2, behind)}" for word in words)
        assert kept([text(first), text(second)]) == 2
    assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2
    # Beside another slip they tell as well: what is compared are the same plain words around.
    slip = second.replace(second.split()[4], "amid", 1)
    assert kept([text(first), text(slip)]) == 2


@pytest.mark.parametrize("words", IN_ORDER)
def test_notations_in_another_order(words: tuple[str, str]) -> None:
    for before, behind in ((25, 20), (60, 45), (150, 130)):
        first, second = (f"{page(1, before)} so {word} is {page(2, behind)}" for word in words)
        assert kept([text(first), text(second)]) == 2
        assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2


@pytest.mark.parametrize("words", WORDS)
def test_another_word_at_any_length(words: tuple[str, str]) -> None:
    for before, behind in ((25, 20), (60, 45), (150, 130)):
        first, second = (f"{page(1, before)} so the {word} there {page(2, behind)}" for word in words)
        assert kept([text(first), text(second)]) == 2
        assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2
        assert kept([pair(first, page(3, 9)), pair(second, page(3, 9))]) == 2


@pytest.mark.parametrize("words", SAME)
def test_what_says_the_same(words: tuple[str, str]) -> None:
    first, second = (f"{page(1, 60)} so {word} there {page(2, 45)}" for word in words)
    assert kept([text(first), text(second)]) == 1


@pytest.mark.parametrize(("told", "words"), [(told, words) for _, told, words in OTHER_LANGUAGES])
def test_another_word_in_other_languages(told: str, words: tuple[str, str]) -> None:
    first, second = (told.format(word) for word in words)
    assert kept([text(first), text(second)]) == 2
    assert (
        kept([text(f"{page(1, 40)}. {first} {page(2, 40)}"), text(f"{page(1, 40)}. {second} {page(2, 40)}")])
        == 2
    )
    assert kept([pair(first, page(3, 60)), pair(second, page(3, 60))]) == 2


def test_a_short_question_beside_a_long_answer() -> None:
    answer = page(3, 120)
    slip = answer.replace(answer.split()[50], "amid", 1)
    for other in (answer, slip):
        rows = [
            pair("Which town has the oldest bridge?", answer),
            pair("Which town has the oldest harbour?", other),
        ]
        assert kept(rows) == 2
        rows = [
            pair("Which town has the oldest bridge?", answer),
            pair("Which town has an oldest bridge?", other),
        ]
        assert kept(rows) == 1
    first = chat(
        ("user", "Name a bird."), ("assistant", answer), ("user", "And a fish?"), ("assistant", answer)
    )
    other = chat(
        ("user", "Name a bird."), ("assistant", answer), ("user", "And a tree?"), ("assistant", slip)
    )
    assert kept([first, other]) == 2


def test_two_words_that_are_apart_are_near_copies() -> None:
    said = page(1, 80).split()
    other = [*said]
    other[20], other[50] = "granite", "kestrel"
    assert kept([text(" ".join(said)), text(" ".join(other))]) == 1


def test_the_same_text_in_capitals_but_for_a_word_at_two_places() -> None:
    said = page(1, 80).upper().replace(".", "").split()
    other = [*said]
    other[20], other[50] = "GRANITE", "KESTREL"
    assert kept([text(" ".join(said)), text(" ".join(other))]) == 1


@pytest.mark.parametrize("said", ["{} TODAY", "TODAY {}"])
def test_a_word_more_in_a_text_in_capitals(said: str) -> None:
    shouted = page(5, 80).upper()
    assert kept([text(shouted), text(said.format(shouted))]) == 1


def test_a_timestamp_and_counters_of_a_page_fetched_again() -> None:
    told = f"Fetched 2023-0{{}}-04T11:02:09Z\n\n{page(1, 150)}\n\n1,{{}}84 views"
    assert kept([text(told.format(n, n)) for n in (2, 5)]) == 1


CODE = [
    (
        "SELECT a.id, SUM(b.n) AS n FROM a LEFT JOIN b ON b.a = a.id GROUP BY a.id ORDER BY n {};",
        ("ASC", "DESC"),
    ),
    (
        "SELECT {} FROM towns WHERE river = 'Aar' AND size > 9 ORDER BY size LIMIT 5;",
        ("name", "DISTINCT name"),
    ),
    ('for f in src/*; do\n  {} "$f" out/\ndone\nls out/ > done.txt', ("cp", "mv")),
    ("cache:\n  kind: disk\n  path: /srv/a:{}\n  size: 10\n  keys:\n    - one\n    - two", ("ro", "rw")),
    ("cache:\n  kind: disk\n  fast: {}\n  size: 10\n  keys:\n    - one\n    - two", ('"false"', "false")),
    ("cache:\n  image: redis:7{}\n  size: 10\n  keys:\n    - one\n    - two", ("", "-alpine")),
    (
        r"Let $h : [a, b] \to \mathbb{{R}}$ be so. Then \[ {} \frac{{d}}{{dt}} h(t)\,dt = 1. \]",
        (r"\int", r"\sum"),
    ),
    (r"and ${} c$ with $h(c) = 0$, so that it holds for all of it.", (r"\exists", r"\nexists")),
]


@pytest.mark.parametrize(("code", "words"), CODE)
def test_code_without_a_fence(code: str, words: tuple[str, str]) -> None:
    first, second = (code.format(word) for word in words)
    for n in (1, 60, 160):
        around = [f"{page(n, n)}\n\n{own}\n\n{page(n + 1, n)}" for own in (first, second)]
        assert kept([text(own) for own in around]) == 2
        assert kept([pair("Write it.", own) for own in around]) == 2
    asked = [pair(f"What does it do?\n\n{own}", page(3, 40)) for own in (first, second)]
    assert kept(asked) == 2


LONG_CODE = "\n\n\n".join(
    f"async def step_{n}(rows, total):\n"
    f'    """Return what is left of step {n}.\n\n    It may be less.\n    """\n'
    "    for row in sorted(rows):\n        total = await take(row, total)\n"
    "        seen.append([row, total])\n    return total"
    for n in "abcdefghijkl"
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sorted(rows)", "reversed(rows)"),
        ("await take", "take"),
        ("seen.append", "seen.extend"),
        ("return total", "yield total"),
        ("take(row, total)", "take(total, row)"),
    ],
)
def test_one_token_of_a_long_program(old: str, new: str) -> None:
    assert kept([text(LONG_CODE), text(LONG_CODE.replace(old, new, 1))]) == 2
    assert kept([text(LONG_CODE), text(LONG_CODE.replace("what is left", "what was left", 1))]) == 1


def test_what_a_rule_of_a_makefile_needs() -> None:
    told = (
        "all: build test\n\nbuild:\n\tgcc -O2 -o app a.c\n\ntest: {}\n\t./app --try\n\tdiff out.txt b.txt\n"
    )
    told += "\nclean:\n\trm -f app\n"
    assert kept([text(told.format(need)) for need in ("build", "clean")]) == 2
