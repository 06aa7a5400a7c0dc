"""Names of splits: with numbers of shards, beside plain words, of folders; and names that only may be one."""

from pathlib import Path

import pytest

from entropy_assets.curation.ingest import read_drop
from entropy_assets.settings import IngestSettings

ROW = '{"prompt": "What?", "completion": "That, row %d."}\n'


def deliver(folder: Path, files: list[str]) -> Path:
    for number, file in enumerate(files):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ROW % number)
    return folder


HELD_OUT = (
    *("val-1", "val_1", "test-1", "validation1", "testset", "test_data", "validate", "test_0", "test_v2"),
    *(
        "test (1)",
        "dev-part2",
        "val",
        "val2017",
        "Test-Set",
        "testSet",
        "data_test",
        "dev_split_3",
        "held_out",
    ),
    *("hold-out", "heldout2", "eval_set", "test-1-of-2", "validation_set_2", "TEST_1", "test.2"),
)


@pytest.mark.parametrize("name", HELD_OUT)
def test_a_split_with_a_number_or_a_plain_word_is_not_trained_on(tmp_path: Path, name: str) -> None:
    found = read_drop(deliver(tmp_path, ["train-0.jsonl", f"{name}.jsonl"]), "d")
    assert found.records["file"].to_list() == ["train-0.jsonl"]
    assert [note.file for note in found.told] == [f"{name}.jsonl"]
    assert "which is not trained on" in found.told[0].what


@pytest.mark.parametrize(
    "folder", ["val-1", "testset", "test_data", "wiki_test", "wiki-test-1", "split=val_1"]
)
def test_a_folder_with_the_name_of_a_split_is_not_trained_on(tmp_path: Path, folder: str) -> None:
    found = read_drop(deliver(tmp_path, ["wiki_train/a.jsonl", f"{folder}/a.jsonl"]), "d")
    assert found.records["file"].to_list() == ["wiki_train/a.jsonl"]
    assert "which is not trained on" in found.told[0].what


@pytest.mark.parametrize(
    "files", ["wiki_train_0 wiki_test_1", "train_wiki_0 test_wiki_1", "wiki-train wiki-val-2"]
)
def test_shards_of_a_named_set_are_of_its_splits(tmp_path: Path, files: str) -> None:
    train, test = [f"{name}.jsonl" for name in files.split()]
    found = read_drop(deliver(tmp_path, [train, test]), "d")
    assert found.records["file"].to_list() == [train]
    assert [note.file for note in found.told] == [test]


def test_shards_of_training_data_are_one_source(tmp_path: Path) -> None:
    files = ["train-0.jsonl", "train-1.jsonl", "training_set_2.jsonl", "train3.jsonl"]
    assert set(read_drop(deliver(tmp_path, files), "d").records["source"]) == {"data"}


@pytest.mark.parametrize(
    "name", ["my_test", "unit_tests", "validation_matched", "wiki-dev", "testCases", "evals", "hard_eval_3"]
)
def test_a_name_that_may_be_one_is_read_and_told(tmp_path: Path, name: str) -> None:
    found = read_drop(deliver(tmp_path, ["train.jsonl", f"{name}.jsonl"]), "d")
    assert found.records.height == 2
    ((file, what, _),) = found.told
    assert file == f"{name}.jsonl"
    assert "its name may be that of a split that is not trained on" in what


@pytest.mark.parametrize(
    "name",
    ["latest", "testimony", "contest", "devices", "validity", "evaluator", "train_a", "books", "trains"],
)
def test_other_words_are_no_splits(tmp_path: Path, name: str) -> None:
    found = read_drop(deliver(tmp_path, ["train.jsonl", f"{name}.jsonl"]), "d")
    assert (found.records.height, found.told) == (2, ())


def test_nothing_is_told_where_all_splits_are_read(tmp_path: Path) -> None:
    drop = deliver(tmp_path, ["train.jsonl", "my_test.jsonl", "val-1.jsonl"])
    found = read_drop(drop, "d", IngestSettings(splits="all"))
    assert (found.records.height, found.told) == (3, ())


def test_the_advice_about_such_a_name_works(tmp_path: Path) -> None:
    drop = deliver(tmp_path, ["train.jsonl", "test/my_test.jsonl"])
    assert read_drop(drop, "d").records["file"].to_list() == ["train.jsonl"]
