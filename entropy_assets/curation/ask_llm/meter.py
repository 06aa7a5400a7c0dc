"""What asking costs: the estimate before, the caps while it runs, the usage after.

A cap is hard: before each request the most that it may take is set aside, and a request that might pass a cap
is not sent. A token is at least a byte of text, so the bytes of a question bound its tokens; when the answer
says how many there were, the rest is given back.

What belongs here: counting. What does not: what is asked.
"""

import threading
from dataclasses import dataclass, field

from entropy_assets.settings.ask_llm import AskSettings


class CapReached(Exception):
    """A further request might pass a cap; its argument is the cap's name."""


def cost(settings: AskSettings, n_in: int, n_out: int) -> float:
    """Return what tokens cost, in the currency of the prices.

    >>> cost(AskSettings(price_in=0.5, price_out=2.0), 1_000_000, 100_000)
    0.7
    """
    return (n_in * settings.price_in + n_out * settings.price_out) / 1e6


@dataclass(frozen=True)
class Usage:
    """What was asked, or will be.

    Parameters
    ----------
    n_requests
        Requests, repeated ones among them.
    n_in, n_out
        Tokens that were read and written.
    cost
        What they cost, 0 without a price.
    """

    n_requests: int
    n_in: int
    n_out: int
    cost: float

    def __str__(self) -> str:
        price = f", cost {self.cost:.4g}" if self.cost else ""
        return f"{self.n_requests:,} requests, {self.n_in:,} tokens in, {self.n_out:,} out{price}"


@dataclass
class Meter:
    """Counts requests and tokens of several threads, and holds them to the caps.

    Parameters
    ----------
    settings
        Prices and caps.
    """

    settings: AskSettings
    n_requests: int = 0
    n_in: int = 0
    n_out: int = 0
    _held: int = 0
    """Tokens in that are set aside for requests under way; each holds one token out as well."""
    _n_held: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def hold(self, n_in: int, n: int = 1) -> None:
        """Set aside what n requests may take at most, waiting for others to give back what they did not take.

        Raises
        ------
        CapReached
            It might pass a cap.
        """
        caps = self.settings
        with self._changed:
            if self.n_requests + n > caps.max_requests:
                raise CapReached("max_requests")
            while True:
                all_in, all_out = self.n_in + self._held + n_in, self.n_out + self._n_held + n
                over = None
                if all_in + all_out > caps.max_tokens:
                    over = "max_tokens"
                if cost(caps, all_in, all_out) > caps.max_cost:
                    over = "max_cost"
                if over is None:
                    break
                if not self._n_held:
                    raise CapReached(over)
                self._changed.wait()
            self.n_requests += n
            self._held += n_in
            self._n_held += n

    def settle(self, held: int, n_in: int, n_out: int, n: int = 1) -> None:
        """Give back what was set aside for n requests, and count what they took."""
        with self._changed:
            self._held -= held
            self._n_held -= n
            self.n_in += n_in
            self.n_out += n_out
            self._changed.notify_all()

    @property
    def usage(self) -> Usage:
        """What was asked so far."""
        return Usage(self.n_requests, self.n_in, self.n_out, cost(self.settings, self.n_in, self.n_out))


@dataclass
class Estimate:
    """What asking will take, without repeated requests.

    Parameters
    ----------
    settings
        Where prices stand.
    """

    settings: AskSettings
    n_requests: int = 0
    n_about: int = 0
    n_most: int = 0

    def add(self, question: str, n_most: int) -> None:
        """Count one question, with the tokens that it has at most.

        Four letters of ASCII make about one token, and so do three bytes of other characters.
        """
        n_bytes, n_other = len(question.encode()), sum(not sign.isascii() for sign in question)
        n_ascii = len(question) - n_other
        self.n_requests += 1
        self.n_about += n_ascii // 4 + (n_bytes - n_ascii) // 3 + 16
        self.n_most += n_most

    def __str__(self) -> str:
        told = f"{self.n_requests:,} requests, about {self.n_about:,} tokens in (at most {self.n_most:,})"
        about, most = (cost(self.settings, n, self.n_requests) for n in (self.n_about, self.n_most))
        if not most:
            return told
        return f"{told}, cost about {about:.4g} (at most {most:.4g})"
