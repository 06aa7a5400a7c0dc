"""The command of a benchmark whose counts are stored: measure, show, compare with what is stored."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Measured = dict[str, Any]


def run(
    arguments: Sequence[str] | None,
    *,
    name: str,
    about: str | None,
    measure: Callable[[Path], Measured],
    show: Callable[[Measured], None],
    problems: Callable[[Measured, Measured | None], list[str]],
) -> int:
    """Run a benchmark over a folder of texts and return 0 where its floors hold.

    With ``--out`` the results are written there; without, they are compared with those that are stored in
    ``results/<name>.json``.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the texts")
    parser.add_argument("--out", type=Path, help="write the results to this JSON file")
    options = parser.parse_args(arguments)
    measured = measure(options.data)
    show(measured)
    stored = Path(__file__).parent / "results" / f"{name}.json"
    golden = None
    if options.out:
        options.out.write_text(json.dumps(measured, indent=2) + "\n")
    elif stored.exists():
        golden = json.loads(stored.read_text())
    found = problems(measured, golden)
    print("\n".join(found) or "all floors hold")
    return 1 if found else 0
