"""A mixture in the forms that trainers read.

Shares are of tokens or bytes. Trainers that draw whole records take a long one as one draw, so they get the
chance of a record, share over mean length, made to add up to 1. Trainers whose samples are sequences of one
length get the shares. Domains stand under their names: in a trainer's list of data sets, as prefixes of its
files, or as folders, they are called so.

What belongs here: the forms. What does not: the files of a domain.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Literal, get_args

import yaml

from entropy_assets.curation.mixture.proportions import Mixture
from entropy_assets.errors import InvalidParameter

WeightsForm = Literal["datasets", "llamafactory", "axolotl", "megatron", "streams"]

_DIGITS = 9
_SPLITS = {"llamafactory": re.compile(r",|^\s|\s$"), "megatron": re.compile(r"[\s\"'\\#$&;|<>()*?`]|^-|^$")}
"""Form -> what a name must not hold: its reader splits at commas and takes blanks off, or is a shell."""


def weights_as(form: WeightsForm, mixture: Mixture, n_records: Mapping[str, int]) -> str:
    """Return the sampling weights of a mixture as the text of a file.

    * `datasets`: JSON with the arguments of `datasets.interleave_datasets`; draws records.
    * `llamafactory`: YAML keys `dataset`, `mix_strategy`, `interleave_probs`; draws records.
    * `axolotl`: YAML list `datasets`, a domain once an epoch and then a `weight` of it, the part that is
      taken.
    * `megatron`: weight and prefix in turn, for `--data-path` or the file of `--data-args-path`; draws
      sequences.
    * `streams`: YAML list `streams` of MosaicML Streaming with `proportion`; draws samples, for packed ones.

    Parameters
    ----------
    form
        One of these.
    mixture
        The mixture.
    n_records
        Domain -> records that it holds.

    Raises
    ------
    InvalidParameter
        The form is unknown, or cannot hold the name of a domain.
    """
    if form not in get_args(WeightsForm):
        raise InvalidParameter(
            f"weights are written as one of {', '.join(get_args(WeightsForm))}, got {form!r}"
        )
    splits = _SPLITS.get(form)
    unfit = [name for name in mixture.domains if splits is not None and splits.search(name)]
    if unfit:
        raise InvalidParameter(
            f"the form {form} parts names at commas, quotes or white space and has no escape for them, got "
            f"the source {unfit[0]!r}: give it another name by `source`, or write another form"
        )
    return _FORMS[form](mixture, n_records)


def record_chances(mixture: Mixture, n_records: Mapping[str, int]) -> dict[str, float]:
    """Return domain -> chance of one of its records in a draw, so that shares of the text are met."""
    held = dict(zip(mixture.domains, mixture.available.tolist(), strict=True))
    chances = {name: share * n_records[name] / held[name] for name, share in mixture.weights.items()}
    return rounded({name: chance / sum(chances.values()) for name, chance in chances.items()})


def rounded(shares: Mapping[str, float]) -> dict[str, float]:
    """Return shares in nine digits that add up to 1 all the same: what is left goes to the largest parts.

    >>> sum(rounded({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}).values())
    1.0
    """
    unit = 10**_DIGITS
    whole = {name: math.floor(share * unit) for name, share in shares.items()}
    parts = sorted(shares, key=lambda name: (whole[name] - shares[name] * unit, name))
    for name in parts[: unit - sum(whole.values())]:
        whole[name] += 1
    return {name: count / unit for name, count in whole.items()}


def _datasets(mixture: Mixture, n_records: Mapping[str, int]) -> str:
    chances = record_chances(mixture, n_records)
    found = {
        "datasets": list(chances),
        "probabilities": list(chances.values()),
        "stopping_strategy": "all_exhausted",
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _llamafactory(mixture: Mixture, n_records: Mapping[str, int]) -> str:
    chances = record_chances(mixture, n_records)
    return _yaml(
        {
            "dataset": ",".join(chances),
            "mix_strategy": "interleave_over",
            "interleave_probs": ",".join(_decimal(chance) for chance in chances.values()),
        }
    )


def _axolotl(mixture: Mixture, _: Mapping[str, int]) -> str:
    entries: list[dict[str, object]] = []
    for name, epochs in zip(mixture.domains, mixture.epochs.tolist(), strict=True):
        entries += [{"path": name}] * math.floor(epochs + 1e-9)
        rest = round(epochs - math.floor(epochs + 1e-9), 6)
        entries += [{"path": name, "weight": rest}] if rest > 0 else []
    return _yaml({"datasets": [dict(entry) for entry in entries]})


def _megatron(mixture: Mixture, _: Mapping[str, int]) -> str:
    return " ".join(f"{_decimal(share)} {name}" for name, share in rounded(mixture.weights).items()) + "\n"


def _streams(mixture: Mixture, _: Mapping[str, int]) -> str:
    shares = rounded(mixture.weights)
    return _yaml(
        {"streams": [{"local": name, "proportion": share} for name, share in shares.items() if share]}
    )


def _decimal(share: float) -> str:
    return f"{share:.{_DIGITS}f}"


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000_000)


_FORMS: dict[str, Callable[[Mixture, Mapping[str, int]], str]] = {
    "datasets": _datasets,
    "llamafactory": _llamafactory,
    "axolotl": _axolotl,
    "megatron": _megatron,
    "streams": _streams,
}
