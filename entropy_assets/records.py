"""The one form of a training example inside the project, its identity and its canonical text.

What belongs here: the schema, `content_id`, `render`. What does not: the many outside layouts,
which are recognised once, at the entrance (`entropy_assets.curation.ingest`).

A record has one of three kinds, and exactly the fields of that kind are set:

* ``text``: `text`
* ``chat``: `messages`, a list of turns
* ``preference``: `prompt`, `chosen`, `rejected`, each a list of turns; a plain string outside is a
  single turn here, so that both spellings of one example have one identity

A turn is ``{role, content}`` and the parts that it has beside them: `reasoning`, `tool_calls`,
`attachments`, `weight`. A record of any kind may have `tools` and `attachments`, and a chat a `label`. All
but weight and label are text; calls, tools and attachments are JSON as text, since a column of structs would
add nulls to them.
A part that is not there is null or absent, and never empty.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import polars as pl

ROLES = ("system", "user", "assistant", "tool")
KINDS = ("text", "chat", "preference")

PARTS = ("reasoning", "tool_calls", "attachments", "weight")
"""What a turn may have beside role and content: what was thought before it, calls of tools, references to
files and where in the content each stands, and how much of its loss counts (1 where none is given)."""

RECORD_PARTS = ("tools", "attachments")
"""What a record may have beside its turns: definitions of tools, and references to files."""

VERDICT = "label"
"""Column of whether the answer of a chat is a wanted one, where somebody has said so: unpaired preferences
(KTO) are trained towards the one and away from the other."""

TURN_FIELDS = ("messages", "prompt", "chosen", "rejected")
"""Fields that are lists of turns."""

TURN = pl.Struct({**dict.fromkeys(("role", "content", *PARTS), pl.String), "weight": pl.Float64})
"""Type of one turn in a column of turns."""

_TURNS: pl.DataType = pl.List(TURN)

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "row_id": pl.String,
    "source": pl.String,
    "language": pl.String,
    "kind": pl.String,
    "text": pl.String,
    "messages": _TURNS,
    "prompt": _TURNS,
    "chosen": _TURNS,
    "rejected": _TURNS,
    "tools": pl.String,
    "attachments": pl.String,
    VERDICT: pl.Boolean,
    "metadata": pl.String,
    "drop": pl.String,
    "file": pl.String,
    "line": pl.Int64,
}
SCHEMA = pl.Schema(_COLUMNS)
"""Columns of every frame of records. `metadata` is one JSON object as a string; `line` counts from 1."""

CONTENT_FIELDS = ("kind", "text", *TURN_FIELDS, *RECORD_PARTS, VERDICT)

LATER_COLUMNS = (*RECORD_PARTS, VERDICT)
"""Columns that releases before format 4 did not write."""

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode

Turn = Mapping[str, Any]


def content_id(record: Mapping[str, Any]) -> str:
    """Return the identity of a record's content: 32 hexadecimal digits, equal for equal content.

    SHA-256, cut to 128 bits, of the content fields as canonical JSON; a part counts where there is one. The
    user's own id, the source, the metadata and the place where the record was found play no part.

    >>> content_id({"kind": "text", "text": "a", "source": "x"}) == content_id({"kind": "text", "text": "a"})
    True
    """
    get = record.get
    content = [get("kind"), get("text"), get("messages"), get("prompt"), get("chosen"), get("rejected")]
    if content[2]:
        content[2] = _without_nulls(content[2])
    if content[3] or content[4] or content[5]:
        content[3:] = [turns and _without_nulls(turns) for turns in content[3:]]
    if get("tools") is not None or get("attachments") is not None or get(VERDICT) is not None:
        content.append({name: record[name] for name in LATER_COLUMNS if get(name) is not None})
    try:
        encoded = orjson.dumps(content, option=_CANONICAL)
    except TypeError:  # a mapping that is no dict, say; of strings both encoders write the same bytes
        encoded = _ENCODE(content).encode()
    return hashlib.sha256(encoded).hexdigest()[:32]


def _without_nulls(turns: Sequence[Turn]) -> Sequence[Turn]:
    """Return turns without the parts that are not there, weights as text; plain turns as they are."""
    for turn in turns:
        if turn and len(turn) != 2:
            return [turn and _told(turn) for turn in turns]
    return turns


def _told(turn: Turn) -> Turn:
    """Return what of a turn counts for its identity: a weight as text, so that 1 and 1.0 are one."""
    if len(turn) == 2:
        return turn
    return {
        key: repr(float(value)) if key == "weight" else value
        for key, value in turn.items()
        if value is not None or key == "content" or key == "role"
    }


def bare(turn: Turn) -> dict[str, Any]:
    """Return a turn without the parts that it does not have.

    >>> bare({"role": "user", "content": "Hi", "reasoning": None, "weight": 0.0})
    {'role': 'user', 'content': 'Hi', 'weight': 0.0}
    """
    return {key: value for key, value in turn.items() if value is not None or key in ("role", "content")}


def spoken(turn: Turn) -> list[str]:
    """Return what of a turn is trained on, in its order: reasoning, content, calls.

    Empty content beside another part is nothing; it is what a turn that only calls tools has.

    >>> spoken({"role": "assistant", "content": "", "tool_calls": "[{}]"})
    ['[{}]']
    """
    if len(turn) == 2:
        return [turn["content"]]
    said = [part for part in (turn.get("reasoning"), turn["content"], turn.get("tool_calls")) if part]
    return said or [turn["content"]]


def render(record: Mapping[str, Any], *, with_rejected: bool = False) -> str:
    r"""Return the canonical text of a record: what is compressed, compared and trained on.

    Tools, then of all turns reasoning, content and calls, as chat templates order them, joined by a blank
    line; no ids, keys, roles or source names, and no attachments. A preference is its prompt and its chosen
    answer, and its rejected one where that is asked for.

    >>> render({"kind": "chat", "messages": [{"role": "user", "content": "Hi"},
    ...                                      {"role": "assistant", "content": "Hello"}]})
    'Hi\n\nHello'
    """
    if record["kind"] == "text":
        said = [str(record["text"])]
    else:
        if record["kind"] == "chat":
            turns = record["messages"]
        else:
            turns = [*record["prompt"], *record["chosen"], *(record["rejected"] if with_rejected else ())]
        said = [part for turn in turns for part in spoken(turn)]
    text, tools = "\n\n".join(said), record.get("tools")
    return text if tools is None else "\n\n".join(filter(None, (tools, text)))


def rendered(frame: pl.DataFrame, *, with_rejected: bool = False) -> list[str]:
    """Return the canonical text of each row of a frame of records, in its order; see `render`."""
    return text_column(frame, with_rejected=with_rejected).to_list()


def text_column(frame: pl.DataFrame, *, with_rejected: bool = False) -> pl.Series:
    """Return what `rendered` does, as a series."""
    sides = ("prompt", "chosen", "rejected") if with_rejected else ("prompt", "chosen")
    return _texts(frame, sides, ("reasoning", "content", "tool_calls"), ("tools",))


def full_text_column(frame: pl.DataFrame) -> pl.Series:
    """Return all that a record holds, as text: what is searched, and what makes two records copies.

    That is `text_column` with the rejected answer and with attachments: those of the record stand behind
    its tools, those of a turn behind its calls.
    """
    parts = ("reasoning", "content", "tool_calls", "attachments")
    return _texts(frame, ("prompt", "chosen", "rejected"), parts, RECORD_PARTS)


def said_column(frame: pl.DataFrame) -> pl.Series:
    """Return what of `text_column` is language: reasoning and content, without tools and their calls."""
    return _texts(frame, ("prompt", "chosen"), ("reasoning", "content"), ())


def spoken_lists(frame: pl.DataFrame, names: Sequence[str]) -> list[pl.Expr]:
    """Return for each named column of turns the list of their texts, as `render` joins them.

    The expressions are for this frame alone: parts that no turn of it has are left out of them.
    """
    parts = ("reasoning", "content", "tool_calls")
    return [pl.col(name).list.eval(_turn_text(frame[name], parts)).alias(name) for name in names]


def _texts(
    frame: pl.DataFrame, sides: Sequence[str], turn_parts: Sequence[str], record_parts: Sequence[str]
) -> pl.Series:
    """Return the named parts of records as text, joined by blank lines; of preferences the named sides."""

    def turns(name: str) -> pl.Expr:
        return pl.col(name).list.eval(_turn_text(frame[name], turn_parts))

    text = pl.col("text")
    for kind in frame["kind"].unique():  # columns of other kinds are walked through, however empty
        if kind in ("chat", "preference"):
            said = turns("messages") if kind == "chat" else pl.concat_list([turns(side) for side in sides])
            text = pl.when(pl.col("kind") == kind).then(said.list.join("\n\n")).otherwise(text)
    if given := [name for name in record_parts if frame[name].null_count() < frame.height]:
        rest = pl.when(text != "").then(text)
        whole = pl.concat_str([*given, rest], separator="\n\n", ignore_nulls=True)
        text = pl.when(pl.any_horizontal(pl.col(given).is_not_null())).then(whole).otherwise(text)
    return frame.select(text.alias("rendered")).to_series()


def _turn_text(turns: pl.Series, parts: Sequence[str]) -> pl.Expr:
    """Return the text of one turn of a column, of which the named parts are wanted; see `spoken`."""
    element = pl.element().struct
    content = element.field("content")
    given = parts_in(turns).intersection(parts)
    if not given:
        return content
    others = [element.field(name) for name in parts if name in given]
    is_nothing = (content == "") & pl.any_horizontal(other.is_not_null() for other in others)
    shown = {"content": pl.when(is_nothing).then(None).otherwise(content)}
    wanted = [shown.get(name, element.field(name)) for name in parts if name in given or name in shown]
    return pl.concat_str(wanted, separator="\n\n", ignore_nulls=True)


def parts_in(turns: pl.Series) -> set[str]:
    """Return the parts that any turn of a column has."""
    each = turns.drop_nulls().explode(empty_as_null=False)
    if not isinstance(each.dtype, pl.Struct):  # which explode loses where there is no turn
        return set()
    fields = each.struct.unnest()
    return {name for name in PARTS if fields[name].null_count() < len(each)}


def widened(frame: pl.DataFrame, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return stored records with the columns of `SCHEMA` that releases before format 4 did not write.

    They are null, as are the parts of turns. A frame that holds no records, or today's, comes back as it is.

    Parameters
    ----------
    frame
        What was stored.
    columns
        Columns that are wanted, in their order; by default all that it has, and what is missing of a record.
    """
    old = [pl.col(name).cast(_TURNS) for name in TURN_FIELDS if _is_old(frame.schema.get(name))]
    frame = frame.with_columns(old) if old else frame
    wanted = columns
    lacking = set(SCHEMA.names()) - set(frame.columns)
    if wanted is None and lacking and lacking <= set(LATER_COLUMNS):
        at = frame.columns.index("metadata")
        wanted = [
            *frame.columns[:at],
            *(name for name in LATER_COLUMNS if name in lacking),
            *frame.columns[at:],
        ]
    if wanted is None:
        return frame
    missing = [name for name in wanted if name in LATER_COLUMNS and name not in frame.columns]
    return frame.with_columns(pl.lit(None, dtype=SCHEMA[name]).alias(name) for name in missing).select(wanted)


def _is_old(dtype: Any) -> bool:
    """Return whether a column holds turns of role and content alone."""
    inner = dtype.inner if isinstance(dtype, pl.List) else None
    return isinstance(inner, pl.Struct) and [field.name for field in inner.fields] == ["role", "content"]
