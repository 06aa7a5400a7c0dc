"""Settings of ingest: reading a drop, and what is refused."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class IngestSettings(Stage):
    """Reading a drop, and what is refused."""

    TABLE: ClassVar[str] = "ingest"

    shard_rows: Annotated[int, Key("Rows in one shard.", least=1)] = 50_000
    text_unit: Annotated[
        Literal["file", "paragraph"],
        Key("What is one record of a plain text file: the `file`, or a `paragraph`, which blank lines end."),
    ] = "file"
    text_beside_data: Annotated[
        Literal["skip", "read"],
        Key("What becomes of a plain text file in a folder that holds rows of another form."),
    ] = "skip"
    splits: Annotated[
        Literal["train", "all"],
        Key("Files of which split become records: those that name `train` or none, or `all`."),
    ] = "train"
    max_row_bytes: Annotated[
        int,
        Key("Bytes of one row as it is found; a larger one is never held in memory.", "bytes", least=1024),
    ] = 16 << 20
    max_depth: Annotated[int, Key("Levels of objects and lists in a row.", "levels", least=2, most=200)] = 100
    max_unpack_ratio: Annotated[
        float,
        Key(
            "Bytes that a compressed or Parquet file may unpack to for each byte it has; the first 64 MiB "
            "are free.",
            above=1,
        ),
    ] = 200.0
    max_unpacked_bytes: Annotated[
        int, Key("Bytes that one compressed or Parquet file may unpack to.", "bytes", least=1)
    ] = 64 << 30
    max_files: Annotated[int, Key("Files and folders of a drop.", least=1)] = 100_000
    max_quarantine_share: Annotated[
        float,
        Key(
            "Fraction of a drop's rows that may be in quarantine, before the check `quarantine_share` stops "
            "the run.",
            "fraction",
            least=0,
            most=1,
        ),
    ] = 0.01
