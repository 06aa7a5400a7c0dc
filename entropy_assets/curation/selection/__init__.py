"""Selection: an ordered pick from a pool under a budget.

What is measured (`zstd_context`, `deflate`) is apart from how it is searched (`zip_long`, `zip_paper`);
`contract` holds what all selectors share, `baselines` what they are compared with, `official` the door for
raw ShareGPT files. No guarantee is claimed: compression has no proven diminishing returns.
"""

from collections.abc import Callable, Sequence

from entropy_assets.curation.selection.baselines import select_all, select_length, select_random
from entropy_assets.curation.selection.contract import Budget, Progress, Selection, ZipParams
from entropy_assets.curation.selection.official import official_json, select_official
from entropy_assets.curation.selection.zip_long import select_zip
from entropy_assets.curation.selection.zip_paper import select_zip_paper
from entropy_assets.errors import InvalidParameter

__all__ = [
    "SELECTORS",
    "Budget",
    "Progress",
    "Selection",
    "ZipParams",
    "official_json",
    "select",
    "select_official",
]

Selector = Callable[[Sequence[bytes], Budget, ZipParams, int, int, Progress | None], Selection]

SELECTORS: dict[str, Selector] = {
    "zip": select_zip,
    "zip_paper": select_zip_paper,
    "random": select_random,
    "length": select_length,
    "all": select_all,
}
"""Selector name -> selector(texts, budget, params, seed, workers, progress)."""


def select(
    texts: Sequence[bytes],
    budget: Budget,
    selector: str,
    *,
    params: ZipParams | None = None,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Selection:
    """Return an ordered pick from `texts` by the named selector.

    A record budget gives exactly min(budget, n) records, a byte budget is never passed, and no record
    comes twice; but "all" ignores the budget, and "zip_paper" keeps the official script's overshoot and
    repeats. A text that does not fit into what is left is passed over.

    Parameters
    ----------
    texts
        The pool: n canonical texts in UTF-8. "zip_paper" frames each as the official script would print
        it in a list of strings.
    budget
        Size of the selection.
    selector
        A key of `SELECTORS`; each says there what its gains are.
    params
        Stages of "zip" and "zip_paper"; None is the paper's defaults.
    seed
        Seed of "random", not negative; changes nothing elsewhere.
    workers
        Number of threads, at least 1; the result does not depend on it.
    progress
        Called after each round.

    Raises
    ------
    InvalidParameter
        The selector is unknown, a text is not bytes, the seed is negative, or there is no worker.
    CompressorMismatch
        This build of zlib cannot be used for "zip_paper".

    >>> select([b"a", b"abc", b"ab"], Budget(4, "bytes"), "length").ranking.tolist()
    [1, 0]
    """
    if selector not in SELECTORS:
        raise InvalidParameter(f"selector {selector!r} is unknown: choose one of {', '.join(SELECTORS)}")
    if workers < 1:
        raise InvalidParameter(f"workers must be at least 1, got {workers}")
    if seed < 0:
        raise InvalidParameter(f"seed must not be negative, got {seed}")
    for index, text in enumerate(texts):
        if not isinstance(text, bytes):
            raise InvalidParameter(
                f"text {index} of the pool must be bytes, got {type(text).__name__}: encode it"
            )
    return SELECTORS[selector](texts, budget, params or ZipParams(), seed, workers, progress)
