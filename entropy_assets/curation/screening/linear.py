r"""Three expressions of detect-secrets that take quadratic time on some texts, found in linear time.

Each of them can begin at many places of one run of characters, and from each looks to the run's end: 80 kB
of ``://`` took six seconds. Here a run is looked at once. What is found is what the expression finds.

What belongs here: finding. What does not: which detectors are used, and which tokens are confirmed.
"""

import re
from collections.abc import Callable, Iterator

Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

_JWT_RUN = re.compile(r"[A-Za-z0-9_=-]++")
_KEY_RUN = re.compile(r"[A-Za-z0-9_-]++")
_OPENAI_MARK, _N_AROUND = "T3BlbkFJ", 20
_ALNUM = re.compile(r"[A-Za-z0-9]*")
_NPM_MARK = "/:_authToken="
_NPM = re.compile(r"\/\/.+\/:_authToken=\s*((npm_.+)|([A-Fa-f0-9-]{36})).*")


def jwt_spans(text: str) -> Iterator[Span]:
    """Yield the places of JSON web tokens: a run with `eyJ` and more in it, a dot, and a second run."""
    at = 0
    while run := _JWT_RUN.search(text, at):
        at = run.end()
        start = text.find("eyJ", run.start(), at - 1)
        if start < 0 or text[at : at + 1] != ".":
            continue
        if second := _JWT_RUN.match(text, at + 1):
            at = second.end() + (text[second.end() : second.end() + 1] == ".")
            yield start, at


def openai_spans(text: str) -> Iterator[Span]:
    """Yield the places of keys of OpenAI: in one run, `sk-` and the last mark among letters and digits."""
    at = 0
    while run := _KEY_RUN.search(text, at):
        at = run.end()
        start = text.find("sk-", run.start(), at)
        if start >= 0 and (end := _openai_end(text, start + len("sk-"), at)):
            at = end
            yield start, end


def _openai_end(text: str, start: int, stop: int) -> int:
    """Return the end of the last mark between them with 20 letters or digits on both sides, or 0."""
    # A place before the text's beginning would count from its end.
    mark = text.rfind(_OPENAI_MARK, start + _N_AROUND, max(stop - _N_AROUND, 0))
    while mark >= 0:
        first, last = mark - _N_AROUND, mark + len(_OPENAI_MARK) + _N_AROUND
        if _ALNUM.fullmatch(text, first, last):
            return last
        mark = text.rfind(_OPENAI_MARK, start + _N_AROUND, mark + len(_OPENAI_MARK) - 1)
    return 0


def npm_spans(text: str) -> Iterator[Span]:
    """Yield the places of tokens of npm: from the first two slashes of a line with the mark behind them."""
    at = 0
    while (mark := text.find(_NPM_MARK, at)) >= 0:
        line = max(text.rfind("\n", at, mark) + 1, at)
        end = text.find("\n", mark)
        end = len(text) if end < 0 else end
        # A match from later slashes would be one from the first too.
        start = text.find("//", line, end)
        found = _NPM.match(text, start) if start >= 0 else None
        if found:
            yield found.span()
        at = max(found.end() if found else end, mark + 1)


FINDERS: dict[str, Finder] = {
    r"eyJ[A-Za-z0-9-_=]+\.[A-Za-z0-9-_=]+\.?[A-Za-z0-9-_.+/=]*?": jwt_spans,
    r"sk-[A-Za-z0-9-_]*[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}": openai_spans,
    _NPM.pattern: npm_spans,
}
"""Expression -> what finds its matches."""


def spans_of(pattern: re.Pattern[str]) -> Finder:
    """Return what yields start and end of each match of `pattern` in a text."""
    return FINDERS.get(pattern.pattern) or (lambda text: (found.span() for found in pattern.finditer(text)))
