"""Framing: what stands around answers and must be there in both of two copies, or in none.

A system prompt, tools and a thought change what an answer teaches, however short they are beside it.

What belongs here: which of them a record has, and whether short system prompts say the same. What does not:
definitions of tools (`definitions`).
"""

import re
from collections import Counter

from entropy_assets.curation.dedup.marked import CONTEXT
from entropy_assets.curation.dedup.places import is_slip
from entropy_assets.curation.dedup.tokens import WHOLE

MOST_WORDS = 40
"""Words of a system prompt in which each of them counts."""

_THOUGHT = re.compile(r"<think(?:ing)?>\s*(?=[^\s<])")

Turns = list[tuple[str, str]]


def n_thoughts(text: str) -> int:
    r"""Return how many thoughts in tags a text has, empty ones left out.

    >>> n_thoughts("<think>So.</think>A<think>\n</think>B")
    1
    """
    return len(_THOUGHT.findall(text)) if "<think" in text else 0


def frames_other(one: Turns, other: Turns) -> bool:
    """Return whether only one of two records has a system prompt, or tools, or short prompts say others.

    Parameters
    ----------
    one, other
        Turns of records whose context is marked; see `marked.turns_of`.
    """
    (tools, prompts), (other_tools, other_prompts) = (_context(turns) for turns in (one, other))
    if bool(tools) != bool(other_tools) or bool(prompts) != bool(other_prompts):
        return True
    return prompts != other_prompts and _say_others(prompts, other_prompts)


def _context(turns: Turns) -> tuple[str, str]:
    """Return what of the context of a record defines tools, and what else there is."""
    told = [words.strip() for mark, words in turns if mark == CONTEXT]
    tools = [words for words in told if words[:1] in ("[", "{")]
    return "\n".join(tools), "\n".join(words for words in told if words[:1] not in ("[", "{"))


def _say_others(one: str, other: str) -> bool:
    """Return whether each of two short texts has a word that the other lacks, slips of the pen aside."""
    first, second = (Counter(WHOLE.findall(text.lower())) for text in (one, other))
    if min(first.total(), second.total()) > MOST_WORDS:
        return False
    gone, came = ([*more.elements()] for more in (first - second, second - first))
    if not gone or not came:
        return False
    return any(all(not is_slip(word, new) for new in came) for word in gone)
