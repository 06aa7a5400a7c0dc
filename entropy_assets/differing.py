"""Copies of one content whose metadata say different things to a trainer.

Metadata play no part in what makes two records one. Some keys are trained on all the same: the margin of a
preference, what an answer is checked against, what a chat template is handed. Copies that differ in them
are removed like others, and counted here.

What belongs here: which keys these are, and the count. What does not: which records are copies.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import polars as pl

TRAINED_ON = (
    *("margin", "ground_truth", "reference_answer", "reward_model", "answer", "solution", "label"),
    *("chat_template_kwargs", "reasoning_effort", "tool_choice", "objects", "prefix", "message_fields"),
)
"""Keys of the metadata that trainers read: `message_fields` is what turns carried beside their parts."""


def n_differing(
    ids: pl.Series, copied: pl.Series, frames: Callable[[np.ndarray, int], Iterable[pl.DataFrame]]
) -> dict[str, int]:
    """Return for each key of `TRAINED_ON` how many copies say something else than the first of their content.

    Parameters
    ----------
    ids
        Id of each record, String.
    copied
        Ids of the contents that have copies, String.
    frames
        Places of records among `ids`, (m,) int64, and rows of a frame -> their frames with columns `id` and
        `metadata`, in that order.

    Returns
    -------
    dict[str, int]
        Key -> records, 1 or more; keys under which all copies agree are left out.

    Examples
    --------
    >>> told = pl.DataFrame({"id": ["a", "b", "a"], "metadata": ['{"margin": 1}', None, '{"margin": 2}']})
    >>> n_differing(told["id"], pl.Series(["a"]), lambda rows, n: told[rows].iter_slices(n))
    {'margin': 1}
    """
    rows = ids.is_in(copied.unique().implode()).arg_true().to_numpy().astype(np.int64)
    if not len(rows):
        return {}
    table = pl.concat(_said(frame) for frame in frames(rows, _FRAME_ROWS))
    counts = table.select((pl.col(key) != pl.col(key).first().over("id")).sum() for key in TRAINED_ON)
    return {key: n for key, n in counts.row(0, named=True).items() if n}


def differing_told(counts: Mapping[str, int]) -> str:
    """Return in one phrase which copies differ in metadata; nothing where none do.

    >>> differing_told({"margin": 2, "objects": 1})
    'exact copies differ from the kept one in metadata that trainers read: margin 2, objects 1'
    """
    told = ", ".join(f"{key} {n:,}" for key, n in counts.items())
    return f"exact copies differ from the kept one in metadata that trainers read: {told}" if told else ""


_FRAME_ROWS = 10_000
_MADE_UP = r'"tool_call_id": "[^"]*"(, )?'
"""Ids of calls, which are other ones in each run of a model."""


def _said(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the hash of each id, and of what its metadata say under each key."""
    metadata = pl.col("metadata").fill_null("{}").str.replace_all(_MADE_UP, "")
    return frame.select(
        pl.col("id").hash(),
        *(
            pl.when(metadata.str.contains(f'"{key}"', literal=True))
            .then(metadata.str.json_path_match(f"$.{key}"))
            .fill_null("")
            .hash()
            .alias(key)
            for key in TRAINED_ON
        ),
    )
