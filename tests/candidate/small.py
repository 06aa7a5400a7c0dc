"""Small datasets of made-up sentences, whose candidates take about a second each."""

import random
import shutil
from pathlib import Path

from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.demo.drops import Row, write_drop

WORDS = """
the a of to in is that it for on with as at by from this have or one had word but not what all were
we when your can said there use an each which she do how their if will up other about out many then
them these so some her would make like him into time has look two more write go see number no way
could people my than first water been call who oil its now find long down day did get come made may
part over sound take only little work know place years live me back give most very after things our
just name good sentence man think say great where help through much before line right too means old
any same tell boy follow came want show also around form three small set put end does another well
large must big even such because turn here why ask went men read need land different home us move
try kind hand picture again change off play spell air away animal house point page letter mother
answer found study still learn should world
""".split()  # noqa: SIM905 - a list of 200 strings would be no easier to read

# To the detector of damage, made-up sentences are words out of order.
SETTINGS = """
workers = 1
[probe]
budget_bytes = 4096
checkpoint_bytes = 8192
heldout_bytes = 4096
n_samples = 2
[law]
sample_bytes = 8192
n_samples = 3
known_records = 40
[dedup]
planted = 10
[damage]
on = false
[policy]
max_ratio_rise = 9.0
max_selection_ratio_rise = 9.0
max_unknown_words = 0.8
max_unusual_pairs = 9.0
max_loss_shift = 9.0
max_heldout_rise_bpb = 9.0
max_residual_rise_bpb = 9.0
max_drift = 9.0
max_heldout_drift_bpb = 9.0
max_truncated = 1.0
max_copies = 0.9
max_repeated_phrases = 0.9
max_blobs = 0.3
max_language_shift = 0.9
"""


def sentences(seed: int, n_sentences: int = 4) -> str:
    """Return a text of made-up sentences, the same for the same seed."""
    rng = random.Random(seed)
    made = (" ".join(rng.choice(WORDS) for _ in range(rng.randint(6, 14))) for _ in range(n_sentences))
    return " ".join(f"{one.capitalize()}." for one in made)


def rows(seeds: range, source: str = "web") -> list[Row]:
    """Return one row a seed."""
    return [{"id": f"{source}-{seed}", "text": sentences(seed), "source": source} for seed in seeds]


def strange(seeds: range, source: str = "web") -> list[Row]:
    """Return one row a seed, of characters that are no text: the gate holds a drop with many of them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return [
        {
            "id": f"{source}-s{seed}",
            "text": "".join(random.Random(seed).choices(letters, k=400)),
            "source": source,
        }
        for seed in seeds
    ]


def new_words(seeds: range, source: str = "web") -> list[Row]:
    """Return one row a seed, of words that nobody knows: the gate notes them."""
    syllables = ["zor", "bla", "quim", "vex", "tro", "gni", "pol", "wex", "dru", "shi"]
    found = []
    for seed in seeds:
        rng = random.Random(seed)
        words = ["".join(rng.choice(syllables) for _ in range(3)) for _ in range(40)]
        found.append({"id": f"{source}-s{seed}", "text": " ".join(words) + ".", "source": source})
    return found


def dataset(folder: Path, settings: str = SETTINGS) -> Workspace:
    """Return a dataset without a drop."""
    workspace = Workspace(UPath(folder), "small")
    workspace.root.mkdir(parents=True)
    workspace.home.settings_path.write_text(settings)
    return workspace


def copied(folder: Path, to: Path) -> Workspace:
    """Return the dataset of a copy of a home."""
    shutil.copytree(folder, to)
    return Workspace(UPath(to), "small")


def without_detector(workspace: Workspace) -> None:
    """Turn the detector of damage off in a store whose settings are older than it."""
    path = workspace.home.settings_path
    path.write_text(f"{path.read_text()}\n[damage]\non = false\n")


def deliver(workspace: Workspace, name: str, own: list[Row]) -> str:
    """Put rows into the inbox as a complete drop and return its name."""
    write_drop(Path(str(workspace.home.inbox)) / name, own)
    return name
