"""A wrong declaration is refused before anything is delivered: a drop that is mended keeps its name."""

from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.running import run_drops
from entropy_assets.curation.ingest import declaration_of, read_drop
from entropy_assets.errors import InvalidInput


def drop(folder: Path, declared: str, name: str = "drop.toml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "a.jsonl").write_text('{"text": "A mill stands at the weir."}\n')
    (folder / name).write_text(declared)
    return folder


@pytest.mark.parametrize(
    ("name", "declared", "said"),
    [
        ("drop.toml", 'licens = "MIT"', "remove that, or write 'licence'"),
        ("drop.toml", 'Source = "a"', "remove that, or write 'source'"),
        ("drop.toml", 'language = "Python"', "language"),
        ("drop.toml", "source = ", "is no TOML"),
        ("drop.toml", "[correction]\n", "must name the source"),
        ("drop.toml", 'metadata = "a"', "must be a list"),
        ("DROP.TOML", 'source = "a"', "looks like a declaration"),
    ],
)
def test_a_wrong_declaration_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, declared: str, said: str
) -> None:
    workspace = Workspace(UPath(tmp_path / "home"), "docs")
    path = drop(tmp_path / "toml3", declared, name)
    with pytest.raises(InvalidInput, match=said):
        run_drops(workspace, [path], with_dagster=False, verbose=False)
    assert not Path(str(workspace.home.inbox)).exists()
    assert workspace.ledger.state().drops == ()


def test_the_other_spelling_of_a_licence_is_read(tmp_path: Path) -> None:
    folder = drop(tmp_path / "d", 'license = "MIT"')
    assert declaration_of(folder, "d").licence == "MIT"
    assert read_drop(folder, "d").records["metadata"].to_list() == ['{"licence": "MIT"}']
    drop(tmp_path / "d", 'license = "MIT"\nlicence = "MIT"')
    with pytest.raises(InvalidInput, match="holds licence and license"):
        declaration_of(folder, "d")
