"""The drop: a clean one passes, and each fault moves its own measurement past the policy's limit."""

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from entropy_assets.curation.entropy_law import (
    RULES,
    Compared,
    DropMeasured,
    Measurement,
    Texts,
    Verdict,
    first_version,
    judge,
    measure_drop,
)
from entropy_assets.curation.entropy_law.drop.answers import NO_MODEL
from entropy_assets.curation.entropy_law.drop.copies import copies_of, copy_partners
from entropy_assets.curation.entropy_law.drop.endings import ends_open
from entropy_assets.curation.entropy_law.drop.harm import NO_DETECTOR
from entropy_assets.curation.entropy_law.gate.rules import DROP_CODES
from entropy_assets.curation.entropy_law.rule import worst
from entropy_assets.records import SCHEMA
from entropy_assets.settings import LawSettings, PolicySettings
from tests.curation.entropy_law.sentences import Rows, rows, values_of

LAW = LawSettings(sample_bytes=32_768)
POLICY = PolicySettings()
REFERENCE = rows(1_500, seed=11)
DROP = rows(900, seed=12)
NONE = Texts([], [], [])
UNLEARNED = dict.fromkeys(("damage", "doubtful", "unlike", "new_kind", "doubtful_first"), NO_DETECTOR)
"""Rules of the detector, which nothing here has taught."""
COMPARED = {
    "mismatched_answers",
    "repeated_phrases",
    "ratio_rose",
    "unknown_words",
    "unusual_pairs",
    "loss_shift",
    "language_shift",
}


def measure(drop: Rows, reference: Rows = REFERENCE) -> DropMeasured:
    own, own_losses = drop.measured()
    promoted, losses = reference.measured()
    losses = losses.copy()
    losses[::5] = np.nan  # what the probe was trained on
    values = values_of(own, promoted, own_losses, losses)
    return measure_drop(Compared.beside(own, promoted, values, LAW), seed=0)


def verdict_on(measured: DropMeasured) -> Verdict:
    return judge(measured.measurements, measured.off | first_version().off, POLICY, first=False)


def measurement(measured: DropMeasured, code: str, scope: str = "drop") -> Measurement:
    return next(m for m in measured.measurements if (m.code, m.scope) == (code, scope))


@pytest.fixture(scope="module")
def clean() -> DropMeasured:
    return measure(DROP)


def test_a_clean_drop_passes_with_every_rule_measured(clean: DropMeasured) -> None:
    assert clean.off == {"mismatched_answers": NO_MODEL, **UNLEARNED}
    assert [(m.code, m.scope) for m in clean.measurements] == [
        (code, "drop")
        for code in (
            "blobs",
            "copies",
            "repeated_phrases",
            "truncated",
            "ratio_rose",
            "unknown_words",
            "unusual_pairs",
            "loss_shift",
            "language_shift",
        )
    ]
    assert all(m.n > 0 and m.standard_error > 0 for m in clean.measurements)
    verdict = verdict_on(clean)
    assert verdict.passes, verdict.sentence()


def test_the_table_of_strata_counts_both_sides(clean: DropMeasured) -> None:
    assert [(s["source"], s["language"]) for s in clean.strata] == sorted(set(DROP.strata))
    assert sum(int(str(s["records"])) for s in clean.strata) == len(DROP)
    assert sum(int(str(s["promoted"])) for s in clean.strata) == len(REFERENCE)
    assert all(s["known"] for s in clean.strata)


def damaged(share: float, change: Callable[[str, np.random.Generator], str], rise: float = 0.0) -> Rows:
    """Return the clean drop with a share of its texts changed and their losses raised."""
    rng = np.random.default_rng(5)
    hit = rng.random(len(DROP)) < share
    texts = [change(t, rng) if h else t for t, h in zip(DROP.texts, hit, strict=True)]
    return replace(DROP, texts=texts, losses=DROP.losses + rise * hit)


def near_copy(text: str, rng: np.random.Generator) -> str:
    template = DROP.texts[3 * int(rng.integers(5))].split()
    for place in rng.choice(len(template), size=2, replace=False):
        template[place] = text.split()[0].lower()
    return " ".join(template)


