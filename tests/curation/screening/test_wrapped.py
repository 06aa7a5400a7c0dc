"""A question that is set in marks, quotes, lists, tables, tags or templates is found as the bare one is."""

import polars as pl
import pytest

from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.records import SCHEMA, content_id

CAPITAL = "What is the capital of Norvia?"
SUM = "Compute 17 * 23 - 4."
CHINESE = "挪维亚的首都是哪里？"


def framed(*texts: str) -> pl.DataFrame:
    contents = [{"kind": "text", "text": text} for text in texts]
    return pl.DataFrame([{"id": content_id(one), "source": "web", **one} for one in contents], schema=SCHEMA)


def asked(*pairs: tuple[str, str]) -> pl.DataFrame:
    contents = [
        {"kind": "chat", "messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}
        for q, a in pairs
    ]
    rows = [{"id": content_id(one), "source": "web", **one} for one in contents]
    return pl.DataFrame(rows, schema=SCHEMA)


ITEMS = asked((CAPITAL, "Tarn"), (SUM, "387"), (CHINESE, "塔恩")).with_columns(item_set=pl.lit("quiz"))

WRAPS = [
    "**{}**",
    "***{}***",
    "*{}*",
    "__{}__",
    "- {}",
    "* {}",
    "• {}",
    "1. {}",
    "(1) {}",
    "a) {}",
    "1. **{}**",
    "- **{}**",
    "> {}",
    "> **{}**",
    ">> {}",
    "Q: {}",
    "**Q:** {}",
    "- Q: {}",
    "Question #3: {}",
    "Question 3 - {}",
    '"{}"',
    "“{}”",
    "「{}」",
    "`{}`",
    "<think>{}",
    "<think>{}</think>",
    "<think>\n{}\nHm.</think>",
    "### {}",
    "###{}",
    "### Question: {}",
    "### Question\n{}\n",
    "<p>{}</p>",
    "<li><b>{}</b></li><li>Other.</li>",
    "<h2>{}</h2><p>Tarn it is.</p>",
    "{}<br>Tarn it is.",
    "&quot;{}&quot;",
    "| {} | Tarn |",
    "| 1 | **{}** |",
    "[INST] {} [/INST]",
    "<|user|>\n{}<|end|>",
    "<|im_start|>user\n{}<|im_end|>",
    "- [ ] {}",
    '{{"question": "{}"}}',
]


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("question", [CAPITAL, SUM, CHINESE])
def test_a_wrapped_question_is_found(wrap: str, question: str) -> None:
    records = framed("Nothing of this was ever asked.\nNot here.", wrap.format(question))
    found = find_contamination(records, ITEMS)
    assert found["id"].to_list() == [records["id"][1]]
    assert found["n_tokens"][0] >= 4


def test_emphasis_within_a_question_and_a_quotation_of_lines() -> None:
    items = asked(("What is the capital\nof Norvia the old?", "Tarn")).with_columns(item_set=pl.lit("quiz"))
    records = framed("> What is the **capital**\n> of Norvia the old?")
    assert find_contamination(records, items).height == 1


@pytest.mark.parametrize(
    "text",
    [
        "- What is the capital of Sorvia?",
        "**What is the capital of Norvia** and why?",
        "Compute -17 * 23 - 4.",
        "<p>What is the capital</p><p>of Norvia the great?</p>",
        "| What is the capital | Norvia |",
        "1. Compute 17 * 23 + 4.",
    ],
)
def test_another_question_in_the_same_wraps_is_none(text: str) -> None:
    assert find_contamination(framed(text), ITEMS).is_empty()


def test_a_sign_before_a_number_stays() -> None:
    items = asked(("- 3 + 5 * 2 - 4 = ?", "3")).with_columns(item_set=pl.lit("quiz"))
    assert find_contamination(framed("1. - 3 + 5 * 2 - 4 = ?"), items).height == 1
