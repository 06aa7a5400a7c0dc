"""`export --to mds` and `--to megatron`: what is written, what stops it, what is said."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from entropy_assets.cli.export_tokens import TokenTask, export_tokens
from entropy_assets.curation.export.tokens import load_tokenizer
from entropy_assets.shards import parquet_bytes
from tests.cli.conftest import Command
from tests.cli.exporting import PREFERENCE, ROWS, files, invoke, prepare, records, refused
from tests.curation.tokens.made import MARKED, PLAIN, turns, write_tokenizer
from tests.curation.tokens.readers import read_mds, read_megatron


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with records and a tokenizer."""
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    return tmp_path


@pytest.mark.parametrize("layout", ["mds", "megatron"])
def test_a_folder_with_tokens_its_map_and_what_is_said_of_it(here: Path, layout: str) -> None:
    done = invoke(f"export records.parquet --to {layout} --tokenizer model --out out")
    assert done.exit_code == 0, done.output
    told = json.loads((here / "out" / "tokens.json").read_text())
    n = told["tokens"]
    assert done.stdout.splitlines() == [
        "4 records in = 4 rows + 0 refused",
        f"{n} tokens, {told['supervised_tokens']} of them trained on",
        *(
            f"  {name}: 2 records, {one['tokens']} tokens, {one['supervised_tokens']} trained on"
            for name, one in told["by_source"].items()
        ),
    ]
    empty = told["empty_thinking"]
    assert (empty["blocks"], empty["trained_blocks"]) == (1, 1)
    assert done.stderr == (
        f"1 empty blocks of thinking in 1 records, 1 of them trained on, as in {empty['first'][0]}\n"
    )
    table = pl.read_parquet(here / "out" / "records.parquet")
    assert table["row_id"].to_list() == list("abcd")
    if layout == "mds":
        samples = read_mds(here / "out")
        tokens, masks = ([sample[name] for sample in samples] for name in ("tokens", "loss_mask"))
        assert [sample["id"] for sample in samples] == table["id"].to_list()
    else:
        tokens, masks = (read_megatron(here / "out" / name) for name in ("tokens", "loss_mask"))
    stream, mask = np.concatenate(tokens), np.concatenate(masks)
    assert (len(stream), int(mask.sum())) == (n, told["supervised_tokens"])
    spelled = load_tokenizer(here / "model").tokenizer.decode
    for row in table.iter_rows(named=True):
        own = stream[row["start"] : row["end"]]
        assert own.tolist() == tokens[row["number"]].tolist()
        assert row["supervised"] == mask[row["start"] : row["end"]].sum()
    assert spelled(stream[mask > 0]) == (
        "hello world<|im_end|>the answer<|im_end|><think>\n</think>world<|im_end|>"
        "日本語 \u2028 <|im_end|><|im_end|>"
    )
    names = {"mds": {"index.json", "shard.00000.mds"}}.get(
        layout, {f"{name}.{end}" for name in ("tokens", "loss_mask") for end in ("bin", "idx")}
    )
    assert set(told["files"]) == names | {"records.parquet"}
    for name, data in files(here / "out").items():
        if name != "tokens.json":
            said = told["files"][name]
            assert said == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_the_same_records_give_the_same_bytes_however_they_are_cut(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "export {} --to {} --tokenizer model --out {}"
    (here / "parts").mkdir()
    frame = pl.read_parquet("records.parquet")
    for at in range(4):
        (here / "parts" / f"{at}.parquet").write_bytes(parquet_bytes(frame[at : at + 1]))
    for layout in ("mds", "megatron"):
        assert invoke(line.format("records.parquet", layout, f"{layout}-whole")).exit_code == 0
        assert invoke(line.format("parts", layout, f"{layout}-parts")).exit_code == 0
        monkeypatch.setattr("entropy_assets.cli.export_tokens.BATCH_RECORDS", 1)
        assert invoke(line.format("records.parquet", layout, f"{layout}-one")).exit_code == 0
        monkeypatch.undo()
        monkeypatch.chdir(here)
        assert (
            files(here / f"{layout}-whole")
            == files(here / f"{layout}-parts")
            == files(here / f"{layout}-one")
        )


def test_what_tokens_cannot_hold_stops_the_export_unless_it_may_be_lossy(here: Path) -> None:
    line = "export mixed.parquet --to mds --tokenizer model --out out --refused refused.parquet"
    sentence = refused(line)
    assert "2 of 6 records cannot be written as mds (1 nothing_trained, 1 preference), as " in sentence
    assert "write preferences with --layout trl_preference" in sentence
    assert sentence.endswith("say --lossy to leave such records out, counted")
    assert not (here / "out").exists()
    assert pl.read_parquet("refused.parquet")["reason"].to_list() == ["preference", "nothing_trained"]
    done = invoke(f"{line} --lossy")
    assert done.exit_code == 0
    assert done.stdout.startswith("6 records in = 4 rows + 2 refused (1 nothing_trained, 1 preference)\n")
    assert "        1 preference: A preference has two answers" in done.stderr
    told = json.loads((here / "out" / "tokens.json").read_text())
    assert (told["records_in"], told["records"]) == (6, 4)
    assert told["refused"] == {"nothing_trained": 1, "preference": 1}
    assert invoke("export records.parquet --to mds --tokenizer model --out whole").exit_code == 0
    for name in ("shard.00000.mds", "records.parquet", "index.json"):
        assert files(here / "out")[name] == files(here / "whole")[name]


def test_records_that_all_fall_out_write_nothing_even_where_that_may_be(here: Path) -> None:
    records(here / "pairs.parquet", PREFERENCE)
    sentence = refused("export pairs.parquet --to megatron --tokenizer model --out out --lossy")
    assert "1 of 1 records cannot be written as megatron (1 preference)" in sentence
    assert "trl_preference" in sentence
    records(here / "none.parquet", *ROWS)
    (here / "none.parquet").write_bytes(parquet_bytes(pl.read_parquet("none.parquet")[:0]))
    assert "holds no record" in refused("export none.parquet --to mds --tokenizer model --out out --lossy")
    assert not (here / "out").exists()


def test_a_mask_of_zeros_is_refused_and_both_ways_out_work(here: Path) -> None:
    write_tokenizer(here / "stock", PLAIN)
    line = "export records.parquet --to mds --tokenizer stock --out out"
    for lossy in ("", " --lossy"):
        sentence = refused(line + lossy)
        assert "the chat template of stock has no {% generation %} marks" in sentence
        assert "--chat-template FILE" in sentence
        assert "--masks prefixes" in sentence
    assert not (here / "out").exists()
    assert invoke(f"{line} --masks prefixes").exit_code == 0
    (here / "marked.jinja").write_text(MARKED)
    assert invoke(f"{line}2 --chat-template marked.jinja").exit_code == 0
    assert (here / "out" / "shard.00000.mds").read_bytes() == (here / "out2" / "shard.00000.mds").read_bytes()
    told = [json.loads((here / name / "tokens.json").read_text())["template"] for name in ("out", "out2")]
    assert [one["from"] for one in told] == ["tokenizer", "file"]
    assert [one["masks"] for one in told] == ["prefixes", "generation"]
    digests = [hashlib.sha256(one.encode()).hexdigest() for one in (PLAIN, MARKED)]
    assert [one["sha256"] for one in told] == digests


def test_a_template_that_no_record_needed_is_not_named(here: Path) -> None:
    (here / "marked.jinja").write_text(MARKED)
    records(here / "texts.parquet", ROWS[0], ROWS[3])
    line = "export texts.parquet --to mds --tokenizer model --out out --chat-template marked.jinja"
    assert invoke(line).exit_code == 0
    assert json.loads((here / "out" / "tokens.json").read_text())["template"] is None


def test_texts_without_an_end_are_said(here: Path) -> None:
    write_tokenizer(here / "endless", MARKED, end=None)
    said = "the tokenizer names no token that ends a text"
    assert said in invoke("export records.parquet --to mds --tokenizer endless --out out").stderr
    records(here / "chats.parquet", *ROWS[1:3])
    assert said not in invoke("export chats.parquet --to mds --tokenizer endless --out out").stderr


def test_fractions_of_weights_make_the_mask_of_numbers(here: Path) -> None:
    spoken = [*turns("q", "half", weight=0.5), *turns("q", "whole")]
    records(here / "half.parquet", *ROWS, {"id": "h", "messages": spoken})
    for layout in ("mds", "megatron"):
        assert invoke(f"export half.parquet --to {layout} --tokenizer model --out {layout}").exit_code == 0
        told = json.loads((here / layout / "tokens.json").read_text())
        assert told["loss_mask_dtype"] == "float32"
        assert len(told["files"]) == len(files(here / layout)) - 1
    last = read_mds(here / "mds")[-1]["loss_mask"]
    assert sorted(set(last.tolist())) == [0, 0.5, 1]
    assert read_megatron(here / "megatron" / "loss_mask")[-1].tolist() == last.tolist()


def test_answers_without_a_trained_end_and_other_spellings_are_said(here: Path) -> None:
    from tokenizers import normalizers

    unended = MARKED.replace("<|im_end|>{% endgeneration %}", "{% endgeneration %}<|im_end|>")
    unended = unended.replace("m.role == 'assistant'", "m.role == 'assistant' and loop.last")
    model = load_tokenizer(write_tokenizer(here / "odd", unended)).tokenizer
    model.backend_tokenizer.normalizer = normalizers.Lowercase()
    model.save_pretrained(here / "odd")
    chats = [{"messages": turns("q", "a", "q", "b")}, {"messages": turns("a", "B")}]
    records(here / "loud.parquet", {"text": "HELLO"}, *chats)
    done = invoke("export loud.parquet --to mds --tokenizer odd --out out")
    assert "2 of 2 answers end without a token that ends a turn" in done.stderr
    assert "1 answers are not marked by the template, and not trained on" in done.stderr
    assert "2 records are spelled otherwise by their tokens" in done.stderr


def test_a_folder_of_a_version_is_exported_without_what_is_held_out(store: Path, here: Path) -> None:
    (folder,) = [one for one in (store / "versions").iterdir() if one.name.startswith("v0002")]
    n = sum(pl.read_parquet(path).height for path in (folder / "data").glob("train*"))
    write_tokenizer(here / "model", None)
    done = invoke(f"export {folder} --to megatron --tokenizer model --out out")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"{n} records in = {n} rows + 0 refused\n")
    assert "files of held-out splits" in done.stderr
    told = json.loads((here / "out" / "tokens.json").read_text())
    assert (told["template"], told["by_kind"]) == (None, {"text": n})
    assert told["tokens"] == told["supervised_tokens"]


