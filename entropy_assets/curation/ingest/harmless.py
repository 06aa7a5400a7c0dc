"""Keys that are never looked at: whatever they hold, no prompt and no answer uses them.

What belongs here: names that are known as a whole. What does not: what words say (`naming`), and what a value
holds (`values`).
"""

import functools
from collections.abc import Collection

from entropy_assets.curation.ingest.naming import words_of

_WHOLE = frozenset(
    [
        *("title", "seed", "feedback", "critique", "explanation", "justification", "citation", "bibtex"),
        *(
            "tool_choice",
            "user_agent",
            "parallel_tool_calls",
            "quality_signals",
            "generation_prompt",
            "raw_generation_responses",
            "distilabel_metadata",
        ),
        *("message_fields", "odd_role_order"),  # notes of ours, in rows that were exported
    ]
)
"""Names, each a whole key."""

_LAST = frozenset(
    [
        *("url", "uri", "href", "doi", "isbn", "uuid", "guid", "hash", "sha", "md", "digest", "checksum"),
        *("licence", "license", "copyright", "author", "fingerprint", "timestamp"),
    ]
)
"""Last words of keys that hold addresses, codes, licences and people, however long."""

_JUDGES = frozenset(
    [
        *("judge", "judgement", "judgment", "grader", "critic", "critique", "score", "rating", "reward"),
        *("quality", "annotator", "verifier", "preference", "reviewer", "rater"),
    ]
)
_SAID_BY_JUDGES = frozenset(
    [
        *("reasoning", "rationale", "explanation", "feedback", "critique", "justification", "comment"),
        *("thought", "analysis", "thinking", "verdict", "reason", "signals", "signal"),
        *("note", "notes", "remark", "remarks", "comments"),
    ]
)
_MAKERS = frozenset(["gen", "generation", "sampling", "decoding", "inference", "vllm"])
_SETTINGS = frozenset(["config", "configs", "configuration", "param", "params", "kwarg", "kwargs", "arg"])

_SURVEY = frozenset(["intent", "knowledge", "difficulty", "input_quality"])
"""Keys of what an annotator says of an instruction (Magpie): together they are no part of it."""

_SURVEYED = frozenset(["intent", "knowledge"])
RESULTS = frozenset(["patch", "test_patch", "gold_patch", "model_patch"])
"""Keys of what came of a conversation, where there is one."""


@functools.lru_cache(maxsize=4096)
def is_harmless(key: str) -> bool:
    """Return whether a key is never part of a prompt or an answer, whatever it holds.

    >>> [is_harmless(key) for key in ("source_url", "judge_reasoning", "feedback", "customer_feedback")]
    [True, True, True, False]
    """
    if key.strip("_").lower() in _WHOLE:
        return True
    words = words_of(key)
    if not words:
        return False
    if words[-1] in _LAST or (words[0] in _MAKERS and not _SETTINGS.isdisjoint(words)):
        return True
    return words[-1] in _SAID_BY_JUDGES and not _JUDGES.isdisjoint(words[:-1])


def surveyed(keys: Collection[str]) -> frozenset[str]:
    """Return the keys of a row that say what its instruction asks for, where all of their kind are there.

    >>> sorted(surveyed(["intent", "knowledge", "difficulty", "input_quality", "id"]))
    ['intent', 'knowledge']
    """
    return _SURVEYED if _SURVEY.issubset(keys) else frozenset()
