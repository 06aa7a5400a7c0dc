"""A model behind an OpenAI-compatible server: vLLM, llama.cpp, or hosted.

A request that timed out, was cut off, or was answered 408, 425, 429 or 5xx is sent again, later each time;
where a server says how long to wait, all requests wait. Any other refusal is about the key, the address, the
model or the question, and ends the work in one sentence.

The key comes from the environment and is sent in a header, and nowhere else: what a server says is searched
for it before it goes anywhere.

What belongs here: sending and repeating. What does not: what an answer says (`replies`), or costs (`meter`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from threading import Event
from typing import TYPE_CHECKING, Any

import orjson

from entropy_assets.curation.ask_llm.meter import Meter
from entropy_assets.curation.ask_llm.replies import UNREADABLE, Failure, Reply, Unreadable, reply_of
from entropy_assets.curation.ask_llm.wire import is_address, wait_asked, without_key
from entropy_assets.curation.ask_llm.wording import PLAIN_END, Wording, most_tokens
from entropy_assets.errors import InvalidInput, InvalidParameter, ServerFailed
from entropy_assets.execution import Threads
from entropy_assets.settings.ask_llm import AskSettings
from entropy_assets.shown import for_terminal

if TYPE_CHECKING:
    import httpx2

NEEDED = ("httpx2", "tenacity")
"""What the extra `ask` brings."""

TRY_AGAIN = frozenset([408, 425, 429])
MAX_PAUSE_SECONDS = 600
"""A server that asks to wait longer ends the work."""

SHOWN_CHARS = 200
"""Characters that are quoted of what a server says."""


class _Again(Exception):
    """A request failed in a way that may pass; its argument says how."""


class Stopped(Exception):
    """The work ends, so that nothing more is sent."""


@dataclass
class HttpModel:
    """A model behind a server.

    Parameters
    ----------
    settings
        Where it is, and how patiently it is asked.
    wording
        What it is asked.
    first_wait_seconds
        Upper end of the first wait before a question is sent again; it doubles each time, to a minute.

    Raises
    ------
    InvalidParameter
        The extra `ask` is not installed, the address is none, or there is no key where one should be.
    """

    settings: AskSettings
    wording: Wording
    first_wait_seconds: float = 1.0
    batch: int = 1
    _stopping: Event = field(default_factory=Event)
    _client: httpx2.Client = field(init=False, repr=False)
    _wait_until: float = 0.0
    """No request is sent before this time of the monotonic clock."""

    def __post_init__(self) -> None:
        missing = [name for name in NEEDED if find_spec(name) is None]
        if missing:
            raise InvalidParameter(
                f"a server is asked with {' and '.join(missing)}: install the extra with "
                "`pip install 'entropy-assets[ask]'`, or name a model on this machine"
            )
        name = self.settings.key_env
        if not is_address(self.settings.url):
            raise InvalidParameter(  # the address is not repeated: it may hold a key
                "the server's address must be such as http://localhost:8000/v1, without a user, a key or a "
                "question mark; a key goes into an environment variable"
            )
        if name and not self._key:
            raise InvalidParameter(
                f"the environment variable {name} is to hold the key and is not set: export it first"
            )
        if not (self._key.isascii() and self._key.isprintable()):
            raise InvalidParameter(f"the key in {name} has signs that no key has: export it again")

    @property
    def name(self) -> str:
        """What its answers are kept under."""
        return self.settings.model

    @property
    def question(self) -> str:
        """Digest of the wording, and of how the server is asked, which moves the answer as well."""
        how = f"{self.wording.digest}\0{self.settings.api}\0{self.settings.top_logprobs}"
        return hashlib.sha256(how.encode()).hexdigest()

    @property
    def _key(self) -> str:
        """The key, read whenever it is needed: it is in no field."""
        return os.environ.get(self.settings.key_env, "").strip() if self.settings.key_env else ""

    @contextmanager
    def threads(self) -> Iterator[Threads]:
        """Yield the threads that ask it at once.

        Where the work breaks off, what is under way is answered and kept, since it is paid for; nothing is
        sent again.
        """
        import httpx2

        n, key = self.settings.concurrency, self._key
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=self.settings.timeout_seconds,
            limits=httpx2.Limits(max_connections=n, max_keepalive_connections=n),
        )
        with self._client, Threads(n, ahead=16 * n) as threads:
            try:
                yield threads
            except BaseException:
                self._stopping.set()
                raise

    def ask(self, texts: list[str], meter: Meter) -> list[Reply | Failure]:
        """Return what the model says of texts, each sent by itself and again until it is answered.

        Raises
        ------
        InvalidInput
            The server refuses, or gives no log-probabilities.
        ServerFailed
            It asks to wait for too long.
        CapReached
            A further request might pass a cap.
        Stopped
            The work ends.
        """
        try:
            return [self._asked(self.wording.ask(text), meter) for text in texts]
        except (InvalidInput, ServerFailed):
            self._stopping.set()
            raise

    def _asked(self, question: str, meter: Meter) -> Reply | Failure:
        from tenacity import (
            Retrying,
            retry_if_exception_type,
            stop_after_attempt,
            wait_random_exponential,
        )

        again = Retrying(
            stop=stop_after_attempt(self.settings.tries),
            wait=wait_random_exponential(multiplier=self.first_wait_seconds, max=60),
            retry=retry_if_exception_type(_Again),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return again(self._sent, question, meter)
        except _Again as error:
            return Failure(str(error))

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _sent(self, question: str, meter: Meter) -> Reply | Failure:
        """Return the answer to one request."""
        import httpx2

        pause = self._wait_until - time.monotonic()
        if self._stopping.wait(max(pause, 0)):
            raise Stopped
        most = most_tokens(question)
        meter.hold(most)
        took = (most, 1)  # a server that does not answer may have read and charged
        try:
            ends = time.monotonic() + self.settings.timeout_seconds
            with self._client.stream("POST", self.address, json=self.body(question)) as response:
                content = _whole(response, ends)
            if response.status_code != 200:
                took = (0, 0)
                self._refused(response, content)
            said = reply_of(orjson.loads(content), most)
            took = (said.n_in, said.n_out)
        except httpx2.TimeoutException:
            raise _Again("timed out") from None
        except httpx2.RequestError as error:
            if isinstance(error, httpx2.ConnectError):
                took = (0, 0)
            raise _Again("connection failed") from None
        except (orjson.JSONDecodeError, Unreadable):
            raise _Again(UNREADABLE) from None
        finally:
            meter.settle(most, *took)
        return said

    @property
    def address(self) -> str:
        """Where questions are sent."""
        path = "chat/completions" if self.settings.api == "chat" else "completions"
        return f"{self.settings.url.rstrip('/')}/{path}"

    def body(self, question: str) -> dict[str, Any]:
        """Return the JSON of a request."""
        asked: dict[str, Any] = {"model": self.settings.model, "max_tokens": 1, "temperature": 0}
        if self.settings.api == "chat":
            turns = [{"role": "user", "content": question}]
            return {**asked, "messages": turns, "logprobs": True, "top_logprobs": self.settings.top_logprobs}
        return {**asked, "prompt": question + PLAIN_END, "logprobs": self.settings.top_logprobs}

    def _refused(self, response: httpx2.Response, content: bytes) -> None:
        """Raise what an answer other than 200 means."""
        status = response.status_code
        if status in TRY_AGAIN or status >= 500:
            if (seconds := wait_asked(response.headers.get("retry-after", ""))) is not None:
                if seconds > MAX_PAUSE_SECONDS:
                    raise ServerFailed(
                        f"the server answers {status} and asks to wait {seconds:,.0f} seconds: run the same "
                        "command again then"
                    )
                self._wait_until = max(self._wait_until, time.monotonic() + seconds)
            raise _Again(f"http {status}")
        hint = {401: "the key", 403: "the key", 404: "address and model"}.get(status, "model and options")
        raise InvalidInput(
            f"the server refuses with {status} ({self._quoted(content)}): look at {hint}; what was answered "
            "before is kept"
        )

    def _quoted(self, content: bytes) -> str:
        """Return what a server says of a refusal, short, in one line, and without the key."""
        try:
            said = orjson.loads(content)
            error = said.get("error", said) if isinstance(said, dict) else said
            told = error.get("message", error) if isinstance(error, dict) else error
        except orjson.JSONDecodeError:
            told = content.decode(errors="replace")
        text = without_key(str(told), self._key)
        return for_terminal(" ".join(text.split())[:SHOWN_CHARS]) or "no reason given"


def _whole(response: httpx2.Response, ends: float) -> bytes:
    """Return what a server sends, looking at the clock with each piece: its client times single pieces only.

    Raises
    ------
    _Again
        The answer is not whole at the time `ends` of the monotonic clock.
    """
    found = bytearray()
    for piece in response.iter_bytes():
        if time.monotonic() > ends:
            raise _Again("timed out")
        found += piece
    return bytes(found)
