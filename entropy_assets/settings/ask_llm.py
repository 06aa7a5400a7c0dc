"""Settings of the language model that is asked whether a record is good training data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage

DEFAULT_COST = 100.0


@dataclass(frozen=True)
class AskSettings(Stage):
    """Which language model is asked, what, and what it may cost."""

    TABLE: ClassVar[str] = "scoring.ask_llm"

    model: Annotated[
        str,
        Key(
            "Folder or GGUF file of a causal language model, or with `url` the model's name there. Nothing "
            "is downloaded."
        ),
    ] = ""
    url: Annotated[
        str,
        Key(
            "Address of an OpenAI-compatible server that gives log-probabilities, such as "
            "http://localhost:8000/v1; empty for a model on this machine."
        ),
    ] = ""
    api: Annotated[
        Literal["chat", "completions"],
        Key("How the server is asked: `chat`, or `completions` for a model that only continues a text."),
    ] = "chat"
    key_env: Annotated[
        str, Key("Environment variable that holds the server's key; empty where it needs none.")
    ] = ""
    prompt: Annotated[
        str,
        Key("What is asked: `plain`, `paper`, or a file with `{text}` once, where the record's text goes."),
    ] = "plain"
    max_text_bytes: Annotated[
        int, Key("Bytes of a text that are shown, from its beginning.", "bytes", least=64)
    ] = 6_000
    top_logprobs: Annotated[
        int, Key("Most likely tokens that a server is asked for; many allow 20, some 5.", least=2)
    ] = 20
    concurrency: Annotated[
        int, Key("Requests to a server that are under way at once.", least=1, most=1_000)
    ] = 8
    timeout_seconds: Annotated[
        float, Key("Seconds in which a request is to be answered as a whole.", above=0)
    ] = 120.0
    tries: Annotated[int, Key("Times that a question is sent at most.", least=1, most=100)] = 6
    price_in: Annotated[float, Key("Price of a million tokens that are read, in any currency.", least=0)] = (
        0.0
    )
    price_out: Annotated[float, Key("Price of a million tokens that are written.", least=0)] = 0.0
    max_cost: Annotated[
        float, Key("Cost that one call never passes, in the currency of the prices.", least=0)
    ] = DEFAULT_COST
    max_requests: Annotated[int, Key("Requests that one call never passes.", least=0)] = 1_000_000
    max_tokens: Annotated[int, Key("Tokens, read and written, that one call never passes.", least=0)] = (
        1_000_000_000
    )
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Key("Where a model on this machine runs: `auto`, `cpu` or `cuda`.")
    ] = "auto"

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: a cost that is capped without a price."""
        if self.max_cost != DEFAULT_COST and not (self.price_in or self.price_out):
            yield "price_in", "above 0 where `max_cost` is given", self.price_in
