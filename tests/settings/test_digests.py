"""The digest of a file never changes: digests stand in ledgers, manifests and paths of stored data."""

from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.settings import Settings, load_settings

ALL = """
seed = 7
workers = 3
[ingest]
shard_rows = 9
text_unit = "paragraph"
max_row_bytes = 2048
max_depth = 9
max_unpack_ratio = 3
max_unpacked_bytes = 4
max_files = 5
max_quarantine_share = 1
[dedup]
near = false
shingle = 5
threshold = 1
hashes = 99
bands = 33
memory_bytes = 536870912
planted = 0
[screening]
secrets = "remove"
emails = "remove"
phones = "remove"
cards = "remove"
phone_region = "DE"
detect_languages = false
min_language_score = 0
licences = { web = "MIT", "büro 😀" = "CC0-1.0" }
evaluation_sets = { quiz = "quiz.jsonl", exam = "exam.jsonl" }
contamination_tokens = 8
exams = ["quiz"]
[pool]
validation_share = 0.125
overlap_words = 8
[selection]
selector = "length"
codec = "zlib"
noise_guard = false
with_rejected = true
budget_share = 1
budget_tokens = 500
tokenizer = "tokenizer.json"
sequence_length = 4096
source_shares = { web = 1, books = 0.25 }
keep_list = "keep.txt"
never_list = "never.txt"
n_candidates = 1000
n_shortlist = 100
n_picks = 10
[probe]
depth = 2
budget_bytes = 8192
checkpoint_bytes = 16384
heldout_bytes = 4096
n_samples = 2
device = "cpu"
[law]
n_points = 21
sample_bytes = 32768
n_samples = 3
record_bytes = 512
scored_records = 100
known_records = 20
[answers]
model = "model.gguf"
n_records = 40
prompt = "{question} and {answer}?"
max_bytes = 64
batch = 8
device = "cuda"
[policy]
confidence = 3
source_losses = { web = 1 }
allowed_licences = ["MIT"]
promotion = "manual"
"""

FILES = {
    "nothing": "",
    "seed": "seed = -12345678901234567890",
    "an integer for a fraction": "[selection]\nbudget_share = 1",
    "policy": "[policy]\nmax_blobs = 0.5\nsource_losses = { web = 0.5 }",
    "sources": "[selection]\nsource_shares = { b = 0.1, a = 1 }\n"
    '[screening]\nlicences = { b = "MIT", a = "" }',
    "zip_paper": '[selection]\nselector = "zip_paper"\nbudget_records = 100\nn_shortlist = 100\nn_picks = 1',
    "small": "[probe]\nbudget_bytes = 4096\n[law]\nsample_bytes = 4096\n"
    "[dedup]\nshingle = 5\nhashes = 128\nbands = 32",
    "all": ALL,
}

DIGESTS = {
    "nothing": "03b8586c603638a62b7d53920dee4ec2ec53b9e22e73767f44a8b2348a78f3f5",
    "seed": "f1a86163b13920439d4e870a260cd5bec050c4afd2f354dec321a7c7d0fddc09",
    "an integer for a fraction": "2a66012a8b68021c649990b7839963c3357b638fbe64b56e8e6f4466d43c3092",
    "policy": "03b8586c603638a62b7d53920dee4ec2ec53b9e22e73767f44a8b2348a78f3f5",
    "sources": "062fe7219db827aefc0d6e3dd76470e6d4cc38a9fabee700826d2675c3bca8dc",
    "zip_paper": "d339096b534be3dff75876632eae68c73b6e77ede3db223dc205e79d9a0bbf4c",
    "small": "381c46ee34ef3cd78c140381a9beb2681b96983ae48caeff333b121bd11c0c9c",
    "all": "df9c14741be8e4f17ff6ae57ec4716abf5420c94550f879f15d2e22dd8aa3733",
}
"""Computed by the release before the settings were divided by stage."""


@pytest.mark.parametrize("name", FILES)
def test_the_digest_of_a_file_is_what_it_always_was(tmp_path: Path, name: str) -> None:
    path = UPath(tmp_path) / "entropy.toml"
    path.write_text(FILES[name], encoding="utf-8")
    assert load_settings(path).digest == DIGESTS[name]


def test_the_digest_of_the_defaults() -> None:
    assert Settings().digest == DIGESTS["nothing"]