def templated(text: str, rng: np.random.Generator) -> str:
    template, own = DROP.texts[3 * int(rng.integers(5))].split(), text.split()
    return " ".join(own[int(rng.integers(len(own)))] if rng.random() < 0.3 else word for word in template)


def salad(text: str, rng: np.random.Generator) -> str:
    return " ".join(rng.permutation(text.split()))


def mistyped(text: str, rng: np.random.Generator) -> str:
    return "".join(c * 2 if rng.random() < 0.06 else c for c in text)


def as_base64(text: str, rng: np.random.Generator) -> str:
    return base64.b64encode(rng.bytes(len(text))).decode()


def as_hex(text: str, rng: np.random.Generator) -> str:
    return rng.bytes(len(text) // 2).hex()


def as_control_characters(text: str, rng: np.random.Generator) -> str:
    return rng.bytes(len(text)).decode("latin-1")


def as_random_letters(text: str, rng: np.random.Generator) -> str:
    drawn = iter(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), len(text)))
    return "".join(c if c == " " else next(drawn) for c in text)


def as_mojibake(text: str, rng: np.random.Generator) -> str:
    return text.replace("e", "é").encode().decode("cp1252")


def cut(text: str, rng: np.random.Generator) -> str:
    return text[: int(len(text) * rng.uniform(0.4, 0.8))].rstrip(". ")


def relabelled(share: float, language: str) -> Rows:
    rng = np.random.default_rng(6)
    strata = [
        (source, language) if source == "forum" and rng.random() < share else (source, own)
        for source, own in DROP.strata
    ]
    return replace(DROP, strata=strata)


