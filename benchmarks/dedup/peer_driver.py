"""Run one other tool on a JSONL of {id, text} and print {seconds, version, settings, removed} as JSON.

Needs nothing of this project: it runs in the environment of the tools. Settings are the tools' usual ones.
"""

import json
import re
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path


def datasketch(path):
    """MinHashLSH, 128 permutations, 5 words, threshold 0.7; a row that meets an earlier one is removed."""
    from datasketch import MinHash, MinHashLSH

    began = time.perf_counter()
    index, removed = MinHashLSH(threshold=0.7, num_perm=128), []
    for place, line in enumerate(Path(path).read_text(encoding="utf-8").split("\n")[:-1]):
        words = re.findall(r"\w+", json.loads(line)["text"].lower())
        shingles = {" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))}
        signature = MinHash(num_perm=128)
        signature.update_batch(shingles)
        if index.query(signature):
            removed.append(place)
        else:
            index.insert(str(place), signature)
    return time.perf_counter() - began, removed, "128 permutations, 5 words, threshold 0.7, no verification"


def text_dedup(path):
    """Run the command text_dedup.minhash of release 0.4: 250 permutations, 5 words, threshold 0.7."""
    import subprocess

    from datasets import load_from_disk

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", path]
        command += ["--split", "train", "--column", "text", "--output", f"{folder}/out"]
        command += ["--cache_dir", f"{folder}/cache", "--ngram", "5", "--threshold", "0.7"]
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - began
        kept = {int(name) for name in load_from_disk(f"{folder}/out")["id"]}
    n = sum(1 for _ in Path(path).read_text(encoding="utf-8").split("\n")[:-1])
    return seconds, sorted(set(range(n)) - kept), "250 permutations, 5 words, threshold 0.7"


def datatrove(path):
    """Run the four steps of its MinHash pipeline at their defaults: 14 buckets of 8, 5 words."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    config = MinhashConfig()
    with tempfile.TemporaryDirectory() as folder:

        def reader():
            return JsonlReader(str(Path(path).parent), glob_pattern=Path(path).name)

        steps = [
            ([reader(), MinhashDedupSignature(f"{folder}/s", config=config)], 1),
            ([MinhashDedupBuckets(f"{folder}/s", f"{folder}/b", config=config)], config.num_buckets),
            ([MinhashDedupCluster(f"{folder}/b", f"{folder}/r", config=config)], 1),
            (
                [reader(), MinhashDedupFilter(f"{folder}/r"), JsonlWriter(f"{folder}/out", compression=None)],
                1,
            ),
        ]
        began = time.perf_counter()
        for number, (pipeline, tasks) in enumerate(steps):
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=2, logging_dir=f"{folder}/l{number}").run()
        seconds = time.perf_counter() - began
        kept = set()
        for written in Path(folder, "out").iterdir():
            lines = written.read_text(encoding="utf-8").split("\n")[:-1]
            kept |= {int(json.loads(line)["id"]) for line in lines}
    n = sum(1 for _ in Path(path).read_text(encoding="utf-8").split("\n")[:-1])
    return seconds, sorted(set(range(n)) - kept), "14 buckets of 8, 5 words, no verification"


def main():
    """Run the tool that is named."""
    name, path = sys.argv[1:]
    seconds, removed, settings = {"datasketch": datasketch, "text_dedup": text_dedup, "datatrove": datatrove}[
        name
    ](path)
    found = version(name.replace("_", "-"))
    print(json.dumps({"seconds": seconds, "version": found, "settings": settings, "removed": removed}))


if __name__ == "__main__":
    main()
