"""The door of all selectors: one call that checks what is asked and hands it to the selector that is named.

What belongs here: which arguments go together, and finding what makes an entry of
`entropy_assets.settings.SELECTORS`. What does not: how a ranking is found.
"""

from collections.abc import Sequence
from importlib import import_module

import numpy as np
from upath import UPath

from entropy_assets.curation.selection.alone import CONTEXTS
from entropy_assets.curation.selection.contract import (
    Budget,
    Constraints,
    Prices,
    Progress,
    Request,
    Selection,
    ZipParams,
)
from entropy_assets.curation.selection.saved_state import saved_state
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SELECTORS, Selector
from entropy_assets.settings.stage import Stage
from entropy_assets.storage import digest_bytes, digest_value
from entropy_assets.texts import StoredTexts

PACKAGE = __name__.rpartition(".")[0]


def select(
    texts: Sequence[bytes],
    budget: Budget,
    selector: str,
    *,
    params: ZipParams | None = None,
    constraints: Constraints | None = None,
    codec: str = "zstd",
    noise_guard: bool = True,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
    state: UPath | None = None,
    prices: Prices | None = None,
    options: Stage | None = None,
    scores: np.ndarray | None = None,
    vectors: np.ndarray | None = None,
) -> Selection:
    """Return an ordered pick from `texts` by the named selector.

    A record budget gives exactly min(budget, n) records (fewer where the constraints or the noise guard
    leave fewer), a byte or token budget is never passed, and no record comes twice; but "all" ignores
    the budget, and "zip_paper" keeps the official script's overshoot and repeats. A text that does not
    fit into what is left is passed over.

    Parameters
    ----------
    texts
        The pool: n canonical texts in UTF-8. "zip_paper" frames each as the official script would print
        it in a list of strings.
    budget
        Size of the selection.
    selector
        A key of `SELECTORS`, which says what its gains are.
    params
        Stages of "zip" and "zip_paper"; None is the paper's defaults.
    constraints
        Records that must or must not be in it, and quotas by source; not for "zip_paper".
    codec
        What "zip" measures with: "zstd" sees the whole selection, "zlib" the last 32 KiB of it.
    noise_guard
        Whether "zip" refuses records that are no text (`entropy_assets.noise`); the others have none.
    seed
        Seed of "random", not negative; changes nothing elsewhere.
    workers
        Number of threads, at least 1; the result does not depend on it.
    progress
        Called when the first round can begin, and after each round.
    state
        File in which "zip" and "zip_paper" commit their state from time to time. Where it exists the
        selection goes on from it. It is left there at the end: delete it once the result is safe.
    prices
        What is known of the pool's records before, so that "zip" need not look at each first. Those of
        records alone (`priced_alone`) change no pick. With the head of an earlier ranking as keep list and
        what its selection found (`Selection.added`), the selection goes on from there.
    options
        Parameters of the class that the selector's entry names, None for its defaults; those of "zip" and
        "zip_paper" are `params`, `codec` and `noise_guard`.
    scores
        (n,) float64, the score of each text, NaN where it has none, for selectors by scores.
    vectors
        (n, d) float32 of length 1, or 0 where nothing is known of a text, for selectors that need them.

    Raises
    ------
    InvalidParameter
        An argument is out of its range, or two of them do not go together.
    InvalidInput
        The file of the state is damaged or belongs to another selection.
    CompressorMismatch
        This build of zlib cannot be used for "zip_paper".

    >>> select([b"a", b"abc", b"ab"], Budget(4, "bytes"), "length").ranking.tolist()
    [1, 0]
    """
    params, constraints = params or ZipParams(), constraints or Constraints()
    _check_arguments(texts, selector, constraints, codec, seed, workers)
    _check_prices(len(texts), prices)
    entry = SELECTORS[selector]
    _check_given(entry, len(texts), options, scores, vectors)
    store = None
    if state is not None and entry.resumes:
        rules = {
            "keep": [int(index) for index in constraints.keep],
            "never": sorted(int(index) for index in constraints.never),
            "quotas": constraints.quotas,
            "groups": list(constraints.groups or ()) if constraints.quotas else [],
        }
        store = saved_state(
            state,
            texts,
            budget,
            params,
            selector=selector,
            codec=codec,
            noise_guard=noise_guard,
            constraints=digest_value(rules),
            prices=_digest_of(prices),
        )
    request = Request(
        texts=texts,
        weights=budget.weights(texts),
        budget=budget.amount,
        params=params,
        constraints=constraints,
        codec=codec,
        noise_guard=noise_guard,
        seed=seed,
        workers=workers,
        progress=progress,
        store=store,
        prices=prices,
        selector=selector,
        options=options or entry.params(),
        scores=scores,
        vectors=vectors,
    )
    module, _, name = entry.made_by.partition(":")
    made: Selection = getattr(import_module(f"{PACKAGE}.{module}"), name)(request)
    return made