ORDER = ("promote", "ask", "hold")
FAULTS: dict[str, tuple[str, Callable[[], Rows]]] = {
    "near-copies": ("copies", lambda: damaged(0.3, near_copy)),
    "a flood from templates": ("repeated_phrases", lambda: damaged(0.1, templated)),
    "near-copies, seen by R": ("ratio_rose", lambda: damaged(0.6, near_copy)),
    "salad": ("unusual_pairs", lambda: damaged(0.3, salad)),
    "typing errors": ("unknown_words", lambda: damaged(0.3, mistyped)),
    "hard to predict": ("loss_shift", lambda: damaged(0.3, lambda text, _: text, rise=1.0)),
    "base64": ("blobs", lambda: damaged(0.1, as_base64)),
    "hexadecimal": ("blobs", lambda: damaged(0.1, as_hex)),
    "control characters": ("blobs", lambda: damaged(0.1, as_control_characters)),
    "random letters": ("blobs", lambda: damaged(0.1, as_random_letters)),
    "mojibake": ("blobs", lambda: damaged(0.1, as_mojibake)),
    "truncation": ("truncated", lambda: damaged(0.4, cut)),
    "labels among known languages": ("language_shift", lambda: relabelled(0.6, "de")),
    "a language without reference": ("language_shift", lambda: relabelled(0.6, "fr")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_moves_its_measurement_and_is_told(name: str, clean: DropMeasured) -> None:
    code, make = FAULTS[name]
    found = measure(make())
    limit = getattr(POLICY, RULES[code].limit)
    assert measurement(found, code).value > limit > measurement(clean, code).value
    verdict = verdict_on(found)
    stands_for = RULES[code].stands_for
    assert (code, stands_for) in [(r.code, r.stands_for) for r in verdict.reasons + verdict.notes]
    assert verdict.outcome in {"hold": ("hold",), "ask": ("ask", "hold")}.get(stands_for, ORDER)


def test_each_fault_leaves_what_it_does_not_touch_alone(clean: DropMeasured) -> None:
    found = measure(damaged(0.5, salad, rise=0.3))
    for code in ("blobs", "copies", "language_shift"):
        assert measurement(found, code).value <= measurement(clean, code).value + 0.01
    found = measure(relabelled(0.6, "de"))
    assert measurement(found, "blobs") == measurement(clean, "blobs")


def test_a_novel_stratum_gets_intrinsic_rules_only() -> None:
    strata = (("poems", "de"),)
    found = measure(rows(300, seed=13, strata=strata))
    assert {(m.code, m.scope) for m in found.measurements} == {
        ("blobs", "drop"),
        ("truncated", "novel"),
        ("copies", "novel"),
    }
    assert set(found.off) == COMPARED | UNLEARNED.keys()
    assert str(LAW.known_records) in found.off["ratio_rose"]
    assert [s["known"] for s in found.strata] == [False]
    verdict = verdict_on(found)
    assert verdict.passes, verdict.sentence()


@pytest.mark.parametrize(
    ("code", "change"), [("copies", near_copy), ("truncated", cut), ("blobs", as_base64)]
)
def test_the_intrinsic_rules_see_a_bad_novel_drop(
    code: str, change: Callable[[str, np.random.Generator], str]
) -> None:
    drop = damaged(0.95, change)
    found = measure(replace(drop, strata=[("poems", "de")] * len(drop)))
    verdict = verdict_on(found)
    assert code in [reason.code for reason in verdict.reasons + verdict.notes]
    assert verdict.outcome == worst([RULES[code].stands_for])


def test_a_stratum_is_known_from_the_setting_on() -> None:
    strata = (("guide", "en"),)
    short, enough = (rows(LAW.known_records + extra, seed=14, strata=strata) for extra in (-1, 0))
    drop = rows(60, seed=15, strata=strata)
    assert "ratio_rose" in measure(drop, short).off
    assert measure(drop, enough).off == {"mismatched_answers": NO_MODEL, **UNLEARNED}


def test_a_mixed_drop_is_judged_on_both_sides() -> None:
    drop = rows(600, seed=16, strata=(("guide", "en"), ("poems", "de")))
    found = measure(drop)
    assert {(m.code, m.scope) for m in found.measurements} >= {("copies", "drop"), ("copies", "novel")}
    assert measurement(found, "truncated").n == measurement(found, "truncated", "novel").n == 300


def test_without_promoted_records_only_the_intrinsic_rules_speak() -> None:
    outcomes = []
    for n_rows in (20, 900):
        own, losses = rows(n_rows, seed=17).measured()
        values = values_of(own, NONE, losses * np.nan, np.array([]))
        found = measure_drop(Compared.beside(own, NONE, values, LAW), seed=0)
        assert set(found.off) == COMPARED | UNLEARNED.keys()
        off = found.off | first_version().off
        outcomes.append(judge(found.measurements, off, POLICY, first=True).outcome)
    assert outcomes == ["ask", "promote"]


def test_an_empty_drop_has_every_rule_off() -> None:
    promoted, losses = REFERENCE.measured()
    values = values_of(NONE, promoted, np.array([]), losses)
    found = measure_drop(Compared.beside(NONE, promoted, values, LAW), seed=0)
    assert found.measurements == ()
    assert found.strata == ()
    assert set(found.off) == set(DROP_CODES)
    assert verdict_on(found).passes


def test_a_record_without_a_loss_is_left_out_of_the_losses() -> None:
    losses = DROP.losses.copy()
    losses[: len(DROP) // 3] = np.nan
    found = measure(replace(DROP, losses=losses))
    assert measurement(found, "loss_shift").n == len(DROP) - len(DROP) // 3
    off = measure(replace(DROP, losses=DROP.losses * np.nan)).off
    assert set(off) == {"loss_shift", "mismatched_answers"} | UNLEARNED.keys()
    assert "no record" in off["loss_shift"]


def test_the_order_of_rows_does_not_matter(clean: DropMeasured) -> None:
    def shuffled(given: Rows, seed: int) -> Rows:
        order = np.random.default_rng(seed).permutation(len(given))
        texts, strata = [given.texts[i] for i in order], [given.strata[i] for i in order]
        return Rows(texts, strata, given.losses[order])

    assert measure(shuffled(DROP, 1), shuffled(REFERENCE, 2)) == clean


SCRIPT = """
from tests.curation.entropy_law.drop import test_drop
print(test_drop.measure(test_drop.rows(150, seed=12), test_drop.rows(660, seed=11)))
"""


def test_another_process_measures_the_same_to_the_last_digit() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "POLARS_MAX_THREADS": str(seed)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in (1, 2)
    }
    assert outputs == {f"{measure(rows(150, seed=12), rows(660, seed=11))}\n"}


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("", True),
        ("   ", True),
        ("It was cut in the mid", True),
        ("First, second,", True),
        ("as follows:", True),
        ("call(", True),
        ("这是一个句子", True),
        ("It ended.", False),
        ("It ended.  \n", False),
        ("这是一个句子。", False),
        ("Did it?", False),
        ('He said "yes"', False),
        ("return {1: [2]}", False),
        ("1 2 3\n4 5 6", False),
        ("```", False),
    ],
)
def test_ends_open(text: str, is_open: bool) -> None:
    assert ends_open(text) is is_open


