"""The errors of the project; everything that a caller can act on has a leaf.

CurationError
├── InvalidParameter      an argument or a setting is out of its range, or unknown
├── InvalidInput          a file, folder or drop cannot be what it should be
│   └── StoreDamaged      what the store itself holds is missing, damaged or was changed: a failure, no input
├── StorageConflict       another writer was first
├── StorageFailed         a disk is full, read-only or broken
├── StaleProvenance       stored data, reports or parent no longer belong together
├── CompressorMismatch    an incremental ratio differs from a full recompression
├── ProbeDiverged         the probe's loss is not a number
├── ServerFailed          a server of a language model does not answer, again and again
├── WorkerLost            a process that worked for this one was ended, again and again
└── ClusterFailed         a cluster does not answer, or a node of it cannot do what this machine does

A held candidate is a verdict and not an exception. Each message says which thing, what was
allowed, what was got, and what to do.
"""

INTERRUPTS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
"""Names of what Ctrl-C raises."""


def is_interrupt(name: str | None, message: str) -> bool:
    """Return whether an error of a name is Ctrl-C, or the panic of native code that it fell into.

    >>> is_interrupt("PanicException", "called `unwrap()` on PyErr { value: KeyboardInterrupt() }")
    True
    """
    return name in INTERRUPTS or (name == "PanicException" and any(one in message for one in INTERRUPTS))


class CurationError(Exception):
    """Root of all errors that this project raises on purpose."""


class InvalidParameter(CurationError, ValueError):
    """An argument or a setting is unknown, of the wrong type, or out of its range."""


class InvalidInput(CurationError, ValueError):
    """A file, folder or drop cannot be read as what it should be."""


class StoreDamaged(InvalidInput):
    """What the store itself holds is missing, damaged or was changed; nobody's input is to blame."""


class StorageConflict(CurationError):
    """Another writer created the same object first."""


class StorageFailed(CurationError, OSError):
    """A disk is full, read-only or broken, or does not let itself be written to."""


class StaleProvenance(CurationError):
    """Stored data, reports or the parent version no longer belong together."""


class CompressorMismatch(CurationError):
    """An incremental compression ratio differs from a full recompression."""


class ProbeDiverged(CurationError):
    """The probe's loss became infinite or not a number."""


class ServerFailed(CurationError):
    """A server of a language model does not answer, again and again, or wants to be left alone for long."""


class CapSpent(CurationError):
    """A cap on requests, tokens or cost ended the work before it was whole; what was answered is kept."""


class WorkerLost(CurationError):
    """A process that worked for this one was ended before its work was done, again and again."""


class ClusterFailed(CurationError):
    """A cluster does not answer, or a node sees another home or has other code than this machine."""
