"""Answers that are kept in a file of lines, so that a restart asks nothing twice.

One answer is one line, written at once and never changed. A line that a crash has cut is no answer, and its
question is asked again. Who asks holds a lock on the file, which the system takes back from a dead process.

What belongs here: writing and reading lines. What does not: what an answer means.
"""

import errno
import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from entropy_assets.curation.ask_llm.replies import NO_WORD, Failure, Reply
from entropy_assets.errors import InvalidInput, StorageConflict

BEGINNING = b'{"record":"'
"""What each line begins with."""

NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""What a disk says that knows no locks."""


class KeptAnswers:
    """The answers of one model to one question, by record id.

    Other models' and questions' lines in the same file are left alone. Several threads may add at once.

    Parameters
    ----------
    path
        The file, made where there is none; its folder is there.
    model, question
        Name or digest of the model, and digest of all that is asked beside the text.
    only_read
        Whether nothing will be kept: then the file is neither made nor locked.

    Raises
    ------
    InvalidInput
        The file holds something, and no answer.
    StorageConflict
        Another process asks with this file.
    """

    def __init__(self, path: Path, model: str, question: str, *, only_read: bool = False) -> None:
        self._of = {"model": model, "question": question}
        self._lock = threading.Lock()
        self._found: dict[str, Reply | Failure] = {}
        self._file: int | None = None
        if only_read and not path.exists():
            return
        mode = os.O_RDONLY if only_read else os.O_RDWR | os.O_CREAT | os.O_APPEND
        file = os.open(path, mode, 0o644)
        try:
            if not only_read:
                _take(file, path)
            line = self._read_all(path)
            if not (only_read or line.endswith(b"\n")):
                os.write(file, b"\n")
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the answers reach the disk, and close the file, which frees it for others."""
        if self._file is not None:
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
            assert self._file is not None, "who keeps answers opens the file for more than reading"
            self._found[record] = said
            os.write(self._file, orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))

    def _read_all(self, path: Path) -> bytes:
        """Read all lines, and return the last one, a line end where there is none."""
        line, is_other = b"\n", False
        with path.open("rb") as lines:
            n_answers = 0
            for line in lines:
                is_answer = self._read(line)
                n_answers += is_answer
                is_other |= not is_answer and bool(line.strip()) and not _is_cut(line)
        if is_other and not n_answers:
            raise InvalidInput(
                f"{path} is to hold the answers of a model and holds something else: name another file"
            )
        return line

    def _read(self, line: bytes) -> bool:
        """Take what a line says where it is about this question; return whether it is an answer at all."""
        try:
            told = orjson.loads(line)
            of = {name: told[name] for name in self._of}
            n_in, n_out = int(told["n_in"]), int(told["n_out"])
            if told["yes"] is None:
                said: Reply | Failure = Failure(NO_WORD, n_in, n_out)
            else:
                said = Reply(float(told["yes"]), float(told["no"]), n_in, n_out)
            record = str(told["record"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return False
        if of == self._of and (isinstance(said, Failure) or said.is_possible):
            self._found[record] = said
        return True


def _is_cut(line: bytes) -> bool:
    """Return whether a line is the beginning of an answer that was being written in a crash."""
    return line.startswith(BEGINNING) and b"}" not in line


def _take(file: int, path: Path) -> None:
    """Lock an open file; a disk that knows no locks is taken as it is."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise StorageConflict(
            f"another command asks with {path}: wait for it, or name another file of answers"
        ) from error
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
