"""Removed copies whose metadata say something else than those of the record that is kept.

Metadata play no part in what makes two records one. Some keys are trained on all the same: the margin of a
preference, what an answer is checked against, what a chat template is handed. Copies that differ in them
are removed like others, and counted here; of exact copies all other keys are counted too, but for ids,
sources, dates, addresses and scores, in which copies of one content differ by nature.

What belongs here: which keys these are, and the count. What does not: which records are copies.
"""

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import orjson
import polars as pl

TRAINED_ON = (
    *("margin", "ground_truth", "reference_answer", "reward_model", "answer", "solution", "label"),
    *("chat_template_kwargs", "reasoning_effort", "tool_choice", "objects", "prefix", "message_fields"),
    *("prefill", "mcp_servers", "response_format"),
)
"""Keys of the metadata that trainers read: `message_fields` is what turns carried beside their parts."""

_KEYS = frozenset(TRAINED_ON)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CRITERIA = _words("""
    rubric rubrics criterion criteria checklist checklists verifier verifiers verification checker checkers
    grader graders test tests testcase testcases assertion assertions constraint constraints gold golden
    ideal expected reference references solution solutions instruction_id_list
    """)
"""Words of what an answer is checked against."""

_REWARDS = _words("fn func function model spec config type kind rule rules")
_ABOUT = _words("""
    id ids uid uids uuid guid hash sha md digest checksum idx index source sources origin dataset corpus
    provenance url urls uri uris href link links domain host doi date dates datetime time timestamp timestamps
    created updated modified added crawled fetched year month day score scores rating ratings rank ranks
    reward rewards logprob logprobs prob probability confidence perplexity quality row line
    offset file filename path
    """)
"""Last words of keys in which copies of one content differ by nature."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_MADE_UP = "tool_call_id"
"""Key of the ids of calls, which are other ones in each run of a model."""

_FRAME_ROWS = 10_000
_SHOWN_KEYS = 12
_MAX_KEYS = 1_000
_MAX_SHOWN_CHARS = 60


def n_differing(
    ids: pl.Series,
    pairs: pl.DataFrame,
    frames: Callable[[np.ndarray, int], Iterable[pl.DataFrame]],
) -> dict[str, int]:
    """Return for each key how many removed copies say something else than the record that stands for them.

    Parameters
    ----------
    ids
        Id of each record, String.
    pairs
        Removed records: `id`, `keeper_id` and `rule`. Where all of one id are removed, the first stands for
        the others; those whose keeper is not among the `ids` are compared with nothing.
    frames
        Places of records among `ids`, (m,) int64, and rows of a frame -> their frames with columns `id` and
        `metadata`, in that order.

    Returns
    -------
    dict[str, int]
        Key -> records, 1 or more, in the order of the keys' names. Of near copies only the keys that trainers
        read are counted.

    Examples
    --------
    >>> told = pl.DataFrame({"id": ["a", "b", "a"], "metadata": ['{"margin": 1}', None, '{"margin": 2}']})
    >>> pairs = pl.DataFrame({"id": ["a"], "keeper_id": ["a"], "rule": ["exact"]})
    >>> n_differing(told["id"], pairs, lambda rows, n: told[rows].iter_slices(n))
    {'margin': 1}
    """
    grouped = _groups(ids, pairs)
    if grouped.is_empty():
        return {}
    counts: Counter[str] = Counter()
    group: object = None
    first: str | None = None
    at = 0
    columns = grouped.select("group", "is_exact").rows()
    for frame in frames(grouped["row"].to_numpy().astype(np.int64), _FRAME_ROWS):
        for metadata in frame["metadata"]:
            own_group, is_exact = columns[at]
            at += 1
            if own_group != group:
                group, first = own_group, metadata
            elif metadata != first and (keys := _differing(first, metadata, is_exact=is_exact)):
                counts.update(key for key in keys if key in counts or len(counts) < _MAX_KEYS)
    return dict(sorted(counts.items()))


def _groups(ids: pl.Series, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `row`, `group` and `is_exact` of all records that are compared, those to compare with first."""
    of_removed = pairs.select("id", "keeper_id", is_exact=pl.col("rule") == "exact")
    keepers = of_removed.group_by("id").agg(
        pl.col("keeper_id").first(),
        pl.col("is_exact").all() & (pl.col("keeper_id").first() == pl.col("id").first()),
    )
    kept = keepers.select("keeper_id").unique()
    records = pl.DataFrame({"id": ids}).with_row_index("row")
    records = records.join(keepers, on="id", how="left").with_columns(
        is_kept=pl.col("id").is_in(kept["keeper_id"].implode())
    )
    records = records.filter(pl.col("keeper_id").is_not_null() | pl.col("is_kept"))
    records = records.with_columns(
        group=pl.coalesce("keeper_id", "id"), is_exact=pl.col("is_exact").fill_null(value=True)
    )
    records = records.with_columns(is_other=pl.col("id") != pl.col("group"))
    has_first = ~pl.col("is_other").all().over("group")
    return records.filter(has_first).sort("group", "is_other", "row").select("row", "group", "is_exact")


