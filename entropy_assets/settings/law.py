"""Settings of the entropy law's calibration."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class LawSettings(Stage):
    """Calibration of the entropy law on the parent's pool."""

    TABLE: ClassVar[str] = "law"

    n_points: Annotated[int, Key("Disjoint subsets of equal bytes.", least=20)] = 20
    sample_bytes: Annotated[int, Key("Bytes on which R is measured.", "bytes", least=4096)] = 262_144
    n_samples: Annotated[int, Key("Shuffles over which R is averaged.", least=3)] = 8
    record_bytes: Annotated[
        int,
        Key(
            "Bytes of a record that enter a measurement of R or L: a window of a longer one.",
            "bytes",
            least=256,
        ),
    ] = 4096
    scored_records: Annotated[
        int,
        Key(
            "Records of a drop, and promoted ones of each source and language, whose loss under the parent's "
            "probe is measured at most: those with the lowest ids, which are digests.",
            "records",
            least=100,
        ),
    ] = 1000
    known_records: Annotated[
        int,
        Key(
            "Promoted records that a stratum, and validation records that a source needs to be judged alone.",
            "records",
            least=20,
        ),
    ] = 200
    carried: Annotated[
        float,
        Key(
            "Records that the gate may let in before all that drops and candidates are measured with is made "
            "anew (the detector of damage, known words, checkpoint, exam, law), as a share of those that it "
            "was made on. A new source, a release, a correction or a withdrawal makes it anew at once.",
            unit="fraction",
            least=0.0,
            most=1.0,
        ),
    ] = 0.1
