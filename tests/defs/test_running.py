"""The embedded instance: its files are held open while it is, and hold everything after."""

from pathlib import Path

from upath import UPath

from entropy_assets.defs.running import open_instance


def logs(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "dagster").rglob("*.db-wal"))


def test_databases_stay_open_while_the_instance_is_and_keep_what_was_written(tmp_path: Path) -> None:
    for number, key in enumerate(["first", "second"]):
        with open_instance(UPath(tmp_path)) as instance:
            instance.add_dynamic_partitions("candidates", [key])
            assert len(instance.get_dynamic_partitions("candidates")) == number + 1
            assert "index.db-wal" in logs(tmp_path)
        assert logs(tmp_path) == []
    with open_instance(UPath(tmp_path)) as instance:
        assert list(instance.get_dynamic_partitions("candidates")) == ["first", "second"]
