"""Nothing crashes `ingest`, rows are conserved, and damage to one row leaves the others as they were."""

import gzip
import json
import tempfile
from itertools import pairwise
from pathlib import Path

import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from entropy_assets.curation.ingest import Ingested, iter_drop, read_file

NAMES = ["a.jsonl", "a.json", "a.jsonl.gz", "a.json.zst", "a.parquet", "a.csv", "a.txt", "a"]
ROWS = [
    {"id": "0", "text": "plain \u2028 text"},
    {"id": "1", "instruction": "Add.", "input": "", "output": 'a "quoted" \\ [answer]'},
    {"id": "2", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "{b"}]},
    {"id": "3", "prompt": "q", "chosen": "y", "rejected": "n", "meta": {"id": [{"id": "9"}]}},
    {"id": "4", "text": "last"},
]


def read(data: bytes, name: str) -> Ingested:
    """Return what a file holds; `Ingested` itself refuses a count that does not add up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        found = read_file(path, drop="d")
        cut = list(iter_drop(Path(folder), "d", batch_rows=2))
    assert sum(part.rows_in for part in cut) == found.rows_in
    assert sum(part.records.height for part in cut) == found.records.height
    return found


def json_of(strings: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    """Return values of JSON, NaN and infinities among them."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | strings,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
        max_leaves=8,
    )


unicode_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
json_values = json_of(st.text(st.characters(), max_size=8))  # with lone surrogates
known_keys = st.sampled_from(
    [
        *("text", "instruction", "input", "output", "response", "system", "history", "conversations"),
        *("messages", "prompt", "completion", "chosen", "rejected", "chosen_messages"),
        *("rejected_messages", "id", "source"),
    ]
)
turns = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "x"]) | json_values},
    optional={"content": st.text(max_size=5) | json_values, "from": json_values, "tool_calls": json_values},
)
rows = st.dictionaries(
    known_keys,
    st.text(min_size=1, max_size=5) | st.lists(turns, max_size=3) | turns | json_values,
    max_size=5,
)


@given(st.binary(max_size=300), st.sampled_from(NAMES))
def test_any_bytes_are_read(data: bytes, name: str) -> None:
    read(data, name)


@given(st.lists(st.sampled_from(list(b'[]{}",:\\\n 1a\xff')), max_size=60), st.sampled_from(NAMES[:2]))
def test_any_structure_is_read(data: list[int], name: str) -> None:
    read(bytes(data), name)


@given(st.lists(rows, max_size=4), st.booleans())
def test_any_object_becomes_one_record_or_one_entry(values: list, is_array: bool) -> None:
    data = json.dumps(values) if is_array else "".join(f"{json.dumps(value)}\n" for value in values)
    found = read(data.encode(), "a.json")
    assert found.rows_in == len(values)
    assert found.complete


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=5), json_of(unicode_text)
)
def test_text_and_metadata_round_trip(texts: list[str], extra: object) -> None:
    data = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    found = read(data.encode(), "a.jsonl")
    assert found.records["text"].to_list() == [text for text in texts if text.strip()]
    (metadata,) = read(json.dumps({"text": "a", "extra": extra}).encode(), "a.jsonl").records["metadata"]
    assert json.dumps(json.loads(metadata)["extra"]) == json.dumps(
        json.loads(json.dumps(extra, sort_keys=True))
    )


@st.composite
def damage(draw: st.DrawFn) -> tuple[int, int, bytes]:
    """Return row, place in it as a fraction of 1000, and the byte that is put there (or none: deleted)."""
    return draw(st.integers(0, 4)), draw(st.integers(0, 999)), draw(st.binary(max_size=1))


@given(damage())
def test_damage_to_a_line_leaves_the_other_lines(at: tuple[int, int, bytes]) -> None:
    row, place, new = at
    lines = [json.dumps(value, ensure_ascii=False).encode() for value in ROWS]
    place = place * len(lines[row]) // 1000
    lines[row] = lines[row][:place] + new + lines[row][place + 1 :]
    found = read(b"\n".join(lines) + b"\n", "a.jsonl")
    assert {str(n) for n in range(5) if n != row} <= set(found.records["row_id"].to_list())


@example((0, 0, b"]"), 1)
@example((0, 980, b"["), 1)
@example((0, 980, b"]"), 1)
@given(damage(), st.sampled_from([1, 2, "\t"]))
def test_damage_inside_an_element_leaves_the_other_elements(
    at: tuple[int, int, bytes], indent: int | str
) -> None:
    row, place, new = at
    parts = [f"\n{line}" for line in json.dumps(ROWS, indent=indent).split("\n")]
    margin = indent if isinstance(indent, str) else " " * indent
    starts = [n for n, part in enumerate(parts) if part == f"\n{margin}{{"] + [len(parts) - 1]
    elements = ["".join(parts[a:b]).encode() for a, b in pairwise(starts)]
    start = len(b"\n" + margin.encode())
    place = start + place * (len(elements[row]) - start) // 1000
    elements[row] = elements[row][:place] + new + elements[row][place + 1 :]
    found = read(b"[" + b"".join(elements) + b"\n]\n", "a.json")
    assert {str(n) for n in range(5) if n != row} <= set(found.records["row_id"].to_list())


@given(damage())
@example((0, 63, b"}"))
def test_damage_inside_an_element_of_a_compact_array_leaves_the_others(at: tuple[int, int, bytes]) -> None:
    row, place, new = at
    elements = [json.dumps(value, ensure_ascii=False).encode() for value in ROWS]
    # Without lines, the way the first element begins is all there is to find the next one by.
    start = len(b'{"id"') if row == 0 else 0
    place = start + place * (len(elements[row]) - start) // 1000
    elements[row] = elements[row][:place] + new + elements[row][place + 1 :]
    found = read(b"[" + b", ".join(elements) + b"]", "a.json")
    assert {str(n) for n in range(5) if n != row} <= set(found.records["row_id"].to_list())


@given(st.integers(0, 10_000), st.booleans())
def test_a_cut_stream_keeps_a_prefix(size: int, is_gzip: bool) -> None:
    data = "".join(json.dumps({"text": f"row {n * 7919 % 1009}"}) + "\n" for n in range(1000)).encode()
    packed = gzip.compress(data) if is_gzip else zstandard.compress(data)
    size = size * (len(packed) - 1) // 10_000
    found = read(packed[:size], "a.jsonl.gz" if is_gzip else "a.jsonl.zst")
    assert not found.complete
    assert found.quarantined.height == 1
    kept = found.records.height
    assert found.records["text"].to_list() == [f"row {n * 7919 % 1009}" for n in range(kept)]
    assert data[found.quarantined["byte_offset"][0] :].startswith(found.quarantined["raw"][0])
