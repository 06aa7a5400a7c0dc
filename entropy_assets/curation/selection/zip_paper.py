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

from collections.abc import Iterable, Sequence

import numpy as np

from entropy_assets.curation.selection.contract import Request, Selection, as_selection
from entropy_assets.curation.selection.deflate import DeflatePrefix
from entropy_assets.execution import Executor, Threads

BLOCKED = np.float32(1_000_000)
CHUNK = 10_000  # records that are framed at a time in the first pass
OPEN, BETWEEN, CLOSE = b"[", b", ", b"]"


def select_zip_paper(request: Request) -> Selection:
    """Return the official picks for a pool that is a list of plain strings.

    Each text is framed by `frame_text`. Rounds of `n_picks` go on until the budget is reached or
    passed, or as many picks were made as the pool has records; a record can be picked twice. Gains: the
    ratio of the round's own picks at the time of the pick, lower is less redundant.
    """
    return select_framed(request, FramedTexts(request.texts))


def frame_text(text: bytes) -> bytes:
    r"""Return a text as it stands in the printed list [text]: quoted and escaped by Python's `repr`.

    Bytes that are not UTF-8 become escaped surrogates.

    >>> frame_text("it's\n\u00e9".encode()).decode()
    '"it\'s\\né"'
    """
    return repr(text.decode("utf-8", "surrogateescape")).encode()


class FramedTexts:
    """The texts of a pool as they stand in a printed list, framed when they are read."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    def __getitem__(self, place: int) -> bytes:
        return frame_text(self._texts[place])


def select_framed(request: Request, framed: FramedTexts | Sequence[bytes]) -> Selection:
    """Return the official picks for records that are already printed.

    Parameters
    ----------
    request
        Its texts are not looked at; K1, K2 and K3 are each cut to the size of the pool.
    framed
        n records as they stand in a printed list, without brackets and commas.

    Returns
    -------
    Selection
        A multiple of K3 picks; gains as in `select_zip_paper`.

    Raises
    ------
    CompressorMismatch
        This build of zlib compresses differently in steps and at once.
    """
    with Threads(request.workers) as threads:
        rounds = _Rounds(request, framed, threads)
        # An overshooting pick can be a repeat, so the number of picks is bounded as well.
        while rounds.done < request.total and len(rounds.picks) < len(framed):
            rounds.run()
        rounds.save()
    return as_selection(rounds.picks, rounds.gains, "zip_paper")


class _Rounds:
    """The state between rounds: each record's last ratio, the picks, and the compressed selection."""

    def __init__(self, request: Request, framed: FramedTexts | Sequence[bytes], executor: Executor) -> None:
        self._request, self._framed, self._executor = request, framed, executor
        self._selected = DeflatePrefix(OPEN)
        self.picks: list[int] = []
        self.gains: list[float] = []
        saved = None if request.store is None else request.store.load()
        if saved is None:
            self._ratios = self._first_pass()
            self.save()
        else:
            self._ratios = saved["ratios"]
            self._pick(saved["picks"].tolist(), saved["gains"].tolist())
        request.tell(self.done)

    def _first_pass(self) -> np.ndarray:
        """Return the (n,) float32 ratio of each record alone."""
        n = len(self._framed)
        chunks = [range(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
        parts = [self._ratios_of(self._selected, self._tails(own), verify=own.start == 0) for own in chunks]
        return np.concatenate([np.array([], np.float32), *parts])

    @property
    def done(self) -> int:
        """Picked so far, in the unit of the budget; a repeat counts again."""
        return int(self._request.weights[self.picks].sum())

    def run(self) -> None:
        """Run one round and commit it."""
        n_rounds = len(self.picks) // self._request.params.n_picks + 1
        verify = _is_power_of_two(n_rounds)
        shortlist = self._shortlist(verify)
        self._pick(*self._greedy(shortlist, verify))
        if self._request.store is not None and self._request.store.is_due():
            self.save()
        self._request.tell(self.done)

    def save(self) -> None:
        """Commit the state of now, where there is a place for it."""
        if self._request.store is not None:
            arrays = {"ratios": self._ratios, "picks": np.array(self.picks), "gains": np.array(self.gains)}
            self._request.store.save(arrays)

    def _pick(self, chosen: list[int], gains: list[float]) -> None:
        for index in chosen:
            self._selected.extend(self._framed[index] + BETWEEN)
        self.picks += chosen
        self.gains += gains

    def _shortlist(self, verify: bool) -> np.ndarray:
        """Return the (K2,) shortlist of stages 1 and 2; writes fresh ratios and marks."""
        params = self._request.params
        candidates = _lowest(self._ratios, min(params.n_candidates, len(self._ratios)))
        ratios = self._ratios_of(self._selected, self._tails(candidates.tolist()), verify)
        self._ratios[candidates] = ratios
        shortlist: np.ndarray = candidates[_lowest(ratios, min(params.n_shortlist, len(ratios)))]
        self._ratios[shortlist] = BLOCKED
        return shortlist

    def _greedy(self, shortlist: np.ndarray, verify: bool) -> tuple[list[int], list[float]]:
        """Return the picks of stage 3 and the ratio of the round's list at each, seeing this round alone."""
        chosen: list[int] = []
        gains: list[float] = []
        own = DeflatePrefix(OPEN)
        tails = self._tails(shortlist.tolist())
        ratios = np.empty(len(shortlist), np.float32)
        rest = np.ones(len(shortlist), bool)
        for step in range(1, min(self._request.params.n_picks, len(shortlist)) + 1):
            open_tails = [tails[place] for place in np.flatnonzero(rest).tolist()]
            ratios[rest] = self._ratios_of(own, open_tails, verify and _is_power_of_two(step))
            place = _lowest(ratios, 1)[0]
            chosen.append(int(shortlist[place]))
            gains.append(float(ratios[place]))
            ratios[place] = BLOCKED
            rest[place] = False
            own.extend(tails[place].removesuffix(CLOSE) + BETWEEN)
        return chosen, gains

    def _tails(self, indices: Iterable[int]) -> list[bytes]:
        return [self._framed[index] + CLOSE for index in indices]

    def _ratios_of(self, prefix: DeflatePrefix, tails: list[bytes], verify: bool) -> np.ndarray:
        """Return the (n,) float32 ratios of records after `prefix`; with `verify` two are checked."""
        ratios = prefix.ratios(tails, self._executor, self._request.workers)
        if verify and tails:
            for place in {0, len(tails) // 2}:
                prefix.verify(tails[place], ratios[place])
        return ratios


def _is_power_of_two(number: int) -> bool:
    """Return whether to verify: a whole compression is dear, so it comes ever more rarely."""
    return number & (number - 1) == 0


def _lowest(ratios: np.ndarray, k: int) -> np.ndarray:
    """Return the (k,) int64 places of the lowest ratios, in the order in which `torch.topk` gives them."""
    import torch

    places: np.ndarray = torch.topk(torch.from_numpy(ratios), k=k, largest=False).indices.numpy()
    return places
