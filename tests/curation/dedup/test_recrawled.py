"""A page that was fetched again, or whose Markdown was written by another program, is the same page."""

import pytest

from entropy_assets.curation.dedup.stamps import is_stamp
from tests.curation.dedup.talks import kept, page, pair, text

TOLD = "The red bridge was not sold by them."
BODY = f"{page(1, 60)} {TOLD} {page(3, 60)}\n\n{page(2, 120)}"
LAST = "All about old mills"


def fetched(stamp: str, *, at_the_foot: bool) -> str:
    head, foot = (LAST, stamp) if at_the_foot else (stamp, LAST)
    return f"The mill on the hill\n{head}\n\n{BODY}\n\n{foot}\n"


def with_mid(said: str) -> str:
    return fetched(LAST, at_the_foot=True).replace("\n\n", f"\n\n{said}\n\n", 2)


STAMPS = [
    ("Last updated: Monday, 12 May 2021", "Last updated: Thursday, 7 October 2021"),
    ("Monday, 12 May 2021", "Thursday, 7 October 2021"),
    ("Mon, May 12, 2021, 10:30 am", "Thu, Oct 7, 2021, 4:05 pm"),
    ("Mon 12 May", "Thu 7 Oct"),
    ("2021-05-12 (Wed)", "2021-10-07 (Thu)"),
    ("Montag, 12. Mai 2021", "Donnerstag, 7. Oktober 2021"),
    ("Montag, den 12. Mai 2021", "Donnerstag, den 7. Oktober 2021"),
    ("lundi 12 mai 2021", "jeudi 7 octobre 2021"),
    ("2021年5月12日 星期三", "2021年10月7日 星期四"),
    ("Published on Monday", "Published on Thursday"),
    ("Updated: Monday at 10:30", "Updated: Thursday at 16:05"),
    ("3 days ago", "2 weeks ago"),
    ("Posted 3 days ago", "Posted 2 weeks ago"),
    ("Last updated 3 days ago", "Last updated an hour ago"),
    ("Posted 3 days ago by Ann Lee", "Posted 2 weeks ago by Ann Lee"),
    ("Ann Lee · 3h ago", "Ann Lee · 2 years ago"),
    ("By Ann Lee | 5 min read | 3 days ago", "By Ann Lee | 5 min read | 2 weeks ago"),
    ("Updated today", "Updated yesterday"),
    ("vor 3 Tagen", "vor einer Woche"),
    ("Zuletzt aktualisiert vor 3 Tagen", "Zuletzt aktualisiert vor 2 Wochen"),
    ("il y a 3 jours", "il y a 2 semaines"),
    ("hace 3 días", "hace 2 semanas"),
    ("3 giorni fa", "2 settimane fa"),
    ("há 3 dias", "há 2 semanas"),
    ("3 dagen geleden", "2 weken geleden"),
    ("3 дня назад", "2 недели назад"),
    ("发布于 3 天前", "发布于 2 周前"),
    ("1,204 shares", "2,310 shares"),
    ("Views 1204 | Likes 34", "Views 2310 | Likes 57"),
    ("Share 12 Tweet 34", "Share 15 Tweet 40"),
    ("Like (12) Share (3)", "Like (14) Share (5)"),
    ("Liked by 1,204 people", "Liked by 2,310 people"),
    ("1,204 people like this", "2,310 people like this"),
    ("Viewed 1204 times", "Viewed 2310 times"),
    ("👍 12 👎 3", "👍 15 👎 4"),
    ("12 retweets 34 likes · 3 days ago", "15 retweets 40 likes · 2 weeks ago"),
    ("阅读 1204 评论 34", "阅读 2310 评论 57"),
    ("Page generated in 0.183 s, request 8f3a91", "Page generated in 0.207 s, request c04b77"),
    ("Served by web-03 in 12 ms", "Served by web-11 in 48 ms"),
]


@pytest.mark.parametrize("at_the_foot", [False, True])
@pytest.mark.parametrize(("one", "other"), STAMPS)
def test_a_page_with_another_stamp(one: str, other: str, at_the_foot: bool) -> None:
    assert (is_stamp(one), is_stamp(other)) == (True, True)
    pages = [fetched(stamp, at_the_foot=at_the_foot) for stamp in (one, other)]
    assert kept([text(own) for own in pages]) == 1
    assert kept([text(pages[0])], [text(pages[1])]) == 0
    assert kept([text(pages[0]), text(pages[1].replace("not sold", "sold"))]) == 2, (
        "what it says tells as ever"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "The old town hall will be shut for 2 days in May",
            "The old town hall will be shut for 3 days in May",
        ),
        (
            "The king of the hill died 3 days ago in his bed",
            "The king of the hill died 2 days ago in his bed",
        ),
        ("He posted the letter to his aunt 3 days ago", "He posted the letter to his aunt 5 days ago"),
        (
            "They go there on a Monday to sell all their corn",
            "They go there on a Friday to sell all their corn",
        ),
        (
            "The old mill has 12 shares in the bridge by now",
            "The old mill has 14 shares in the bridge by now",
        ),
        (
            "It was seen by 12 people who passed by at night",
            "It was seen by 14 people who passed by at night",
        ),
    ],
)
def test_a_sentence_that_tells_a_time_or_a_count(one: str, other: str) -> None:
    assert not is_stamp(one)
    assert not is_stamp(f"{one}.")
    assert kept([text(with_mid(f"{page(3, 25)} {own}. {page(4, 25)}")) for own in (one, other)]) == 2
    assert kept([text(f"{own}.\n{page(3, 130)}") for own in (one, other)]) == 2
    assert kept([text(own) for own in (one, other)]) == 2