def test_versions_export_is_the_same_by_name_after_a_check(store: Path, here: Path, command: Command) -> None:
    (folder,) = [one for one in (store / "versions").iterdir() if one.name.startswith("v0002")]
    write_tokenizer(here / "model", None)
    for more in ("text --out {}.jsonl", "mds --tokenizer model --out {}"):
        assert command(f"versions export {folder.name} --to {more.format('named')}").exit_code == 0
        assert invoke(f"export {folder} --to {more.format('given')}").exit_code == 0
    assert (here / "named.jsonl").read_bytes() == (here / "given.jsonl").read_bytes()
    assert files(here / "named") == files(here / "given")
    unknown = command("versions export v0009-00000000 --to text --out x.jsonl")
    assert (unknown.exit_code, folder.name in unknown.stderr) == (2, True)
    shard = next((folder / "data").glob("train*"))
    shard.write_bytes(shard.read_bytes() + b"x")
    damaged = command(f"versions export {folder.name} --to text --out x.jsonl")
    assert damaged.exit_code == 1
    assert shard.name in damaged.stderr
    assert not (here / "x.jsonl").exists()


def test_the_library_says_the_same(here: Path) -> None:
    task = TokenTask(here / "records.parquet", "mds", here / "out", here / "model")
    written, told = export_tokens(task)
    assert (written.records_in, written.n_rows) == (4, 4)
    assert told == json.loads((here / "out" / "tokens.json").read_text())


def test_the_examples_of_the_docs_run(store: Path, here: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    section = page.partition("### Tokens for a trainer")[2].partition("\n### ")[0]
    lines = section.partition("```sh\n")[2].partition("```")[0].splitlines()
    (version,) = [one.name for one in (store / "versions").iterdir() if one.name.startswith("v0002")]
    (here / "mixed.parquet").rename(here / "kept.parquet")
    (here / "marked.jinja").write_text(MARKED)
    for line in lines:
        words = line.replace("v0002-1a2b3c4d", f"{version} --dataset small").removeprefix("entropy-assets ")
        done = invoke(words)
        assert done.exit_code == 0, done.output
    assert len(lines) == 4
    assert {*section.split("`")} >= set(files(here / "indexed"))
    assert set(files(here / "shards")) == {"shard.00000.mds", "index.json", "records.parquet", "tokens.json"}
    assert pl.read_parquet("refused.parquet").height == 2
