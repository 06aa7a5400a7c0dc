"""The files of each layout, read by the formats' descriptions, and the map from tokens back to records."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from entropy_assets.curation.export.tokens import TOKEN_LAYOUTS, TokenCounts, mds
from entropy_assets.curation.export.tokens.mds import MdsFiles
from entropy_assets.curation.export.tokens.megatron import MegatronFiles
from tests.curation.tokens.made import MARKED, encoder_of, records_of, turns, write_tokenizer
from tests.curation.tokens.readers import read_mds, read_megatron

Sample = tuple[str, np.ndarray, np.ndarray]


def samples(n: int, seed: int = 0) -> list[Sample]:
    """Return ids, tokens and weights of records; some lengths are around where they take more bytes."""
    draw = np.random.default_rng(seed)
    sizes = [1, 2, 255, 256, 257, 65_536, *draw.integers(1, 400, n).tolist()][:n]
    return [
        (f"{at:032x}", draw.integers(0, 60_000, size, np.int32), draw.integers(0, 2, size).astype(np.float32))
        for at, size in enumerate(sizes)
    ]


def write(
    folder: Path, layout: str, given: list[Sample], vocabulary: int, dtype: str
) -> list[tuple[str, int]]:
    """Write records in a layout; return where each lies."""
    folder.mkdir()
    files = TOKEN_LAYOUTS[layout](folder, vocabulary, dtype)
    places = [files.add(*one) for one in given]
    files.close()
    return places


@pytest.mark.parametrize(
    ("vocabulary", "kind"), [(60_000, np.uint16), (65_499, np.uint16), (65_500, np.int32)]
)
@pytest.mark.parametrize("weights", ["uint8", "float32"])
def test_megatron_files_hold_the_records(tmp_path: Path, vocabulary: int, kind: type, weights: str) -> None:
    given = samples(9)
    places = write(tmp_path / "out", "megatron", given, vocabulary, weights)
    tokens, masks = (read_megatron(tmp_path / "out" / name) for name in ("tokens", "loss_mask"))
    assert {one.dtype for one in tokens} == {np.dtype(kind)}
    assert {one.dtype.name for one in masks} == {weights}
    for (_, ids, own), read, mask in zip(given, tokens, masks, strict=True):
        assert read.tolist() == ids.tolist()
        assert mask.tolist() == own.tolist()
    assert places == [("tokens.bin", at) for at in range(9)]


@pytest.mark.parametrize("weights", ["uint8", "float32"])
@pytest.mark.parametrize("shard_bytes", [1000, 5000, 1 << 26])
def test_mds_shards_hold_the_records_and_no_more_bytes_than_they_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: str, shard_bytes: int
) -> None:
    monkeypatch.setattr(mds, "SHARD_BYTES", shard_bytes)
    given = samples(40)
    places = write(tmp_path / "out", "mds", given, 60_000, weights)
    read = read_mds(tmp_path / "out")
    for (name, ids, own), sample in zip(given, read, strict=True):
        assert sample["id"] == name
        assert sample["tokens"].tolist() == ids.tolist()
        assert sample["loss_mask"].tolist() == own.tolist()
        assert sample["loss_mask"].dtype.name == weights
    index = json.loads((tmp_path / "out" / "index.json").read_bytes())["shards"]
    names = [shard["raw_data"]["basename"] for shard in index]
    assert names == list(dict.fromkeys(name for name, _ in places))
    for name, shard in zip(names, index, strict=True):
        assert shard["raw_data"]["bytes"] <= shard_bytes or shard["samples"] == 1
        assert shard["samples"] == [place for place, _ in places].count(name)
    begins = dict(zip(names, np.cumsum([0, *(shard["samples"] for shard in index[:-1])]), strict=True))
    assert [begins[name] + at for name, at in places] == list(range(40))
    assert (len(index) > 3) == (shard_bytes < 1 << 26)


@pytest.mark.parametrize("n_more", [0, -1])
def test_a_shard_is_full_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_more: int) -> None:
    given = samples(3)
    monkeypatch.setattr(mds, "SHARD_BYTES", 9999)  # the header says it: as many digits as below
    write(tmp_path / "whole", "mds", given, 60_000, "uint8")
    size = (tmp_path / "whole" / "shard.00000.mds").stat().st_size
    assert 1000 < size < 9999
    monkeypatch.setattr(mds, "SHARD_BYTES", size + n_more)
    write(tmp_path / "cut", "mds", given, 60_000, "uint8")
    assert len(list((tmp_path / "cut").glob("*.mds"))) == 1 - n_more


def test_a_fraction_of_a_weight_is_kept(tmp_path: Path) -> None:
    weights = np.array([0, 0.1, 2.5], np.float32)
    one = ("a", np.arange(3, dtype=np.int32), weights)
    write(tmp_path / "mds", "mds", [one], 9, "float32")
    write(tmp_path / "megatron", "megatron", [one], 9, "float32")
    assert read_mds(tmp_path / "mds")[0]["loss_mask"].tolist() == weights.tolist()
    assert read_megatron(tmp_path / "megatron" / "loss_mask")[0].tolist() == weights.tolist()


def test_the_map_leads_from_each_token_to_its_record(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", MARKED)
    records = records_of(
        tmp_path,
        {"text": "hello world", "source": "web", "id": "a"},
        {"messages": turns("q", "<think></think>b"), "source": "chat", "id": "b"},
        {"messages": turns("q"), "source": "chat", "id": "c"},
        {"text": "the answer", "source": "web"},
    )
    encoder = encoder_of(tokenizer)
    made = encoder.encode(records)
    counts = TokenCounts()
    for part in (made.encoded[:2], made.encoded[2:]):
        counts.add(records, part, [("tokens.bin", one.record) for one in part])
    table = counts.map()
    assert table["row_id"].to_list() == ["a", "b", None]
    assert table["id"].to_list() == [records["id"][at] for at in (0, 1, 3)]
    assert table["number"].to_list() == [0, 1, 3]
    stream = np.concatenate([one.ids for one in made.encoded])
    spelled = encoder.loaded.tokenizer.decode
    assert [spelled(stream[a:b]) for a, b in table.select("start", "end").rows()] == [
        "hello world<|im_end|>",
        made.encoded[1].text,
        "the answer<|im_end|>",
    ]
    told = counts.told("megatron", encoder, ("uint16", "uint8"), Counter(["nothing_trained"]))
    assert (told["records_in"], told["records"], told["refused"]) == (4, 3, {"nothing_trained": 1})
    assert told["tokens"] == len(stream)
    assert told["supervised_tokens"] == table["supervised"].sum()
    assert told["by_kind"] == {"chat": 1, "text": 2}
    assert told["by_source"]["chat"] == {
        "records": 1,
        "tokens": len(made.encoded[1].ids),
        "supervised_tokens": made.encoded[1].n_supervised,
    }
    assert sum(one["tokens"] for one in told["by_source"].values()) == told["tokens"]
    assert told["empty_thinking"] == {
        "records": 1,
        "blocks": 1,
        "trained_blocks": 1,
        "first": [records["id"][1]],
    }
    assert told["template"]["masks"] == "generation"
    assert told["tokenizer"]["end_of_text"]["token"] == "<|im_end|>"
    assert told["tokenizer"]["sha256"] == encoder.loaded.digest


def test_no_template_is_named_where_there_is_no_conversation(tmp_path: Path) -> None:
    tokenizer = write_tokenizer(tmp_path / "t", None)
    encoder = encoder_of(tokenizer)
    records = records_of(tmp_path, {"text": "a"})
    counts = TokenCounts()
    counts.add(records, encoder.encode(records).encoded, [("tokens.bin", 0)])
    assert counts.told("megatron", encoder, ("uint16", "uint8"), Counter())["template"] is None


def test_both_layouts_say_what_they_write() -> None:
    assert {"mds": MdsFiles, "megatron": MegatronFiles} == TOKEN_LAYOUTS
    assert all(one.about for one in TOKEN_LAYOUTS.values())
