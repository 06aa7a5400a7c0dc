"""What the words of a key say of it: about the record, of a prompt, a context, or nothing that is known.

What belongs here: the words, and how a key is taken apart. What does not: what becomes of a row (`unread`).

A key that nobody has seen before is made of words that everybody knows: ``supporting_passage``,
``retrievedChunks``, ``source_url``. Its last word says what it is, the others of what.
"""

import enum
import functools
import re


class Named(enum.Enum):
    """What a key may be, by its words."""

    record = enum.auto()
    context = enum.auto()
    prompt = enum.auto()
    unknown = enum.auto()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_RECORD = _words("""
    id uid uuid guid idx index hash sha md digest checksum fingerprint url uri link href domain host doi isbn
    date datetime time timestamp year month day created updated modified added crawled published at on by
    licence license copyright right score rating rank ranking reward logprob prob probability confidence
    perplexity margin agreement similarity quality toxicity split subset partition fold config configuration
    version revision release commit category class topic genre tag label type kind level difficulty status
    state stage flag language lang locale script country region author creator annotator worker contributor
    owner publisher editor reviewer organization organisation institution model engine generator provider
    tokenizer temperature seed kwarg arg param parameter setting source origin provenance dataset corpus
    collection repo repository path name filename token count num number size length len width height duration
    position offset moderation redacted header ip agent browser metadata meta info attribute misc dump mime
    format encoding charset keyword ratio rate step epoch percent effort budget
    """)
"""Last words of keys that are about the record."""

_CONTEXT = _words("input context passage paragraph document article evidence excerpt")
"""Last words of keys of what stands behind a question."""

_PROMPT = (
    _words("""
    ctx history previous prior story background knowledge premise hypothesis abstract dialogue dialog
    conversation chat chunk retrieved retrieval grounding webpage page html xml csv json yaml query question
    prompt instruction example shot demonstration demo preamble developer system transcript transcription
    caption ocr table code snippet log trace traceback stacktrace diff patch schema constraint rule template
    prefix suffix message email mail body text sentence claim statement signature reference case file
    doc error fact hint choice option turn thought thinking reasoning rationale scratchpad cot
    """)
    | _CONTEXT
    | {"testcase", "codebase"}
)
"""Words of keys that may belong to a prompt."""

_BEFORE = _words("history previous prior dialogue dialog conversation chat few shot turn output answer")
"""Words of keys of which nobody can tell how they stand to a question."""

_SWITCHES = _words("is has was use should need with without n num max min")
"""First words of keys that count or switch something."""

_EARLIER = frozenset(["original", "initial", "parent", "raw"])
_ASKED = frozenset(
    ["question", "query", "prompt", "instruction", "problem", "answer", "response", "solution"]
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_KNOWN = _RECORD | _PROMPT | _BEFORE | _ASKED
_PLURALS = (("s", ""), ("es", ""), ("ies", "y"))
MAX_KEY_CHARS = 100
"""Characters of a key that has words; a longer one is text."""


def words_of(key: str) -> tuple[str, ...]:
    """Return the words of a key, in lower case and the singular; digits are none.

    >>> words_of("retrieved_passages2"), words_of("chatHistory"), words_of("HTMLBody")
    (('retrieved', 'passage'), ('chat', 'history'), ('html', 'body'))
    """
    if len(key) > MAX_KEY_CHARS:
        return ()
    return tuple(_singular(word.lower()) for word in _WORD.findall(key))


def _singular(word: str) -> str:
    """Return the known word of which a word is the plural; any other word as it is."""
    if word in _KNOWN:
        return word
    forms = [word.removesuffix(end) + new for end, new in _PLURALS if word.endswith(end)]
    return next((form for form in forms if form in _KNOWN), word)


@functools.lru_cache(maxsize=4096)
def kind_of(key: str) -> Named:
    """Return what a key may be.

    >>> [kind_of(key).name for key in ("context_url", "rag_context", "chat_history", "zettel")]
    ['record', 'context', 'prompt', 'unknown']
    """
    words = words_of(key)
    if not words:
        return Named.unknown
    if words[-1] in _RECORD or words[0] in _SWITCHES or (words[0] in _EARLIER and words[-1] in _ASKED):
        return Named.record
    if words[-1] in _CONTEXT and _BEFORE.isdisjoint(words):
        return Named.context
    return Named.unknown if _PROMPT.isdisjoint(words) else Named.prompt


def is_input(key: str) -> bool:
    """Return whether a key is that of an input, which may be a number."""
    return words_of(key)[-1:] == ("input",)
