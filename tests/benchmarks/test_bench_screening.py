"""The benchmarks of screening: what is stored holds, and a count or a share that does not is told."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import languages, sensitive

RESULTS = Path(languages.__file__).parent / "results"
STORED = {
    module: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    for module, name in ((languages, "languages"), (sensitive, "sensitive"))
}


@pytest.mark.parametrize("module", STORED)
def test_the_stored_results_hold(module: Any) -> None:
    assert module.problems(STORED[module], STORED[module]) == []


@pytest.mark.parametrize(
    ("module", "change", "told"),
    [
        (languages, lambda m: m.update(records_per_second=10), "wanted 5000"),
        (languages, lambda m: m["files"][0].update(other=50), "in another language"),
        (languages, lambda m: m["files"][0].update(right=1), "not those that are stored"),
        (sensitive, lambda m: m.update(planted_found=1), "planted records were found"),
        (sensitive, lambda m: m["files"][0].update(secret=1), "said to hold one"),
        (sensitive, lambda m: m["files"][0].update(email=9), "not those that are stored"),
    ],
)
def test_what_does_not_hold_is_told(module: Any, change: Callable[[dict[str, Any]], None], told: str) -> None:
    measured = copy.deepcopy(STORED[module])
    change(measured)
    assert any(told in sentence for sentence in module.problems(measured, STORED[module]))
