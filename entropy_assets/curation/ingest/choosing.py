"""Which files of a drop hold data: sidecars, texts beside data and splits that are not trained on do not.

What belongs here: what is passed over, and what people are told of it. What does not: what lies in a folder
(`files`), and what a path says (`origins`).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from entropy_assets.curation.ingest.declaration import Declaration
from entropy_assets.curation.ingest.origins import Origin, bare_name, origin_of
from entropy_assets.curation.ingest.rows import Told
from entropy_assets.curation.ingest.split_names import TRAIN, may_be_split
from entropy_assets.curation.ingest.streams import name_parts
from entropy_assets.settings import IngestSettings

_SIDECAR = re.compile(
    r"""
        (?:readme|licen[cs]e|copying|notice|citation|changelog|changes|authors|contributors|contributing
          |code_of_conduct|security|datasheet|data_?card|dataset_?card|model_?card|attribution)
        (?:[-_.][\w.-]*)?
      | [\w.-]*(?:md5|sha1|sha224|sha256|sha384|sha512|b2|checksum)(?:sum)?s?(?:\.txt)?
      | (?:file_?)?(?:urls?|links|filelist|files|manifest|index|downloads?)\.(?:txt|lst)
      | (?:robots|requirements|version)\.txt
      | (?:dataset_infos?|dataset_dict|state|croissant|datapackage)\.json
      | _(?:metadata|common_metadata)
      | _(?:committed|started)_\w+
      | [\w.-]+\.(?:md|rst|cff|md5|sha1|sha256|sha512|crc|asc|sig|py|yaml|yml|toml|bib)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAY_BE_SPLIT = (
    "read: its name may be that of a split that is not trained on; if it is held out, put it into a folder "
    "'test' or name it 'test'"
)
_DATA = (".jsonl", ".ndjson", ".json", ".csv", ".parquet")


class Chosen(NamedTuple):
    """The files of a drop that are read, in their order, and what is told of files, by file."""

    files: list[tuple[Origin, Path]]
    told: list[tuple[str, Told]]


def choose(
    files: Sequence[tuple[str, Path]], declared: Declaration, source: str | None, settings: IngestSettings
) -> Chosen:
    """Return the files that hold data to train on, with what their place and the declaration say.

    Parameters
    ----------
    files
        Path in the drop and path of each file.
    declared
        What the drop declares; it counts before what a path says.
    source
        Source of rows that name none, before all else; None where nobody gave one.
    settings
        Which splits are read, and whether a text beside data is one record more.
    """
    siblings = frozenset(bare_name(part) for part in {part for file, _ in files for part in file.split("/")})
    with_data = {
        file.rpartition("/")[0]
        for file, _ in files
        if name_parts(file)[1] in _DATA and not _SIDECAR.fullmatch(file.rpartition("/")[2])
    }
    chosen: list[tuple[Origin, Path]] = []
    told: list[tuple[str, Told]] = []
    for file, path in files:
        folder, _, name = file.rpartition("/")
        origin = declared.of(origin_of(file, siblings), source)
        why = ""
        if _SIDECAR.fullmatch(name):
            why = "is no data but goes with them"
        elif name_parts(name)[1] == ".txt" and folder in with_data and settings.text_beside_data == "skip":
            why = 'is a text beside data (text_beside_data = "read" in [ingest] reads it)'
        elif origin.split not in (None, TRAIN) and settings.splits == TRAIN:
            why = (
                f'is of the split {origin.split!r}, which is not trained on (splits = "all" in [ingest], or '
                'split = "train" in drop.toml, reads it)'
            )
        if why:
            told.append((file, Told(f"not read: it {why}")))
        else:
            chosen.append((origin, path))
            if origin.split is None and settings.splits == TRAIN and may_be_split(bare_name(name)):
                told.append((file, Told(_MAY_BE_SPLIT)))
    return Chosen(chosen, told)