def _differing(first: str | None, other: str | None, *, is_exact: bool) -> list[str]:
    """Return the keys under which two metadata differ: all that count, or those that trainers read."""
    one, two = _parsed(first), _parsed(other)
    found = []
    for key in one.keys() | two.keys():
        if one.get(key) == two.get(key):
            continue
        inner = () if is_trained_on(key) else sorted(_trained_on_in(one.get(key), two.get(key)))
        if inner:
            found += [f"{key}.{name}" for name in inner]
        elif is_trained_on(key) or (is_exact and not _is_about(key)):
            found.append(key)
    return found


def _trained_on_in(one: Any, two: Any) -> set[str]:
    """Return the keys that trainers read, at any depth of two values, under which these differ."""
    if one == two:
        return set()
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return {key for pair in zip(one, two, strict=True) for key in _trained_on_in(*pair)}
    first, second = (value if isinstance(value, dict) else {} for value in (one, two))
    found: set[str] = set()
    for key in first.keys() | second.keys():
        his, its = first.get(key), second.get(key)
        found |= ({key} if his != its else set()) if is_trained_on(key) else _trained_on_in(his, its)
    return found


def _parsed(metadata: str | None) -> dict[str, Any]:
    if not metadata:
        return {}
    try:
        found = orjson.loads(metadata)
    except orjson.JSONDecodeError:
        found = json.loads(metadata)  # NaN, and whole numbers beyond 64 bits
    if not isinstance(found, dict):
        return {}
    return _without_made_up(found) if f'"{_MADE_UP}"' in metadata else found


def _without_made_up(value: Any) -> Any:
    """Return a value without ids of calls at any depth, and without the objects that held nothing else."""
    if isinstance(value, list):
        return [_without_made_up(item) for item in value]
    if not isinstance(value, dict):
        return value
    left = {}
    for key, item in value.items():
        made = _without_made_up(item)
        if key != _MADE_UP and (made != {} or item == {}):
            left[key] = made
    return left


@functools.lru_cache(maxsize=4096)
def is_trained_on(key: str) -> bool:
    """Return whether trainers read what a key of the metadata holds: criteria of an answer among it.

    Of a key in an object, as ``extra_info.ground_truth``, the last part counts.

    >>> [is_trained_on(key) for key in ("margin", "rubrics", "reward_fn", "reward", "unit_tests", "topic")]
    [True, True, True, False, True, False]
    """
    key = key.rpartition(".")[2]
    words = [word.lower() for word in _WORD.findall(key)]
    if key in _KEYS or not words:
        return key in _KEYS
    if words[0] == "reward" and words[-1] in _REWARDS:
        return True
    return words[-1] not in _ABOUT and not _CRITERIA.isdisjoint(words)


@functools.lru_cache(maxsize=4096)
def _is_about(key: str) -> bool:
    words = [word.lower() for word in _WORD.findall(key)]
    return bool(words) and (words[-1] in _ABOUT or key.startswith("__index_level"))


def differing_told(counts: Mapping[str, int]) -> str:
    """Return in one phrase which copies differ in metadata; nothing where none do.

    >>> differing_told({"page": 1})
    'removed copies differ from the kept record in metadata: page 1'
    """
    trained = {key: n for key, n in counts.items() if is_trained_on(key)}
    other = {key: n for key, n in counts.items() if key not in trained}
    parts = [f"that trainers read: {_listed(trained)}"] * bool(trained)
    parts += [f"{'in other metadata' if trained else ''}: {_listed(other)}".lstrip()] * bool(other)
    if not parts:
        return ""
    told = "removed copies differ from the kept record in metadata"
    return f"{told} {'; '.join(parts)}" if trained else f"{told}{parts[0]}"


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{key[:_MAX_SHOWN_CHARS]} {n:,}" for key, n in ordered[:_SHOWN_KEYS]]
    more = f" and {len(ordered) - _SHOWN_KEYS:,} more keys" if len(ordered) > _SHOWN_KEYS else ""
    return ", ".join(shown) + more
