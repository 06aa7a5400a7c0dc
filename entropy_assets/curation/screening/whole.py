r"""Questions of evaluation sets that are looked for as a whole: the short ones, and formulas.

A run of 13 tokens says something by itself; *What is the capital of France?* has six, and a formula has no
words. Such a question is evidence where a whole turn or a whole line of a record is it, in any case, spacing
and punctuation, with or without a label (``Q:``, ``Problem 3.``) before it, and in whatever it is set
(`wraps`), and where it stands as a whole within a line (`within`). Signs of arithmetic count.

A question of fewer than `MIN_TOKENS` tokens, or one that several items of a set ask with other choices or
answers (*Which of these is true?*), says nothing alone: it is looked for together with its choices or its
answer. What is too short even so cannot be looked for, and is named (`not_looked_for`).

What belongs here: whole questions. What does not: runs of tokens (`contamination`).
"""

import polars as pl

from entropy_assets.curation.screening.formulas import FOUND_SCHEMA, find_formulas, formulas_of
from entropy_assets.curation.screening.letters import key, keys_in, plain
from entropy_assets.curation.screening.within import find_within, may_be_within
from entropy_assets.curation.screening.wraps import CELLS, LABEL, TAG, parts_of, peeled
from entropy_assets.ngrams import chunks
from entropy_assets.words import ANSWER, TEXT, turns, words

MIN_TOKENS = 4
"""Tokens of a text that is looked for as a whole, at least."""

MIN_KEY, MAX_KEY, MAX_LINE = 4, 20_000, 500
"""Characters of what is compared, letters, digits and signs of arithmetic; and of a line at most."""

_N_BEGIN, _N_HEAD = 4, 32
"""Characters of a key by which it is sorted out first, and those of a text that give them."""
_N_NEEDLE = 12
"""Letters and digits of a question for which a text is searched before all else."""
_SLACK = 4
"""Characters of a line for each that is compared, at most: blanks, marks and what a formula is set in."""

_ANSWER_MARK = r"[ \t]+(?:A|Answer|ANSWER|Antwort|答案?)[:：]"

_TASKS = ["Compute", "Evaluate", "Calculate", "Find", "Determine", "Simplify", "Solve", "Work out"]
"""Words with which tasks of mathematics begin, one for another."""
_TASK = rf"^\s*(?:{'|'.join(_TASKS).lower()}|{'|'.join(_TASKS)})\b\s*"

KEYS_SCHEMA = pl.Schema({"key": pl.String, "head": pl.String, "item": pl.UInt32})


def keys_of(items: pl.DataFrame) -> pl.DataFrame:
    """Return what is looked for of evaluation items: each key with its `head` and the number of its item.

    The head is the first letters and digits, which stand in one run in whatever holds the whole.

    Parameters
    ----------
    items
        Records; with the columns `questions` (list of texts) and `answer` where a set tells them, else the
        turns of a person and the last answer are taken, or the text.
    """
    asked = _compared_of(items)
    alone = _as_any_task(asked.filter("is_alone"))
    together = asked.filter(pl.col("n_whole") >= MIN_TOKENS)
    offered = asked.filter((_n_tokens("shown") >= MIN_TOKENS) & (pl.col("all_of_it") != pl.col("key")))
    found = pl.concat(
        [
            alone.select("key", head="question_head", item="item"),
            together.filter(pl.col("reply") != "").select(key="whole", head="shown_head", item="item"),
            offered.select(key="all_of_it", head="shown_head", item="item"),
        ]
    )
    found = found.filter(pl.col("key").str.len_chars().is_between(MIN_KEY, MAX_KEY))
    return found.unique(maintain_order=True).cast(KEYS_SCHEMA)


def _compared_of(items: pl.DataFrame) -> pl.DataFrame:
    """Return one row a question with its keys, and whether it says something alone."""
    asked = _asked(items).with_columns(
        key=key(pl.col("question")),
        all_of_it=key(pl.col("shown")),
        reply=key(pl.col("answer").fill_null("")),
    )
    asked = asked.with_columns(
        whole=pl.concat_str("all_of_it", "reply"),
        n_whole=_n_tokens("shown") + _n_tokens("answer"),
        is_shared=pl.concat_str("all_of_it", pl.lit("\n"), "reply").n_unique().over("key") > 1,
    )
    asked = _with_heads(asked, "question", "shown")
    is_alone = (_n_tokens("question") >= MIN_TOKENS) & ~pl.col("is_shared")
    return asked.with_columns(n_tokens=_n_tokens("question"), is_alone=is_alone)


