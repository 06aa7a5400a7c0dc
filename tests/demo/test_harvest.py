"""Harvest: nothing runs, what is public and documented becomes rows, the rest is counted."""

from pathlib import Path

import pytest

from entropy_assets.demo.harvest import MAX_FILE_BYTES, Row, default_roots, harvest, survey
from entropy_assets.errors import InvalidInput

LONG = "Return the answer that the caller has been waiting for."

MODULE = f'''"""{LONG} This is the module itself."""
from pathlib import Path
Path(__file__).with_name("was_imported").touch()
raise RuntimeError("this module must not be imported")

def answer(question, *, patience: int = 7, **rest) -> str:
    """{LONG}

    First level.
        Second level.
    """

def silent(question):
    """Too short."""

def no_parameters():
    """{LONG}"""

def _hidden(question):
    """{LONG}"""

if True:
    async def later(question):
        """{LONG}"""

class Oracle:
    """{LONG}"""

    def __init__(self, question):
        """{LONG}"""

    def ask(self):
        """{LONG} The getter."""

    def ask(self, value):
        """{LONG} The setter, defined later."""

    @classmethod
    def build(cls, site):
        """{LONG}"""

def surrogate():
    """{LONG} \\ud800"""

def escape():
    """{LONG} \\d is no escape of this language."""
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "pkg/__init__.py": f'"""{LONG} The package."""',
        "pkg/mod.py": MODULE,
        "pkg/broken.py": f'def f(:\n    """{LONG}"""',
        "pkg/nul.py": f'"""{LONG}"""\0',
        "pkg/_private.py": f'"""{LONG}"""',
        "pkg/tests/test_mod.py": f'"""{LONG}"""',
        "pkg/_vendor/other.py": f'"""{LONG}"""',
        "pkg/latin.py": f'# -*- coding: latin-1 -*-\n"""{LONG} \xe9t\xe9"""'.encode("latin-1"),
        "pkg/table.py": f'"""{LONG}"""\n' + "#" * MAX_FILE_BYTES,
        "not-a-package/mod.py": f'"""{LONG}"""',
        "single.py": f'"""{LONG}"""',
    }
    for name, content in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tmp_path / "root"


def test_names_of_rows_by_hand(root: Path) -> None:
    assert [row["id"] for row in harvest([root])] == [
        "pkg:documentation",
        "pkg.latin:documentation",
        "pkg.mod:documentation",
        "pkg.mod.Oracle:documentation",
        "pkg.mod.Oracle.ask:documentation",
        "pkg.mod.Oracle.build:documentation",
        "pkg.mod.Oracle.build:signature",
        "pkg.mod.answer:documentation",
        "pkg.mod.answer:signature",
        "pkg.mod.escape:documentation",
        "pkg.mod.later:documentation",
        "pkg.mod.later:signature",
        "pkg.mod.no_parameters:documentation",
        "single:documentation",
    ]


def test_texts_and_sources(root: Path) -> None:
    rows = {row["id"]: row for row in harvest([root])}
    assert rows["pkg.mod.answer:documentation"]["output"] == f"{LONG}\n\nFirst level.\n    Second level."
    assert (
        rows["pkg.mod.answer:signature"]["output"]
        == "def answer(question, *, patience: int=7, **rest) -> str"
    )
    assert rows["pkg.mod.later:signature"]["output"] == "async def later(question)"
    assert rows["pkg.mod.Oracle.ask:documentation"]["output"].endswith("The getter.")
    assert rows["pkg.latin:documentation"]["output"].endswith("\xe9t\xe9")
    assert {row["source"] for row in rows.values()} == {"pkg", "single"}
    for row in rows.values():
        assert set(row) == {"id", "instruction", "input", "output", "source"}
        assert f"`{row['id'].partition(':')[0]}`" in row["instruction"]
        assert row["input"] == ""


def test_nothing_is_imported(root: Path) -> None:
    assert any(row["id"].startswith("pkg.mod.") for row in harvest([root]))
    assert not (root / "pkg" / "was_imported").exists()


def test_what_is_left_out_is_counted(root: Path) -> None:
    result = survey([root])
    assert (result.n_files, result.n_unparsable, result.n_too_large, result.n_repeated) == (4, 2, 1, 1)


def test_the_first_root_wins_and_a_root_given_twice_changes_nothing(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "single.py").write_text(f'"""{LONG} The other one."""')
    assert harvest([root, root]) == harvest([root])
    first, second = harvest([root, other]), harvest([other, root])
    assert next(row for row in first if row["source"] == "single")["output"] == LONG
    assert next(row for row in second if row["source"] == "single")["output"].endswith("The other one.")


def test_a_missing_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a folder"):
        harvest([tmp_path / "nowhere"])


def test_any_number_of_workers_gives_the_same_rows() -> None:
    """The standard library has enough files for the pool."""
    stdlib = default_roots()[:1]
    alone = survey(stdlib, n_workers=1)
    assert alone.n_files >= 500
    assert survey(stdlib, n_workers=2) == alone
    complete(alone.rows, 3_000, {"json", "asyncio", "email"})


@pytest.mark.slow
def test_this_environment_gives_at_least_20000_rows() -> None:
    complete(harvest(), 20_000, {"json", "asyncio", "email", "torch", "polars"})


def complete(rows: list[Row], n_rows: int, sources: set[str]) -> None:
    assert len(rows) >= n_rows
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(len(row["output"]) >= 40 for row in rows if row["id"].endswith(":documentation"))
    assert sources <= {row["source"] for row in rows}