def encoded(*texts: str) -> list[bytes]:
    return [text.encode() for text in texts]


def copy_flags(texts: list[bytes], n_judged: int) -> np.ndarray:
    return np.isin(np.arange(n_judged), copy_partners(texts, n_judged)["place"].to_numpy())


def chats(*turns: list[tuple[str, str]]) -> Texts:
    messages = [[{"role": role, "content": said} for role, said in one] for one in turns]
    rows = [
        {"kind": "chat", "messages": one, "source": "a", "id": f"{i:032x}"} for i, one in enumerate(messages)
    ]
    return Texts.of(
        pl.concat([SCHEMA.to_frame(), pl.DataFrame(rows, schema_overrides=SCHEMA)], how="diagonal")
    )


def test_copies_are_told_by_the_last_question_and_its_answer() -> None:
    told = [" ".join(f"{name}{n}" for n in range(30)) for name in ("a", "b", "c")]
    prompt = ("system", " ".join(f"prompt{n}" for n in range(60)))
    template = " ".join(f"template{n}" for n in range(60))

    def copies(*turns: list[tuple[str, str]]) -> list[int]:
        return copies_of(chats(*turns))["place"].to_list()

    own = [[("user", f"what is {i}?"), ("assistant", text)] for i, text in enumerate(told)]
    assert copies(*own) == []
    assert copies(*([prompt, *turns] for turns in own)) == []
    assert (
        copies(*([*own[0], ("user", f"and {i}?"), ("assistant", text)] for i, text in enumerate(told))) == []
    )
    assert copies(*([("user", f"{template} {i}"), ("assistant", text)] for i, text in enumerate(told))) == []
    assert copies(*([("user", f"what is {i}?"), ("assistant", f"{told[0]} {i}")] for i in range(3))) == [
        0,
        1,
        2,
    ]
    assert copies(*([("user", f"{template} {i}"), ("assistant", "yes")] for i in range(3))) == [0, 1, 2]


def test_copy_flags_of_nothing() -> None:
    assert copy_flags([], 0).tolist() == []
    assert copy_flags([b"", b" ", b"short", b"short"], 4).tolist() == [False] * 4


def test_copy_flags_see_copies_wherever_the_other_stands() -> None:
    text = " ".join(f"word{n}" for n in range(40))
    other = " ".join(f"other{n}" for n in range(40))
    assert copy_flags(encoded(text, other, text), 2).tolist() == [True, False]
    assert copy_flags(encoded(text, other, text.upper()), 3).tolist() == [True, False, True]
    assert copy_flags(encoded(text, other, "\n".join(text.split())), 3).tolist() == [True, False, True]


def test_copy_flags_draw_the_line_at_half_of_the_runs() -> None:
    words = [f"word{n}" for n in range(47)]  # 40 runs of eight
    for kept, flagged in ((27, True), (26, False)):  # 20 and 19 runs of the own 40 come back
        shared = " ".join(words[:kept])
        assert copy_flags(encoded(" ".join(words), shared), 1).tolist() == [flagged]


def test_a_run_repeated_inside_one_text_is_no_copy() -> None:
    row = "1 2 3 4 5 6 7 8 9"
    other = "another text of more than eight words without any copy"
    assert copy_flags(encoded("\n".join([row] * 20), other), 2).tolist() == [False, False]


def test_tables_of_digits_are_copies_only_where_their_rows_agree() -> None:
    rng = np.random.default_rng(0)
    tables = [" ".join(map(str, rng.integers(0, 1_000, 60))) for _ in range(3)]
    assert copy_flags(encoded(*tables), 3).tolist() == [False] * 3
    assert copy_flags(encoded(*tables, tables[0]), 4).tolist() == [True, False, False, True]
