"""Planted contamination is found, with its span; what says nothing is not."""

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropy_assets import ngrams
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.pool import TRAIN, VALIDATION, assemble
from entropy_assets.curation.screening.contamination import CONTAMINATION_SCHEMA, find_contamination
from entropy_assets.curation.screening.evidence import MAX_ITEMS, MAX_RECORDS
from entropy_assets.errors import InvalidInput
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import PoolSettings

QUESTION = "A ferry leaves the old harbour at noon with forty goats and returns with half as many; why?"
ANSWER = "Because the islanders keep every second goat as the fare, so only twenty of them come home again."
CHINESE = "一艘渡轮中午离开旧港口，船上载着四十只山羊，回来时只剩下一半。"
FILLER = "Nothing of this was ever asked in any exam that we know about, nor will it be."


def framed(*contents: dict[str, object]) -> pl.DataFrame:
    rows = [{"id": content_id(content), "source": "web", **content} for content in contents]
    return pl.DataFrame(rows, schema=SCHEMA)


def text(content: str) -> dict[str, object]:
    return {"kind": "text", "text": content}


def chat(prompt: str, answer: str, system: str = "") -> dict[str, object]:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    if system:
        turns.insert(0, {"role": "system", "content": system})
    return {"kind": "chat", "messages": turns}


def exam(*contents: dict[str, object], name: str = "exam") -> pl.DataFrame:
    frame = framed(*contents).with_columns(item_set=pl.lit(name))
    return frame.with_columns(row_id=pl.format("q{}", pl.int_range(pl.len())))


def words(start: str, n: int) -> str:
    return " ".join(f"{start}{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(n))


ITEMS = exam(chat(QUESTION, ANSWER), chat(words("other", 20), words("reply", 20)))


@pytest.mark.parametrize(
    ("record", "side", "item_side", "span"),
    [
        (chat(QUESTION, FILLER), "prompt", "prompt", QUESTION[:-1]),
        (chat(FILLER, ANSWER), "answer", "answer", ANSWER[:-1]),
        (chat(f"{FILLER} {QUESTION.upper()}", FILLER), "prompt", "prompt", QUESTION.upper()[:-1]),
        (text(f"{FILLER}\n{ANSWER.replace(' ', ' - ')}"), "text", "answer", ANSWER[:-1].replace(" ", " - ")),
        (chat(FILLER, QUESTION.replace(";", "")), "answer", "prompt", QUESTION[:-1].replace(";", "")),
        (
            {
                "kind": "preference",
                "prompt": [{"role": "user", "content": FILLER}],
                "chosen": [{"role": "assistant", "content": FILLER}],
                "rejected": [{"role": "assistant", "content": f"no. {ANSWER}"}],
            },
            "answer",
            "answer",
            ANSWER[:-1],
        ),
    ],
)
def test_planted_item_is_found(record: dict[str, object], side: str, item_side: str, span: str) -> None:
    records = framed(text(FILLER), record, chat("What is it?", "It is that."))
    found = find_contamination(records, ITEMS)
    assert found.schema == CONTAMINATION_SCHEMA
    assert found.rows() == [
        (content_id(record), side, "exam", "q0", item_side, span, len(span.replace("-", " ").split()), 1)
    ]


def test_planted_chinese_is_found() -> None:
    found = find_contamination(
        framed(chat(f"请问：{CHINESE.replace('，', ' ')}", "不知道")), exam(chat(CHINESE, "好"))
    )
    assert found["span"].to_list() == [CHINESE.replace("，", " ")[:-1]]
    assert found["n_tokens"].to_list() == [28]


@pytest.mark.parametrize("n_words", [12, 13])
def test_thirteen_tokens(n_words: int) -> None:
    record = text(f"x {' '.join(words('w', 30).split()[5 : 5 + n_words])} y")
    assert find_contamination(framed(record), exam(text(words("w", 30)))).height == (n_words == 13)


@pytest.mark.parametrize(("n_words", "found"), [(7, 0), (8, 1), (12, 1)])
def test_a_short_question_is_found_as_a_whole(n_words: int, found: int) -> None:
    question = words("w", n_words)
    records = framed(chat(f"Tell me: {question.title()}?", FILLER), chat(question.rsplit(" ", 1)[0], FILLER))
    assert find_contamination(records, exam(chat(question, "no"))).height == found


def test_sides_are_apart() -> None:
    """Seven tokens of the question and seven of the answer in a row are no run."""
    question, answer = words("q", 20), words("a", 20)
    joined = f"{' '.join(question.split()[-7:])} {' '.join(answer.split()[:7])}"
    assert find_contamination(framed(text(joined)), exam(chat(question, answer))).is_empty()


def test_the_longest_span_is_told_and_the_items_are_counted() -> None:
    record = text(f"{words('a', 15)} . {words('b', 18)} . {words('c', 12)}")
    items = exam(text(words("a", 20)), text(words("b", 18)), text(words("c", 14)))
    row = find_contamination(framed(record), items).row(0, named=True)
    assert (row["item_id"], row["n_tokens"], row["n_items"]) == ("q1", 18, 2)
    nameless = find_contamination(framed(record), items.with_columns(row_id=pl.lit(None, pl.String)))
    assert nameless["item_id"].to_list() == [content_id(text(words("b", 18)))]


# --- what says nothing


def test_a_template_of_the_items_is_struck() -> None:
    template = f"Below is an instruction that describes a task: {words('form', 12)}"
    items = exam(*(chat(f"{template} {words(f'{chr(97 + i)}x', 15)}", "no") for i in range(MAX_ITEMS + 1)))
    same_form = chat(f"{template} {words('mine', 15)}", FILLER)
    leaked = chat(f"{template} {words('cx', 15)}", FILLER)
    without_form = chat(words("dx", 15), FILLER)
    found = find_contamination(framed(same_form, leaked, without_form), items)
    assert set(found["id"]) == {content_id(leaked), content_id(without_form)}
    few = find_contamination(framed(same_form), items.head(MAX_ITEMS))
    assert few.height == 1, "of ten items it is no template yet"


def test_a_system_prompt_of_all_items_is_struck() -> None:
    system = words("system", 30)
    items = exam(*(chat(words(f"{chr(97 + i)}q", 9), "no", system) for i in range(MAX_ITEMS + 1)))
    records = framed(chat(FILLER, FILLER, system), chat(words("bq", 9), FILLER))
    assert find_contamination(records, items)["id"].to_list() == [records["id"][1]]


@pytest.mark.parametrize("n_records", [MAX_RECORDS, MAX_RECORDS + 1])
def test_a_licence_in_many_records_is_struck(n_records: int) -> None:
    licence = words("licence", 40)
    items = exam(text(f"{licence} {words('item', 60)}"))
    records = framed(*(text(f"{licence} {words(f'{chr(97 + i)}r', 5)}") for i in range(n_records)))
    found = find_contamination(records, items)
    assert found.height == (n_records if n_records <= MAX_RECORDS else 0)
    leaked = framed(text(f"{licence} {words('item', 13)}"))
    assert find_contamination(pl.concat([records, leaked]), items)["id"].to_list().count(leaked["id"][0]) == 1
    part = records.head(2)
    assert find_contamination(part, items).height == 2
    assert find_contamination(part, items, background=records).height == min(2, found.height)
    in_pieces = find_contamination(part, items, background=lambda: records.iter_slices(3))
    assert in_pieces.equals(find_contamination(part, items, background=records))


def test_a_question_that_leaked_many_times_is_still_found() -> None:
    records = framed(*(chat(QUESTION, words(f"{chr(97 + i)}r", 15)) for i in range(3 * MAX_RECORDS)))
    assert find_contamination(records, ITEMS).height == 3 * MAX_RECORDS


def test_an_answer_in_many_records_is_boilerplate() -> None:
    refusal = "I am sorry, but as a model of language I have no opinion on ferries and goats."
    records = framed(*(chat(words(f"{chr(97 + i)}r", 15), refusal) for i in range(3 * MAX_RECORDS)))
    assert find_contamination(records, exam(chat(QUESTION, refusal))).is_empty()


@pytest.mark.parametrize("table", [" ".join(map(str, range(100))), "no " * 50, "| 1.5 | x " * 20])
def test_tables_and_repetitions_say_nothing(table: str) -> None:
    assert find_contamination(framed(text(f"a {table} b")), exam(text(f"{table} c"))).is_empty()


def test_templates_with_other_numbers_and_names_are_told_apart() -> None:
    """Maths problems share stock phrases; what they share is shorter than a run."""
    item = "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May."
    other = "Weng sold books to 48 of her friends in June, and then he sold twice as many pens in July."
    assert find_contamination(framed(text(other)), exam(text(item))).is_empty()


# --- laws


def test_nothing_and_no_set() -> None:
    empty = SCHEMA.to_frame()
    assert find_contamination(empty, ITEMS).equals(CONTAMINATION_SCHEMA.to_frame())
    assert find_contamination(framed(text(QUESTION)), ITEMS.clear()).is_empty()
    with pytest.raises(InvalidInput, match="need a column `item_set`"):
        find_contamination(empty, empty)


tokens = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "7"]), max_size=14).map(" ".join)
contents = st.one_of(tokens.map(text), st.builds(chat, tokens, tokens))
many = st.lists(contents, max_size=12, unique_by=content_id)


