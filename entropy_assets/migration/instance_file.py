"""Upgrading `dagster/dagster.yaml`, which was copied from `deployment/` when the store was made.

One that nobody has edited is replaced; of an edited one it is told what to change.
"""

from pathlib import Path
from typing import Any

import yaml
from upath import UPath

from entropy_assets.storage import digest_bytes, put, read_or_none

SHIPPED_BEFORE = (
    "43a6ad6e0c7045e71d69f2097714efcd7e7d1f56145b66c52ccbdfafaad9b7ed",
    "e25c6b3a3f402ab7051b7ddf174dc8235e0b9dece46488f459a55e1e656dbd03",
)
"""Digests of the files that earlier releases shipped."""
SHIPPED = Path(__file__).resolve().parents[2] / "deployment" / "dagster.yaml"


def migrate_instance(home: UPath, shipped: Path = SHIPPED) -> list[str]:
    """Upgrade the instance's settings under ENTROPY_HOME; return what a person is told about it.

    Parameters
    ----------
    home
        ENTROPY_HOME.
    shipped
        This release's `dagster.yaml`.
    """
    path: UPath = home / "dagster" / "dagster.yaml"
    present = read_or_none(path)
    if present is None or not shipped.exists() or present == shipped.read_bytes():
        return []
    if digest_bytes(present) in SHIPPED_BEFORE:
        put(path.with_name("dagster.yaml.schema-1"), present)
        put(path, shipped.read_bytes())
        return [f"{path}: replaced by this release's; the old one is beside it, {path.name}.schema-1"]
    differences = _differences(present, shipped.read_bytes())
    return (
        [f"{path} was edited and is left as it is; take over by hand:", *differences] if differences else []
    )


def _differences(present: bytes, shipped: bytes) -> list[str]:
    try:
        own = _flat(yaml.safe_load(present))
    except yaml.YAMLError as error:
        return [f"  it cannot be read as YAML: {str(error).splitlines()[0]}"]
    wanted = _flat(yaml.safe_load(shipped))
    lines = [f"  {key}: {value!r}" for key, value in wanted.items() if key not in own or own[key] != value]
    strange = [key for key in own if key.startswith("concurrency.") and key not in wanted]
    return lines + [f"  {key}: no longer there, take it out" for key in strange]


def _flat(value: Any, prefix: str = "") -> dict[str, Any]:
    """Return dotted key -> value of a nested mapping."""
    if not isinstance(value, dict):
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    return found
