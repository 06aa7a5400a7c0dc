"""What a reader has seen of renewed tickets: how death is told from outside.

Only the reader's own monotonic clock is read, so no two hosts' clocks are compared.

What belongs here: looks and their times. What does not: reading and renewing tickets (`lease_queue`).
"""

import threading
from collections.abc import Iterable


class Watch:
    """What this process has seen of the tickets of one folder, and for how long.

    Parameters
    ----------
    ttl_seconds
        A ticket is dead after it was seen unchanged for so long.
    """

    def __init__(self, ttl_seconds: float) -> None:
        self.ttl_seconds = ttl_seconds
        self._guard = threading.Lock()
        self._seen: dict[int, tuple[bytes, float, float]] = {}  # number -> content, seconds, last look

    def lives(self, number: int, data: bytes, asked: float, answered: float) -> bool:
        """Return whether ticket `number`, read as `data` between two times of the clock, may be alive.

        A gap between two looks counts for a third of `ttl_seconds` at most: a watcher that was stopped
        itself (a suspended machine) has not watched, and whoever was stopped with it gets time to renew.
        """
        with self._guard:
            content, seconds, last = self._seen.get(number, (b"", 0.0, answered))
            if content != data:
                seconds = 0.0
            else:
                seconds += min(max(0.0, asked - last), self.ttl_seconds / 3)
            self._seen[number] = (data, seconds, answered)
            return seconds < self.ttl_seconds

    def forget_others(self, numbers: Iterable[int]) -> None:
        """Forget the tickets that are no longer there."""
        with self._guard:
            self._seen = {number: self._seen[number] for number in numbers if number in self._seen}
