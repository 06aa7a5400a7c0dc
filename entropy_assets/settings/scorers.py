"""The scorers by name: what each says, its parameters, what it needs, and where it is made.

What belongs here: one entry a scorer. Settings, options of the command line, tables of the docs and the
selectors are made from them. What does not: scoring (`curation.scoring`), whose modules are loaded when a
scorer is used: some take seconds.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from entropy_assets.settings.ask_llm import AskSettings
from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage, with_tables

Need = Literal["losses", "answer_losses", "embeddings", "targets", "answers"]
"""What a scorer is handed by its caller: the loss of each record under a model that has not seen it, the loss
of its answer behind its question and alone, vectors of texts, the texts of a target set, or what a language
model answers about each record."""


@dataclass(frozen=True)
class Nothing(Stage):
    """Parameters of what has none."""


@dataclass(frozen=True)
class Scorer:
    """One way to score records.

    Parameters
    ----------
    name
        Its name.
    version
        Rises whenever its scores change: scores of two versions are never mixed.
    about
        What its score says, and which records have the lowest or highest, in one line.
    made_by
        ``module:function`` in `curation.scoring`, called as ``function(request, params)``.
    params
        The class of its parameters: a stage of settings with the table `scoring.<name>`.
    needs
        What the request must hold.
    """

    name: str
    version: int
    about: str
    made_by: str
    params: type[Stage] = Nothing
    needs: tuple[Need, ...] = ()

    @property
    def has_params(self) -> bool:
        """Whether it has parameters."""
        return bool(fields(self.params))


@dataclass(frozen=True)
class DensityParams(Stage):
    """How density is measured: the shape of the sketch, with the paper's size."""

    TABLE: ClassVar[str] = "scoring.density"

    rows: Annotated[int, Key("Hash functions of the sketch.", least=1)] = 1_000
    columns: Annotated[int, Key("Buckets of each; 1,000 x 20,000 take 80 MB.", least=1)] = 20_000
    joined: Annotated[
        int, Key("Functions (p-stable) that make one of them: the more, the narrower the kernel.", least=1)
    ] = 4
    width: Annotated[float, Key("Width of their buckets, as a Euclidean distance of vectors.", above=0)] = 1.0


@dataclass(frozen=True)
class PerplexityParams(Stage):
    """Which model is asked."""

    TABLE: ClassVar[str] = "scoring.perplexity"

    model: Annotated[
        str,
        Key(
            "Folder or GGUF file of a language model that is read as it is, in place of two small models "
            "that are trained. Needs the extra `llm`."
        ),
    ] = ""


@dataclass(frozen=True)
class IfdParams(Stage):
    """Which model is asked."""

    TABLE: ClassVar[str] = "scoring.ifd"

    model: Annotated[
        str, Key("Folder or GGUF file of a language model that reads answers. Needs the extra `llm`.")
    ] = ""


@dataclass(frozen=True)
class TargetParams(Stage):
    """Which set of texts records should be near to."""

    TABLE: ClassVar[str] = "scoring.target"

    target: Annotated[
        str,
        Key(
            "File with the records of the target set, in any form that is read; in a dataset beside "
            "entropy.toml."
        ),
    ] = ""


SCORERS: dict[str, Scorer] = {
    one.name: one
    for one in (
        Scorer(
            "information",
            2,
            "bits per word to a model and beside the pool's words; the lowest say least, noise has none",
            "information:information_scores",
            needs=("losses",),
        ),
        Scorer(
            "density",
            1,
            "how many records lie near; the highest have most like them",
            "density:density_scores",
            DensityParams,
            needs=("embeddings",),
        ),
        Scorer(
            "perplexity",
            1,
            "bits per byte to a model that has not seen the record; both ends are odd",
            "perplexity:perplexity_scores",
            PerplexityParams,
            needs=("losses",),
        ),
        Scorer(
            "ifd",
            1,
            "loss of the last answer behind its question over that alone; above 1 the question misleads",
            "ifd:ifd_scores",
            IfdParams,
            needs=("answer_losses",),
        ),
        Scorer(
            "target",
            1,
            "cosine to the nearest text of a target set; the highest are most like it",
            "target:target_scores",
            TargetParams,
            needs=("embeddings", "targets"),
        ),
        Scorer(
            "ask_llm",
            1,
            "chance that a language model says yes, it is good; the highest are best",
            "ask_llm:ask_llm_scores",
            AskSettings,
            needs=("answers",),
        ),
    )
}
"""Name -> scorer, in the order of the tables."""

if TYPE_CHECKING:
    ScorerName = str
else:
    ScorerName = Literal[tuple(SCORERS)]


@dataclass(frozen=True)
@with_tables({name: scorer.params for name, scorer in SCORERS.items()})
class ScoringSettings(Stage):
    """What scorers are handed, and their parameters."""

    TABLE: ClassVar[str] = "scoring"

    probe_bytes: Annotated[
        int,
        Key("Bytes that each of two small models is trained on, where losses are needed.", "bytes", least=1),
    ] = 262_144
    n_dimensions: Annotated[int, Key("Axes of the vectors of texts, where these are needed.", least=1)] = 128
    embedder: Annotated[
        str,
        Key(
            "Folder of a model of sentence-transformers, whose vectors are taken in place of axes of the "
            "texts themselves. Needs the extra `llm`; nothing is downloaded."
        ),
    ] = ""
