"""The examples of CONTRIBUTING.md work: each is put into a copy of the project, and its test is run there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ("entropy_assets", "tests", "deployment", "definitions.py", "pyproject.toml")
EXAMPLES = {
    title: body
    for title, body in re.findall(r"^## (A .*)\n((?:(?!^## ).*\n)*)", PAGE, re.MULTILINE)
    if "```diff" in body
}


def copied(folder: Path) -> Path:
    """Return a copy of the project, without rewritten tests: what is compiled need not be compiled anew."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("*-pytest-*.pyc", "stores")
            )
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


def put_in(project: Path, example: str) -> list[str]:
    """Write the files of an example and apply its changes; return its test files."""
    files = re.findall(r"```python\n# (\S+\.py)\n(.*?)```", example, re.DOTALL)
    for name, text in files:
        assert not (project / name).exists(), f"{name} is there already"
        (project / name).write_text(text, encoding="utf-8")
    for diff in re.findall(r"```diff\n(.*?)```", example, re.DOTALL):
        applied = subprocess.run(
            ["git", "apply", "--verbose", "-"], cwd=project, input=diff, capture_output=True, text=True
        )
        assert applied.returncode == 0, applied.stderr
    return [name for name, _ in files if name.startswith("tests/")]


def run_tests(project: Path, names: list[str]) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "GIT_CEILING_DIRECTORIES": str(project.parent)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_there_is_an_example_of_each_kind() -> None:
    assert list(EXAMPLES) == [
        "A selector",
        "A scorer",
        "A rule of the gate",
        "A step of the pipeline",
        "A check",
    ]


@pytest.mark.parametrize("title", list(EXAMPLES))
def test_the_example_works(title: str, tmp_path: Path) -> None:
    project = copied(tmp_path)
    names = put_in(project, EXAMPLES[title])
    assert names
    ran = run_tests(project, names)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_example_that_no_longer_works_is_found(tmp_path: Path) -> None:
    project = copied(tmp_path)
    example = EXAMPLES["A selector"].replace("-sizes[picked]", "sizes[picked]")
    ran = run_tests(project, put_in(project, example))
    assert ran.returncode == 1
    assert "test_short_texts_come_first" in ran.stdout
