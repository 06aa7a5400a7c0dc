"""Answers that are kept in a file of lines, so that a restart asks nothing twice.

One answer is one line, written at once and never changed. A line that a crash has cut is no answer, and its
question is asked again.

What belongs here: writing and reading lines. What does not: what an answer means.
"""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from entropy_assets.curation.ask_llm.replies import NO_WORD, Failure, Reply


class KeptAnswers:
    """The answers of one model to one wording, by record id.

    Other models' and wordings' lines in the same file are left alone. Several threads and processes may add
    to one file at once.

    Parameters
    ----------
    path
        The file, made where there is none; its folder is there.
    model, wording
        Name or digest of the model, and digest of the wording.
    """

    def __init__(self, path: Path, model: str, wording: str) -> None:
        self._of = {"model": model, "wording": wording}
        self._lock = threading.Lock()
        self._found: dict[str, Reply | Failure] = {}
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with path.open("rb") as lines:
            line = b"\n"
            for line in lines:
                self._read(line)
        if not line.endswith(b"\n"):
            os.write(self._file, b"\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the answers reach the disk, and close the file."""
        os.fsync(self._file)
        os.close(self._file)

    def __len__(self) -> int:
        return len(self._found)

    def get(self, record: str) -> Reply | Failure | None:
        """Return what was answered about a record, None where nothing was."""
        return self._found.get(record)

    def put(self, record: str, said: Reply | Failure) -> None:
        """Keep what was answered about a record; a request that failed is no answer."""
        if isinstance(said, Failure) and said.reason != NO_WORD:
            return
        yes, no = (said.yes, said.no) if isinstance(said, Reply) else (None, None)
        told = {
            "record": record,
            **self._of,
            "yes": yes,
            "no": no,
            "n_in": said.n_in,
            "n_out": said.n_out,
        }
        with self._lock:
            self._found[record] = said
            os.write(self._file, orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))

    def _read(self, line: bytes) -> None:
        try:
            told = orjson.loads(line)
            if {name: told[name] for name in self._of} != self._of:
                return
            n_in, n_out = int(told["n_in"]), int(told["n_out"])
            if told["yes"] is None:
                said: Reply | Failure = Failure(NO_WORD, n_in, n_out)
            else:
                said = Reply(float(told["yes"]), float(told["no"]), n_in, n_out)
            self._found[str(told["record"])] = said
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return