def _with_heads(asked: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return questions with the head of each of these columns."""
    first = {f"{name}_head": pl.col(name).str.split("\n").list.first() for name in names}
    return asked.with_columns(
        asked.select(**first).select(pl.all().map_batches(plain, pl.String).str.head(_N_NEEDLE))
    )


def _as_any_task(asked: pl.DataFrame) -> pl.DataFrame:
    """Return questions, and each that begins with a word for a task with every other such word as well."""
    tasks = asked.filter(pl.col("question").str.contains(_TASK)).with_columns(
        other=pl.lit(pl.Series([_TASKS])).first()
    )
    tasks = tasks.explode("other").with_columns(
        question=pl.col("other") + pl.lit(" ") + pl.col("question").str.replace(_TASK, "")
    )
    tasks = _with_heads(tasks.with_columns(key=key(pl.col("question"))), "question")
    return pl.concat([asked, tasks.drop("other")])


def not_looked_for(items: pl.DataFrame) -> pl.DataFrame:
    """Return the items of which nothing can be looked for: `item_set` and `item_id`, in their order."""
    known = keys_of(items)["item"].unique()
    rest = items.with_row_index("item").filter(~pl.col("item").is_in(known.implode()))
    return rest.select("item_set", item_id=pl.coalesce("row_id", "id"))


def find_whole(records: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return where a record holds a whole question: `id`, `side`, `span`, `n_tokens`, `item`, `n_items`.

    `item_side` is null but for texts of formulas, which may be answers.

    One row a record, for the longest question and of equals the first item; sorted by id.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`.
    items
        Evaluation items; their order is that of `item`.
    """
    keys, asked = keys_of(items), may_be_within(_compared_of(items).filter("is_alone"))
    asked = asked.select("question", "key", "item", plain=plain(asked["question"])).unique(
        maintain_order=True
    )
    formulas = formulas_of(items)
    found = [_in_chunk(chunk, keys, asked, formulas) for _, chunk in chunks(records)]
    table = pl.concat(found) if found else _in_chunk(records, keys, asked, formulas)
    best = table.sort("id", "n_tokens", "item", "side", "span", descending=[False, True, False, False, False])
    counts = table.group_by("id").agg(n_items=pl.col("item").n_unique().cast(pl.Int64))
    return best.unique("id", keep="first", maintain_order=True).join(
        counts, on="id", how="left", maintain_order="left"
    )


def _in_chunk(
    records: pl.DataFrame, keys: pl.DataFrame, asked: pl.DataFrame, formulas: pl.DataFrame
) -> pl.DataFrame:
    said = turns(records).select("row", "side", span="content").with_row_index("turn")
    may = _may_hold(said["span"], keys["head"].unique())
    segments = _segments(said, may, keys).join(keys, on="key", how="inner")
    within = find_within(said.filter(may), said, asked)
    formulas_in = find_formulas(said, formulas)
    asking = [part.with_columns(item_side=pl.lit(None, pl.String)) for part in (segments, within)]
    ids = records.select("id").with_row_index("row")
    return (
        pl.concat([part.select(FOUND_SCHEMA.names()).cast(FOUND_SCHEMA) for part in (*asking, formulas_in)])
        .join(ids, on="row", how="inner")
        .with_columns(n_tokens=words_of("span"))
        .select("id", "side", "span", "n_tokens", "item", "item_side")
    )


def words_of(column: str) -> pl.Expr:
    """Return the number of tokens of each text of a column."""
    return pl.col(column).map_batches(lambda texts: words(texts).list.len(), pl.UInt32).cast(pl.Int64)


def _segments(said: pl.DataFrame, may: pl.Series, keys: pl.DataFrame) -> pl.DataFrame:
    """Return turns, lines, and each of them with the next one, as row, side, span, key; short ones alone."""
    sizes = keys["key"].str.len_chars().to_list()
    least, most = min(sizes, default=0), max(sizes, default=0)
    said = said.with_columns(may=may, next=pl.col("turn").cast(pl.Int64))
    said = said.filter(
        pl.col("may") | pl.col("may").shift(1, fill_value=False)
    )  # what follows is compared too
    asking = said.filter("may").drop("may", "next")
    lines = asking.with_columns(span=pl.col("span").str.replace_all(_ANSWER_MARK, "\nA:"))
    tagged = lines.filter(pl.col("span").str.contains(TAG))
    apart = tagged.with_columns(span=pl.col("span").str.replace_all(TAG, "\n"))
    lines, apart = (parts_of(part, "\n") for part in (lines, apart))
    cells = parts_of(lines.filter(pl.col("span").str.contains(CELLS)), "|")
    begins = keys.select(pl.col("key").str.head(_N_BEGIN)).to_series().unique()
    return pl.concat(
        [
            _compared(said.drop("may"), "row", begins, least, most),
            *(_compared(part, "turn", begins, least, min(most, MAX_LINE)) for part in (lines, apart, cells)),
        ]
    )


def _may_hold(texts: pl.Series, heads: pl.Series) -> pl.Series:
    """Return whether each text holds the head of a key in its letters and digits; most hold none."""
    if not heads.str.len_chars().min():
        return pl.repeat(value=True, n=len(texts), eager=True)
    found = plain(texts).str.contains_any(heads.to_list())
    tagged = (texts.str.contains(TAG) & ~found).arg_true()
    bare = plain(texts.gather(tagged).str.replace_all(TAG, " ")).str.contains_any(heads.to_list())
    return found.scatter(tagged, bare) if len(tagged) else found


def _compared(said: pl.DataFrame, within: str, begins: pl.Series, least: int, most: int) -> pl.DataFrame:
    """Return texts of at most `most` letters and signs as row, side, span, key.

    Each is taken alone, and with the next, which has the next number in `next`. A label at the beginning is
    one more text without it, and so are marks around it. Keys are made where one begins like one that is
    looked for, for nine texts in ten begin otherwise.
    """
    said = said.filter(pl.col("span").str.len_chars() <= most * _SLACK)
    labelled = pl.col("span").str.contains(LABEL)
    bare = said.filter(labelled).with_columns(span=pl.col("span").str.replace(LABEL, ""))
    unwrapped = peeled(said)
    begun = [part.filter(_begin(part["span"], begins)) for part in (said, bare, unwrapped)]
    every = pl.concat([part.with_columns(key=keys_in(part["span"])) for part in begun])
    # What follows a text begins without its label.
    follower = (
        pl.concat([said.filter(~labelled), bare, unwrapped])
        .unique(maintain_order=True)
        .select(within, pl.col("next") - 1, "span")
    )
    follower = follower.join(every.select(within, "next"), on=[within, "next"], how="semi")
    follower = follower.select(within, "next", after=keys_in(follower["span"]))
    both = every.join(follower, on=[within, "next"], how="inner", maintain_order="left").with_columns(
        key=pl.concat_str("key", "after")
    )
    found = pl.concat([part.select("row", "side", "span", "key") for part in (every, both)])
    return found.filter(pl.col("key").str.len_chars().is_between(least, most)).with_columns(
        pl.col("span").str.strip_chars()
    )


def _begin(texts: pl.Series, begins: pl.Series) -> pl.Series:
    """Return whether each text begins like a key that is looked for, as far as its head tells."""
    heads = keys_in(texts.str.head(_N_HEAD))
    return heads.str.head(_N_BEGIN).is_in(begins.implode()) | (heads.str.len_chars() < 2 * _N_BEGIN)


def _n_tokens(column: str) -> pl.Expr:
    return words_of(column).fill_null(0)


def _asked(items: pl.DataFrame) -> pl.DataFrame:
    """Return one row a question: number of the item, question, what is shown with it, answer."""
    numbered = items.with_row_index("item")
    told = [
        table.select("item", "question", "shown", "answer") for table in (_told(numbered), _read(numbered))
    ]
    return pl.concat(told).filter(pl.col("question").is_not_null())


def _told(items: pl.DataFrame) -> pl.DataFrame:
    if "questions" not in items.columns:
        return pl.DataFrame(
            schema={"item": pl.UInt32, "question": pl.String, "shown": pl.String, "answer": pl.String}
        )
    told = items.filter(pl.col("questions").is_not_null()).select("item", "questions", "shown", "answer")
    first = told.with_columns(place=pl.int_ranges(pl.col("questions").list.len())).explode(
        "questions", "place"
    )
    shown = pl.when(pl.col("place") == 0).then("shown").otherwise("questions")
    return first.select(
        "item", question="questions", shown=shown, answer=pl.when(pl.col("place") == 0).then("answer")
    )


def _read(items: pl.DataFrame) -> pl.DataFrame:
    """Return the questions of items that are records of any form: the turns of a person, or the text."""
    if "questions" in items.columns:
        items = items.filter(pl.col("questions").is_null())
    table = turns(items.drop("item"))
    numbers = items.select("item").with_row_index("row")
    asked = table.filter(pl.col("part").is_in(["user", "prompt", TEXT]))
    replies = table.filter((pl.col("side") == ANSWER) & (pl.col("part") != "rejected"))
    answers = replies.group_by("row", maintain_order=True).agg(answer=pl.col("content").first())
    last = asked.with_columns(is_first=pl.int_range(pl.len()).over("row") == 0)
    return (
        last.join(answers, on="row", how="left")
        .join(numbers, on="row", how="inner")
        .select(
            "item",
            question="content",
            shown="content",
            answer=pl.when("is_first").then("answer"),
        )
    )