@pytest.mark.parametrize(
    "line", ["Yesterday", "Monday", "Today", "Sun", "12", "3 days", "3 days in May", "Ago", "Go on"]
)
def test_a_title_is_no_stamp(line: str) -> None:
    assert not is_stamp(line)


def test_stamps_in_answers_short_texts_and_the_middle_tell() -> None:
    for one, other in STAMPS[11:14]:
        assert kept([pair("Tell me.", fetched(own, at_the_foot=True)) for own in (one, other)]) == 2
        assert kept([text(f"{own}\n{page(4, 40)}") for own in (one, other)]) == 2
        lines = "\nx\ny\nz\nv\nw\nu\n"
        assert kept([text(f"{page(4, 70)}{lines}{own}{lines}{page(5, 70)}") for own in (one, other)]) == 2


ADDRESSES = ["http://{}", "https://{}", "http://www.{}", "https://www.{}", "www.{}", "https://{}/"]


@pytest.mark.parametrize("other", ADDRESSES[1:])
def test_one_address_in_two_spellings(other: str) -> None:
    for line in ("{}", "Source: {}", "Read it at {} | Imprint"):
        own = [line.format(form.format("example.org/mill")) for form in (ADDRESSES[0], other)]
        for at_the_foot in (False, True):
            assert kept([text(fetched(said, at_the_foot=at_the_foot)) for said in own]) == 1
        away = line.format(other.format("example.org/mall"))
        assert kept([text(fetched(said, at_the_foot=True)) for said in (own[0], away)]) == 2, "another page"
        away = line.format(other.format("example.com/mill"))
        assert kept([text(fetched(said, at_the_foot=True)) for said in (own[0], away)]) == 2, "another site"


def test_by_what_way_an_address_was_come_to() -> None:
    own = [
        f"Read more at https://a.example/x?page=2&{way}"
        for way in ("utm_source=rss&utm_id=77", "fbclid=IwAR3")
    ]
    assert kept([text(fetched(said, at_the_foot=True)) for said in own]) == 1
    away = own[0].replace("page=2", "page=3")
    assert kept([text(fetched(said, at_the_foot=True)) for said in (own[0], away)]) == 2, "another page"


RULES = ["---", "***", "___", "* * *", "- - -", "_ _ _", "----------", ""]


@pytest.mark.parametrize("one", RULES)
@pytest.mark.parametrize("other", RULES)
def test_a_rule_is_drawn_in_many_ways(one: str, other: str) -> None:
    assert kept([text(with_mid(one)), text(with_mid(f"{other} "))]) == 1
    assert kept([pair("Tell me.", with_mid(own)) for own in (one, f"{other} ")]) == 1


@pytest.mark.parametrize(
    ("plain", "marked"),
    [
        ("the word mill is old", "the word `mill` is old"),
        ("the words mill and hill are old", "the words `mill` and `hill` are old"),
        ("the water mill, as they say", "the `water mill`, as they say"),
        ("the old_mill of it and its new_mill", "the old\\_mill of it and its new\\_mill"),
        ("its sign __mill_hill__ is old", "its sign \\_\\_mill\\_hill\\_\\_ is old"),
        ("*so it is with them", "\\*so it is with them"),
        ("so it is* with them", "so it is\\* with them"),
        ("the [old] mill is red", "the \\[old\\] mill is red"),
        ("1. so it is with them", "1\\. so it is with them"),
        ("- so it is with them", "\\- so it is with them"),
    ],
)
def test_signs_of_markdown_say_nothing_in_prose(plain: str, marked: str) -> None:
    assert kept([text(with_mid(own)) for own in (plain, marked)]) == 1
    assert kept([pair("Tell me.", with_mid(own)) for own in (plain, marked)]) == 1
    assert (
        kept([text(with_mid(f"{plain} {TOLD}")), text(with_mid(f"{marked} {TOLD.replace('not', 'now')}"))])
        == 2
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("echo `date` > stamp.txt\ncp a.txt /srv/b.txt", "echo date > stamp.txt\ncp a.txt /srv/b.txt"),
        ("now=`date`\nmv a.txt b.txt", "now=date\nmv a.txt b.txt"),
        (r"The sum $a\_b + c$ is in it.", "The sum $a_b + c$ is in it."),
        (r"The pattern a\.b finds a dot in it.", "The pattern a.b finds a dot in it."),
        (r"The pattern a\*b finds a star in it.", "The pattern a*b finds a star in it."),
        (r"Its place is \\srv\_old on the disk.", r"Its place is \\srv_old on the disk."),
        (r"It is C:\_old on the disk.", "It is C:_old on the disk."),
        (r"So \[x = 1\] is what follows.", "So [x = 1] is what follows."),
        ("It is `--force` that does it.", "It is --force that `does` it."),
    ],
)
def test_backticks_and_escapes_that_tell(one: str, other: str) -> None:
    assert kept([text(with_mid(own)) for own in (one, other)]) == 2
    assert kept([text(own) for own in (one, other)]) == 2


@pytest.mark.parametrize(("one", "other"), [("`mill`", "mill"), ("old\\_mill", "old_mill")])
def test_a_short_answer_is_compared_as_it_stands(one: str, other: str) -> None:
    assert kept([pair(page(6, 60), own) for own in (one, other)]) == 2
    assert kept([text(f"Say {own} to it.") for own in (one, other)]) == 2
