"""Names of splits, as files and folders bear them: with numbers of shards (`val-1`), beside plain words.

What belongs here: which names are those of splits, and which may be. What does not: sources (`origins`).
"""

import functools
import re

TRAIN = "train"
"""The split that is trained on."""

SPLITS = {
    "train": TRAIN,
    "training": TRAIN,
    "test": "test",
    "testing": "test",
    "validation": "validation",
    "validate": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "eval": "evaluation",
    "evaluation": "evaluation",
    "holdout": "holdout",
    "heldout": "holdout",
}
"""Name of a file or folder, in lower case -> the split that it names."""

_ALTERNATIVES = "|".join(["held[-_. ]out", "hold[-_. ]out", *sorted(SPLITS, key=len, reverse=True)])
_PLAIN = "data|dataset|set|split|part|file|examples|samples|records|rows"
_NUMBER = r"(?:[-_. ]?\d+){0,2}"
_END = rf"(?:[-_. ]?(?:{_PLAIN}))?{_NUMBER}"
_WHOLE = re.compile(rf"(?:(?:{_PLAIN})[-_. ])?(?P<split>{_ALTERNATIVES}){_END}", re.IGNORECASE)
_BEHIND = re.compile(rf"(?P<base>.+)[-_. ](?P<split>{_ALTERNATIVES}){_END}", re.IGNORECASE)
_BEFORE = re.compile(rf"(?P<split>{_ALTERNATIVES})[-_. ](?P<base>.+)", re.IGNORECASE)
_SEEMS = re.compile(
    rf"(?:^|[^a-z])(?P<split>{_ALTERNATIVES}|tests|evals|devel|development|benchmark)(?:set)?(?![a-z])",
    re.IGNORECASE,
)
_SHARD = re.compile(r"[-_. ]?\d+\Z")
_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@functools.lru_cache(maxsize=4096)
def split_named(name: str) -> str | None:
    """Return the split that a name without suffixes is the name of, with a number of a shard or without.

    >>> [split_named(name) for name in ("val-1", "testset", "validate", "dev_data 2", "train17", "held-out")]
    ['validation', 'test', 'validation', 'validation', 'train', 'holdout']
    >>> [split_named(name) for name in ("wiki_test", "testimony", "latest", "1", "")]
    [None, None, None, None, None]
    """
    found = _WHOLE.fullmatch(_INNER_CAPITAL.sub("_", name))
    return _known(found["split"]) if found else None


@functools.lru_cache(maxsize=4096)
def split_in(name: str) -> tuple[str, str] | None:
    """Return the rest of a name and the split in it, where it may be one; None where there is none.

    >>> split_in("wiki_test"), split_in("wiki-val-2"), split_in("test_sft"), split_in("contest")
    (('wiki', 'test'), ('wiki', 'validation'), ('sft', 'test'), None)
    """
    if found := _BEHIND.fullmatch(name) or _BEFORE.fullmatch(name):
        return found["base"], _known(found["split"])
    return None


def without_shard(name: str) -> str:
    """Return a name without the number at its end, by which the shards of one split differ.

    >>> without_shard("wiki_2"), without_shard("wiki")
    ('wiki', 'wiki')
    """
    return _SHARD.sub("", name)


def may_be_split(name: str) -> bool:
    """Return whether a word of a name is that of a split that is not trained on.

    >>> [may_be_split(name) for name in ("my_test", "testCases", "unit-tests", "train_a", "latest")]
    [True, True, True, False, False]
    """
    found = _SEEMS.search(_INNER_CAPITAL.sub("_", name))
    return found is not None and _known(found["split"]) != TRAIN


def _known(word: str) -> str:
    bare = re.sub(r"[-_. ]", "", word.lower())
    return SPLITS.get(bare, bare)
