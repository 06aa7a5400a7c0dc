"""ZIP as the paper's authors run it: the same picks in the same order, quirks included.

Algorithm 1 of arXiv 2407.06645, as the official script (USTC-StarTeam/ZIP, `ZIP.py`, commit f77b0b5)
carries it out. The quirks that are kept, because the picks depend on them:

* A list of records is compressed as Python prints it: "[" first ", " second "]".
* Ratios are float32, and `torch.topk` decides between equal ones. No stable sort gives its order.
* A record keeps the ratio that it had when it was last looked at, under a smaller selection.
* The greedy stage sees the picks of its own round and not the selection.
* The whole shortlist is blocked, picked or not. Where fewer than K1 records are left unblocked, blocked
  ones are measured again, lose their mark, and can be picked **twice**.
* A round is never cut: a selection overshoots its budget.

Mended here is only what made the script stop: a pool smaller than K1, and a budget larger than the pool.
`zip_long` mends the rest.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np

from entropy_assets.curation.selection.contract import Budget, Progress, Selection, ZipParams, as_selection
from entropy_assets.curation.selection.deflate import DeflatePrefix

BLOCKED = np.float32(1_000_000)


def select_zip_paper(
    texts: Sequence[bytes],
    budget: Budget,
    params: ZipParams,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Selection:
    """Return the official picks for a pool that is a list of plain strings.

    Each text is framed by `frame_text`. Rounds of `n_picks` go on until the budget is reached or
    passed, or as many picks were made as the pool has records; a record can be picked twice. `seed`
    changes nothing. Gains: the ratio of the round's own picks at the time of the pick, lower is less
    redundant.
    """
    framed = [frame_text(text) for text in texts]
    return select_framed(framed, budget.weights(texts), budget.amount, params, workers, progress)


def frame_text(text: bytes) -> bytes:
    r"""Return a text as it stands in the printed list [text]: quoted and escaped by Python's `repr`.

    Bytes that are not UTF-8 become escaped surrogates.

    >>> frame_text("it's\n\u00e9".encode()).decode()
    '"it\'s\\né"'
    """
    return repr(text.decode("utf-8", "surrogateescape")).encode()


def select_framed(
    framed: Sequence[bytes],
    weights: np.ndarray,
    budget: int,
    params: ZipParams,
    workers: int,
    progress: Progress | None,
) -> Selection:
    """Return the official picks for records that are already printed.

    Parameters
    ----------
    framed
        n records as they stand in a printed list, without brackets and commas.
    weights
        (n,) int64, what each record takes from the budget.
    budget
        In the unit of `weights`; taken as their sum where it is larger.
    params
        K1, K2, K3; each cut to the size of the pool.
    workers
        Number of threads, at least 1.
    progress
        Called after each round.

    Returns
    -------
    Selection
        A multiple of K3 picks; gains as in `select_zip_paper`.

    Raises
    ------
    CompressorMismatch
        This build of zlib compresses differently in steps and at once.
    """
    target = min(budget, int(weights.sum()))
    picks: list[int] = []
    gains: list[np.float32] = []
    selected = DeflatePrefix(b"[")
    n_done = n_rounds = 0
    tails = [record + b"]" for record in framed]
    with ThreadPoolExecutor(workers) as executor:
        state = _measure(selected, tails, executor, workers, verify=True)
        # An overshooting pick can be a repeat, so the number of picks is bounded as well.
        while n_done < target and len(picks) < len(framed):
            n_rounds += 1
            verify = n_rounds & (n_rounds - 1) == 0  # rounds 1, 2, 4, 8: a whole compression is dear
            shortlist = _shortlist(state, selected, tails, params, executor, workers, verify)
            chosen, ratios = _greedy(
                shortlist, framed, tails, min(params.n_picks, len(shortlist)), executor, workers, verify
            )
            for index in chosen:
                selected.extend(framed[index] + b", ")
            picks += chosen
            gains += ratios
            n_done += int(weights[chosen].sum())
            if progress is not None:
                progress(min(n_done, target), target)
    return as_selection(picks, [float(gain) for gain in gains], "zip_paper")


def _shortlist(
    state: np.ndarray,
    selected: DeflatePrefix,
    tails: Sequence[bytes],
    params: ZipParams,
    executor: Executor,
    workers: int,
    verify: bool,
) -> np.ndarray:
    """Return the (K2,) shortlist of stages 1 and 2; writes fresh ratios and marks into `state`."""
    candidates = _lowest(state, min(params.n_candidates, len(state)))
    ratios = _measure(selected, [tails[index] for index in candidates], executor, workers, verify)
    state[candidates] = ratios
    shortlist: np.ndarray = candidates[_lowest(ratios, min(params.n_shortlist, len(ratios)))]
    state[shortlist] = BLOCKED
    return shortlist


def _greedy(
    shortlist: np.ndarray,
    framed: Sequence[bytes],
    tails: Sequence[bytes],
    n_picks: int,
    executor: Executor,
    workers: int,
    verify: bool,
) -> tuple[list[int], list[np.float32]]:
    """Return the picks of stage 3 and the ratio of the round's list at each, seeing this round alone."""
    chosen: list[int] = []
    gains: list[np.float32] = []
    own = DeflatePrefix(b"[")
    ratios = np.empty(len(shortlist), np.float32)
    rest = np.ones(len(shortlist), bool)
    for _ in range(n_picks):
        ratios[rest] = _measure(own, [tails[index] for index in shortlist[rest]], executor, workers, verify)
        place = _lowest(ratios, 1)[0]
        chosen.append(int(shortlist[place]))
        gains.append(ratios[place])
        ratios[place] = BLOCKED
        rest[place] = False
        own.extend(framed[chosen[-1]] + b", ")
    return chosen, gains


def _measure(
    prefix: DeflatePrefix, tails: Sequence[bytes], executor: Executor, workers: int, verify: bool
) -> np.ndarray:
    """Return the (n,) float32 ratios of `tails` after `prefix`; with `verify` two are checked."""
    ratios = prefix.ratios(tails, executor, workers)
    if verify and len(tails):
        for place in {0, len(tails) // 2}:
            prefix.verify(tails[place], ratios[place])
    return ratios


def _lowest(ratios: np.ndarray, k: int) -> np.ndarray:
    """Return the (k,) int64 places of the lowest ratios, in the order in which `torch.topk` gives them."""
    import torch

    places: np.ndarray = torch.topk(torch.from_numpy(ratios), k=k, largest=False).indices.numpy()
    return places
