"""A small OpenAI-compatible server around a model: `python -m benchmarks.ask_llm.server FOLDER`.

It answers chat and completions with one token and its log-probabilities, as vLLM and llama.cpp do; text that
spells a special token becomes that token, as there. It prints its address and serves until it is ended.
"""

import argparse
import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import torch
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from entropy_assets.curation.llm import LanguageModel, load_model


def app(loaded: LanguageModel) -> Starlette:
    """Return the application that serves a model."""
    lock = Lock()

    def first_token(text: str, n_top: int) -> tuple[list[tuple[str, float]], int]:
        """Return the most likely tokens after a text with ln P of each, and how many tokens it has."""
        ids = loaded.tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids
        with lock, torch.inference_mode():
            logits = loaded.model(input_ids=ids.to(loaded.device), logits_to_keep=1, use_cache=False).logits
        best = logits[0, -1].float().log_softmax(0).topk(min(n_top, logits.shape[-1]))
        names = (loaded.tokenizer.decode([i]) for i in best.indices.tolist())
        return list(zip(names, best.values.tolist(), strict=True)), ids.shape[1]

    def answer(choice: dict[str, Any], n_in: int, model: str) -> JSONResponse:
        usage = {"prompt_tokens": n_in, "completion_tokens": 1, "total_tokens": n_in + 1}
        stop = {"index": 0, "finish_reason": "length"}
        return JSONResponse({"model": model, "choices": [{**stop, **choice}], "usage": usage})

    def chat(asked: dict[str, Any]) -> JSONResponse:
        said = loaded.tokenizer.apply_chat_template(
            asked["messages"], tokenize=False, add_generation_prompt=True
        )
        top, n_in = first_token(said, asked["top_logprobs"])
        listed = [{"token": token, "logprob": value, "bytes": list(token.encode())} for token, value in top]
        choice = {
            "message": {"role": "assistant", "content": top[0][0]},
            "logprobs": {"content": [{**listed[0], "top_logprobs": listed}]},
        }
        return answer(choice, n_in, asked["model"])

    def completions(asked: dict[str, Any]) -> JSONResponse:
        top, n_in = first_token(asked["prompt"], asked["logprobs"])
        told = {"tokens": [top[0][0]], "token_logprobs": [top[0][1]], "top_logprobs": [dict(top)]}
        return answer({"text": top[0][0], "logprobs": told}, n_in, asked["model"])

    async def route(request: Request) -> JSONResponse:
        from starlette.concurrency import run_in_threadpool

        asked = json.loads(await request.body())
        answers = chat if request.url.path.endswith("chat/completions") else completions
        return await run_in_threadpool(answers, asked)

    paths = ("/v1/chat/completions", "/v1/completions")
    return Starlette(routes=[Route(path, route, methods=["POST"]) for path in paths])


@contextmanager
def serving(loaded: LanguageModel) -> Iterator[str]:
    """Serve a model from a thread, and yield the server's address."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app(loaded), log_level="error", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}/v1"
        finally:
            server.should_exit = True
            thread.join()


def main() -> None:
    """Serve the model of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    loaded = load_model(parser.parse_args().model, "cpu", digest="served")
    torch.set_num_threads(1)
    with serving(loaded) as address:
        print(address, flush=True)
        sys.stdin.read()  # until whoever started it closes the pipe


if __name__ == "__main__":
    main()
