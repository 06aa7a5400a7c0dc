"""What `versions why`, `diff` and `verify` print, and the table that `diff` writes.

What belongs here: words and tables. What does not: following rows and comparing versions (`candidate`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from upath import UPath

from entropy_assets.candidate.trail import Followed, Trail
from entropy_assets.candidate.version_diff import CHANGES, TOTALS_SCHEMA, VersionDiff
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.plain_tables import make_table, print_table
from entropy_assets.cli.printing import say, say_json
from entropy_assets.curation.publication import verify_version
from entropy_assets.errors import StoreDamaged
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import put


def print_followed(followed: Followed, version: str | None, *, as_json: bool) -> None:
    """Print where rows went, two lines a row and one more for the keeper of a copy."""
    if as_json:
        trails = [trail.to_json() for trail in followed.trails]
        say_json({"version": version, "rows": trails, "more": followed.n_more})
        return
    for trail in followed.trails:
        say(_place_told(trail))
        say(f"  {_told(trail, version)}")
        if trail.keeper is not None:
            say(f"    the kept record: {_told(trail.keeper, version)}")
    if followed.n_more:
        say(f"and {followed.n_more:,} more rows of that name: give a content id, or FILE:LINE")


def _place_told(trail: Trail) -> str:
    place = trail.place
    known = [f"id {place.id}"] if place.id else []
    known += [f"row id {place.row_id}"] if place.row_id is not None else []
    known += [f"source {place.source}"] if place.source is not None else []
    return f"{place.drop} {place.file}:{place.line}" + (f" ({', '.join(known)})" if known else "")


def _told(trail: Trail, version: str | None) -> str:
    if version is None:
        return f"no version yet: {trail.told}"
    return f"{'in' if trail.is_in else 'not in'} {version}: {trail.told}"


def print_diff(found: VersionDiff, out: Path | None, *, as_json: bool) -> None:
    """Print how a version differs from another one, by source."""
    counts = {change: found.count(change) for change in CHANGES}
    if as_json:
        names = {"old": found.old, "new": found.new}
        say_json({**names, "kept": found.n_kept, **counts, "sources": found.totals.to_dicts()})
        return
    versions = {"old_rows": found.old, "new_rows": found.new}
    columns = [versions.get(name, name) for name in TOTALS_SCHEMA]
    table = make_table(*columns, numbers=tuple(columns[1:]))
    for row in found.totals.iter_rows():
        table.add_row(str(row[0]), *(f"{count:,}" for count in row[1:]))
    print_table(table)
    told = ", ".join(f"{count:,} {change}" for change, count in counts.items())
    say(f"{found.old} to {found.new}: {told}, {found.n_kept:,} in both")
    if out is not None:
        say(f"each difference is a row of {out}")
    elif found.rows.height:
        say("name --out FILE.parquet for each row; `entropy-assets versions why ID` tells why one is not in")


def write_diff(found: VersionDiff, out: Path) -> None:
    """Write a row a difference, whole or not at all."""
    put(UPath(out.absolute()), parquet_bytes(found.rows))


def version_faults(workspace: Workspace, versions: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Yield each version, how many files it has, and what is wrong with it, empty where all match."""
    history = workspace.ledger.history()
    for version in versions:
        try:
            n_files = len(verify_version(workspace.home, version)["files"])
            yield version, n_files, workspace.ledger.version_fault(history, version) or ""
        except StoreDamaged as error:
            yield version, 0, str(error)