def _check_given(
    entry: Selector, n: int, options: Stage | None, scores: np.ndarray | None, vectors: np.ndarray | None
) -> None:
    """Raise one sentence where a selector has not what its entry asks for."""
    if options is not None and type(options) is not entry.params:
        raise InvalidParameter(
            f"parameters of {entry.name} must be {entry.params.__name__}, got {type(options).__name__}"
        )
    for name, needed, given in (
        ("score", entry.scored, scores),
        ("vector", "embeddings" in entry.needs, vectors),
    ):
        if needed and (given is None or len(given) != n):
            got = "none" if given is None else str(len(given))
            raise InvalidParameter(f"{entry.name} needs the {name} of each of the {n} records, got {got}")


def _check_arguments(
    texts: Sequence[bytes], selector: str, constraints: Constraints, codec: str, seed: int, workers: int
) -> None:
    """Raise one sentence for the first argument that cannot be."""
    if selector not in SELECTORS:
        raise InvalidParameter(f"selector {selector!r} is unknown: choose one of {', '.join(SELECTORS)}")
    if codec not in CONTEXTS:
        raise InvalidParameter(f"codec {codec!r} is unknown: choose one of {', '.join(CONTEXTS)}")
    if workers < 1:
        raise InvalidParameter(f"workers must be at least 1, got {workers}")
    if seed < 0:
        raise InvalidParameter(f"seed must not be negative, got {seed}")
    if not isinstance(texts, StoredTexts):
        for index, text in enumerate(texts):
            if not isinstance(text, bytes):
                raise InvalidParameter(
                    f"text {index} of the pool must be bytes, got {type(text).__name__}: encode it"
                )
    if not SELECTORS[selector].constrained and constraints:
        raise InvalidParameter(
            f"selector {selector!r} gives the official picks and takes no quota, keep or never list: use "
            "'zip'"
        )
    _check_constraints(len(texts), constraints)


def _check_prices(n: int, prices: Prices | None) -> None:
    if prices is None:
        return
    counts = len(prices.added), len(prices.knows_keep)
    if counts != (n, n):
        raise InvalidParameter(f"prices need one of each of the {n} records, got {counts[0]} and {counts[1]}")
    if n and prices.added.min() < 0:
        raise InvalidParameter(f"a price must be 0 or more, got {int(prices.added.min())}")


def _digest_of(prices: Prices | None) -> str:
    """Return what tells prices that may change the picks from others; "" for those of records alone."""
    if prices is None or not prices.knows_keep.any():
        return ""
    return digest_bytes(prices.added.astype(np.int64).tobytes() + prices.knows_keep.tobytes())


def _check_constraints(n: int, constraints: Constraints) -> None:
    for name in ("keep", "never"):
        indices = list(getattr(constraints, name))
        wrong = [index for index in indices if not 0 <= index < n]
        if wrong or len(set(indices)) < len(indices):
            what = f"{wrong[0]} of {n} records" if wrong else "a record twice"
            raise InvalidParameter(f"the {name} list must hold each index of the pool once, got {what}")
    both = set(constraints.keep) & set(constraints.never)
    if both:
        raise InvalidParameter(f"record {min(both)} is on the keep list and on the never list: choose one")
    if constraints.quotas and (constraints.groups is None or len(constraints.groups) != n):
        raise InvalidParameter(f"quotas need the source of each of the {n} records")
    unknown = sorted(constraints.quotas.keys() - set(constraints.groups or ()))
    if unknown:
        raise InvalidParameter(
            f"the pool has no source {unknown[0]!r} for a quota: it has "
            f"{', '.join(sorted(set(constraints.groups or ())))}"
        )
    small = [name for name, amount in constraints.quotas.items() if amount < 0]
    if small:
        raise InvalidParameter(f"the quota of source {small[0]!r} must be 0 or more, got a negative one")
