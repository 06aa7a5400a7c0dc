"""Sampling weights in trainers' forms: what a trainer draws by them comes to the shares of the text."""

import json

import numpy as np
import pytest
import yaml

from entropy_assets.curation.mixture import Known, Limits, WeightsForm, mixture_by, nearest, weights_as
from entropy_assets.curation.mixture.weights import record_chances, rounded
from entropy_assets.errors import InvalidInput, InvalidParameter

HELD = {"books": 900_000.0, "chat": 100_000.0}
N_RECORDS = {"books": 100, "chat": 1000}
MIXTURE = nearest({"books": 0.6, "chat": 0.4}, Limits(HELD))


def test_a_trainer_that_draws_records_meets_the_shares_of_the_text() -> None:
    """A book is 9,000 bytes and a chat 100: by shares as chances nearly all of the text would be books."""
    chances = record_chances(MIXTURE, N_RECORDS)
    rng = np.random.default_rng(0)
    picked = rng.choice(list(chances), 400_000, p=list(chances.values()))
    sizes = {"books": 9000, "chat": 100}
    text = {name: float((picked == name).sum()) * sizes[name] for name in sizes}
    assert text["books"] / sum(text.values()) == pytest.approx(0.6, abs=0.01)
    assert chances["books"] < 0.02


def test_datasets() -> None:
    """`interleave_datasets` of the real library takes these arguments where it is installed."""
    made = json.loads(weights_as("datasets", MIXTURE, N_RECORDS))
    assert made["datasets"] == ["books", "chat"]
    assert sum(made["probabilities"]) == 1
    library = pytest.importorskip("datasets", reason="the extra library datasets is not installed")
    parts = {name: library.Dataset.from_dict({"from": [name] * n}) for name, n in N_RECORDS.items()}
    both = library.interleave_datasets(
        [parts[name] for name in made.pop("datasets")], made.pop("probabilities"), seed=0, **made
    )
    assert both["from"].count("chat") > 50 * both["from"].count("books")


def test_llamafactory() -> None:
    made = yaml.safe_load(weights_as("llamafactory", MIXTURE, N_RECORDS))
    assert made["dataset"] == "books,chat"
    assert made["mix_strategy"] == "interleave_over"
    chances = [float(one) for one in made["interleave_probs"].split(",")]
    assert chances == pytest.approx(list(record_chances(MIXTURE, N_RECORDS).values()))
    assert sum(chances) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("llamafactory", "news, old"),
        ("llamafactory", " news"),
        ("megatron", "old news"),
        ("megatron", "the 'news"),
        ("megatron", "news\n2"),
        ("megatron", "-news"),
    ],
)
def test_a_name_that_a_form_cannot_hold_is_refused(form: WeightsForm, name: str) -> None:
    """It would shift every share behind it to another domain."""
    mixture = nearest({name: 0.6, "chat": 0.4}, Limits({name: 10.0, "chat": 10.0}))
    with pytest.raises(InvalidParameter, match=f"the form {form} parts names .* got the source"):
        weights_as(form, mixture, {name: 1, "chat": 1})
    assert weights_as("datasets", mixture, {name: 1, "chat": 1})


def test_axolotl_takes_a_domain_once_an_epoch_and_a_part_of_it() -> None:
    entries = yaml.safe_load(weights_as("axolotl", MIXTURE, N_RECORDS))["datasets"]
    taken = dict.fromkeys(HELD, 0.0)
    for entry in entries:
        weight = entry.get("weight", 1.0)
        assert 0 < weight <= 1
        taken[entry["path"]] += weight
    assert list(taken.values()) == pytest.approx(MIXTURE.epochs.tolist(), abs=1e-6)
    assert len(entries) == 5, "0.67 of the books; the chats four times"


def test_megatron() -> None:
    parts = weights_as("megatron", MIXTURE, N_RECORDS).split()
    assert parts[1::2] == ["books", "chat"]
    assert [float(one) for one in parts[::2]] == pytest.approx([0.6, 0.4])


def test_streams() -> None:
    made = yaml.safe_load(weights_as("streams", MIXTURE, N_RECORDS))["streams"]
    assert {one["local"]: one["proportion"] for one in made} == pytest.approx({"books": 0.6, "chat": 0.4})


def test_rounded_shares_add_up() -> None:
    for seed in range(50):
        shares = dict(enumerate(np.random.default_rng(seed).dirichlet(np.ones(9)).tolist()))
        made = rounded({str(name): share for name, share in shares.items()})
        assert sum(round(value * 10**9) for value in made.values()) == 10**9
        assert max(abs(made[str(name)] - share) for name, share in shares.items()) < 2e-9


def test_an_unknown_form_or_method_is_refused() -> None:
    with pytest.raises(InvalidParameter, match=r"written as one of datasets, llamafactory, .* got 'yaml'"):
        weights_as("yaml", MIXTURE, N_RECORDS)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match=r"method must be one of natural, .* got 'best'"):
        mixture_by("best", Limits(HELD), Known())
    with pytest.raises(InvalidInput, match="nothing is counted of domain 'books'"):
        mixture_by("entropy:shannon", Limits(HELD), Known())


@pytest.mark.parametrize(
    ("method", "books"),
    [("natural", 0.9), ("uniform", 0.5), ("given", 0.25)],
    ids=["natural", "uniform", "given"],
)
def test_a_method_is_its_mixture(method: str, books: float) -> None:
    made = mixture_by(method, Limits(HELD), Known(given={"books": 1, "chat": 3}))
    assert made.weights["books"] == pytest.approx(books)