@settings(max_examples=20)
@given(many, many, st.integers(2, 9), st.randoms(use_true_random=False))
def test_order_and_chunks_play_no_part(
    some: list[dict[str, object]], asked: list[dict[str, object]], n_tokens: int, chance: random.Random
) -> None:
    records, items = framed(*some), exam(*asked)
    found = find_contamination(records, items, n_tokens)
    assert found["id"].is_sorted()
    shuffled = [frame[chance.sample(range(frame.height), frame.height)] for frame in (records, items)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngrams, "CHUNK_ROWS", 3)
        assert find_contamination(*shuffled, n_tokens).equals(found)


@settings(max_examples=20)
@given(many, st.integers(2, 9))
def test_the_pool_leaves_out_all_that_touches_its_validation_split(
    some: list[dict[str, object]], n_tokens: int
) -> None:
    pool = assemble(framed(*some), PoolSettings(validation_share=0.4, overlap_words=n_tokens))
    items = pool.part(VALIDATION).with_columns(item_set=pl.lit("validation"))
    assert find_contamination(pool.part(TRAIN), items, n_tokens).is_empty()


def test_other_sources_are_left_alone(shared: Path) -> None:
    """Grade-school maths has nothing in common with code, role play and novels."""
    data = shared / "data"
    items = read_file(data / "instruct" / "gsm8k_train.jsonl.zst", drop="x").records.head(300)
    others = [
        data / "instruct" / "gpteacher_roleplay.jsonl.zst",
        data / "domains" / "books.jsonl.zst",
        data / "forms" / "alpaca_zh_demo.jsonl",
    ]
    records = pl.concat([read_file(path, drop="x").records for path in others])
    found = find_contamination(records, items.with_columns(item_set=pl.lit("gsm8k")))
    assert records.height > 3_000
    assert found.is_empty()
