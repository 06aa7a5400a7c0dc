"""What the words of a key say of it: about the record, of a prompt, a context, or nothing that is known.

What belongs here: the words, and how a key is taken apart. What does not: names that are known as a whole
(`harmless`), what a value holds (`values`), and what becomes of a row (`unread`).

A key that nobody has seen before is made of words that everybody knows: ``supporting_passage``,
``retrievedChunks``, ``source_url``. Its last word says what it is, the others of what. Words alone never
decide that a text may be lost: what is about the record by its name is looked at, too.
"""

import enum
import functools
import re


class Named(enum.Enum):
    """What a key may be, by its words.

    Attributes
    ----------
    record
        It is about the record.
    context, prompt
        What it holds stands behind a question; belongs to a prompt, and nobody can tell how.
    switch
        It counts or switches something of a prompt.
    earlier
        An earlier form of what was asked, as ``original_question``.
    part
        What was thought, calls, results or definitions of tools, in a spelling that nobody knows.
    unknown
        Nothing is known.
    """

    record = enum.auto()
    context = enum.auto()
    prompt = enum.auto()
    switch = enum.auto()
    earlier = enum.auto()
    part = enum.auto()
    unknown = enum.auto()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CATEGORIES = _words("""
    category subcategory class subclass genre topic subtopic subject tag keyword area field discipline
    specialty speciality court industry sector journal magazine newspaper venue conference publisher book
    chapter course department institution organization organisation author editor name quality difficulty
    """)
"""Last words of keys whose values name a category, a work or somebody, whatever they look like."""

_OF_ANSWERS = _words("""
    answer answers response responses reference references solution solutions step steps distractor
    distractors gold golden label labels target targets truth expected correct incorrect wrong output outputs
    completion completions rubric rubrics chosen rejected reward verdict verification grading
    """)
"""Words of keys of answers, of what they are checked against, and of parts of them."""

_RECORD = (
    _words("""
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
    format encoding charset keyword ratio rate step epoch percent effort budget title signal
    subcategory subtype subclass
    """)
    | _CATEGORIES
)
"""Last words of keys that are about the record."""

_NAMES = (
    _words("""
    split subset partition fold version revision release category class genre tag type kind level difficulty
    lang language locale script country region creator worker contributor owner publisher editor organization
    organisation institution model engine generator provider tokenizer source origin provenance dataset corpus
    collection repo repository name label title domain timestamp date time day
    subcategory subtype subclass
    """)
    | _CATEGORIES
)
"""Those of them whose values are names, of some words where it comes to that."""

_CONTEXT = _words("input context passage paragraph document article evidence excerpt")
"""Last words of keys of what stands behind a question."""

_PROMPT = (
    _words("""
    ctx history previous prior story background knowledge premise hypothesis abstract dialogue dialog
    conversation chat chunk retrieved retrieval grounding webpage page html xml csv json yaml query question
    prompt instruction example shot demonstration demo preamble developer system transcript transcription
    caption ocr table code snippet log trace traceback stacktrace diff patch schema constraint rule template
    prefix suffix message email mail body text sentence claim statement signature reference case file
    doc error fact hint choice option persona character scenario roleplay turn thought thinking reasoning
    rationale scratchpad cot
    """)
    | _CONTEXT
    | {"testcase", "codebase"}
)
"""Words of keys that may belong to a prompt."""

_BEFORE = _words("history previous prior dialogue dialog conversation chat few shot turn output answer")
"""Words of keys of which nobody can tell how they stand to a question."""

_SWITCHES = _words("is has was use should need with without n num max min")
"""First words of keys that count or switch something."""

_CODES = _words(
    "lang language country region locale zip postal status error exit return currency area dial phone"
)
"""Words before a code that is about the record."""

_THOUGHT = _words("reasoning thinking think thought rationale cot scratchpad monologue")
_OF_THOUGHT = _words("step path text info data detail meta content attribute parameter")
"""Last words of what was thought that are else about the record."""

_ACTS = _words("call action argument invocation observation")
_TOOLS = _words("tool function api toolset plugin")
_OF_TOOLS = _words("""
    list set schema definition spec specification json xml description result output response observation
    return use usage
    """)

_EARLIER = frozenset(["original", "initial", "parent", "raw"])
_ASKED = frozenset(
    ["question", "query", "prompt", "instruction", "problem", "answer", "response", "solution"]
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+")
_KNOWN = _RECORD | _PROMPT | _BEFORE | _ASKED | _THOUGHT | _ACTS | _TOOLS | _OF_TOOLS
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

    >>> [kind_of(key).name for key in ("context_url", "rag_context", "chat_history", "zettel", "tool_result")]
    ['record', 'context', 'prompt', 'unknown', 'part']
    """
    words = words_of(key)
    if not words:
        return Named.unknown
    if words[0] in _SWITCHES:
        return Named.record if _PROMPT.isdisjoint(words[1:]) else Named.switch
    if words[0] in _EARLIER and words[-1] in _ASKED:
        return Named.earlier
    if _is_part(words):
        return Named.part
    if words[-1] in _RECORD or (words[-1] == "code" and not _CODES.isdisjoint(words)):
        return Named.record
    if words[-1] in _CONTEXT and _BEFORE.isdisjoint(words):
        return Named.context
    return Named.unknown if _PROMPT.isdisjoint(words) else Named.prompt


def _is_part(words: tuple[str, ...]) -> bool:
    """Return whether a key is what was thought, a call, a result or a definition of a tool, by its words."""
    last = words[-1]
    if words == ("analysis",) or last in _ACTS:
        return True
    if not _THOUGHT.isdisjoint(words) and (last not in _RECORD or last in _OF_THOUGHT):
        return True
    return not _TOOLS.isdisjoint(words) and (last in _TOOLS or last in _OF_TOOLS)


@functools.lru_cache(maxsize=4096)
def is_name(key: str) -> bool:
    """Return whether a key about the record holds names, which may have some words.

    >>> is_name("task_category"), is_name("patient_info")
    (True, False)
    """
    return not _NAMES.isdisjoint(words_of(key)[-1:])


@functools.lru_cache(maxsize=4096)
def is_category(key: str) -> bool:
    """Return whether a key about the record names a category, of as many words as it takes.

    >>> is_category("focus_area"), is_category("case_name"), is_category("script")
    (True, True, False)
    """
    return not _CATEGORIES.isdisjoint(words_of(key)[-1:]) and kind_of(key) is Named.record


@functools.lru_cache(maxsize=4096)
def is_of_answer(key: str) -> bool:
    """Return whether a key is an answer, what one is checked against, or a part of one, by its words.

    >>> [is_of_answer(key) for key in ("gold_label", "reference", "distractors", "solution_steps", "notes")]
    [True, True, True, True, False]
    """
    words = words_of(key)
    return not _OF_ANSWERS.isdisjoint(words) and words[-1] != "format"  # of an output that is asked for


def is_input(key: str) -> bool:
    """Return whether a key is that of an input, which may be a number."""
    return words_of(key)[-1:] == ("input",)
