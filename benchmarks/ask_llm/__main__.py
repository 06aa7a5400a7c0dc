"""The command line of this benchmark; see the package's page."""

import argparse
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ask_llm.records import good_records
from benchmarks.ask_llm.speed import measure_speed
from entropy_assets.curation.ask_llm import (
    WORDINGS,
    Auc,
    Failure,
    KeptAnswers,
    Labelled,
    LocalModel,
    Meter,
    Records,
    Reply,
    Wording,
    ask_records,
    twins_of,
)
from entropy_assets.settings.ask_llm import AskSettings

RESULTS = Path(__file__).parents[1] / "results"
DATA = Path(__file__).parents[3] / "shared" / "data"
MAX_BYTES = 600
"""Of a text that is shown: a twin may be longer than its record."""


def measure_auc(model: Path, n: int, wording: Wording, kept_at: Path, data: Path) -> dict[str, Any]:
    """Return AUC by kind of damage, and how often a record has a higher score than its twin.

    Answers are kept in a file, so that a run that was ended goes on from there, and one with more records
    asks for the rest.
    """
    good = good_records(data, n)
    pairs = twins_of([passage for _, passage in good], seed=0, max_bytes=MAX_BYTES)
    texts = [one.text.encode() for one in pairs]
    judge, meter = LocalModel(model, wording, 2, "cpu"), Meter(AskSettings())
    began = time.process_time()
    records = Records([hashlib.sha256(text).hexdigest() for text in texts], texts)
    with KeptAnswers(kept_at, judge.name, judge.question) as kept:
        n_kept = len(kept)
        said, _ = ask_records(records, judge, wording, kept, meter)
    return {
        "model": model.name,
        "wording": wording.template,
        "asked_now": meter.n_requests,
        "kept_before": n_kept,
        "cpu_seconds_each": (time.process_time() - began) / max(meter.n_requests, 1),
        **summary(pairs, said),
    }


def summary(pairs: Sequence[Labelled], said: Sequence[Reply | Failure]) -> dict[str, Any]:
    """Return AUC of all twins and of each kind, where records and twins take turns."""
    logits = np.array([one.yes - one.no if isinstance(one, Reply) else np.nan for one in said])
    shares = 1 / (1 + np.exp(-logits))
    by_kind: dict[str, list[float]] = defaultdict(list)
    for one, logit in zip(pairs[1::2], logits[1::2], strict=True):
        by_kind[one.kind].append(float(logit))
    sound = logits[::2].tolist()
    return {
        "n_records": len(sound),
        "mean_sound": float(shares[::2].mean()),
        "mean_twin": float(shares[1::2].mean()),
        "record_above_its_twin": float((logits[::2] > logits[1::2]).mean()),
        "all": vars(Auc.of(sound, logits[1::2].tolist())),
        "kinds": {kind: vars(Auc.of(sound, own)) for kind, own in by_kind.items()},
    }


def main() -> None:
    """Measure, print, and write what was found to benchmarks/results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["auc", "speed"])
    parser.add_argument("model", type=Path, help="folder or GGUF file of a language model")
    parser.add_argument("--records", type=int, default=200, help="sound records, each with a twin")
    parser.add_argument("--wording", choices=list(WORDINGS), default="plain")
    parser.add_argument("--answers", type=Path, default=Path("ask_llm_answers.jsonl"), help="file of answers")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--load-tool", default="ab", help="ApacheBench, from apache2-utils")
    parser.add_argument("--requests", type=int, default=1_000, help="requests in each round of `speed`")
    given = parser.parse_args()
    if given.what == "auc":
        wording = Wording(WORDINGS[given.wording], MAX_BYTES)
        found = measure_auc(given.model, given.records, wording, given.answers, given.data)
    else:
        found = measure_speed(given.model, given.load_tool, given.requests)
    print(json.dumps(found, indent=1))
    (RESULTS / f"ask_llm_{given.what}.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
