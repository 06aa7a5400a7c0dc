"""The selectors by name: what each picks, its parameters, what it needs, and where it is made.

What belongs here: one entry a selector. Settings, options of the command line, tables of the docs and the
comparison are made from them. What does not: picking (`curation.selection`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from entropy_assets.settings.declared import Key
from entropy_assets.settings.scorers import SCORERS, Nothing
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class Selector:
    """One way to pick records.

    Parameters
    ----------
    name
        Its name.
    about
        Which records it picks, and what its gains are, in one line.
    made_by
        ``module:function`` in `curation.selection`, called as ``function(request)``.
    params
        The class of its parameters: `ZipParams` has its keys in the table `selection` itself, any other the
        table `selection.<name>`.
    scorer
        The scorer whose scores it picks by; empty where there is none.
    needs
        What else the request must hold: `scores` from a file, or `embeddings`.
    resumes
        Whether it commits its state from time to time, and goes on from there.
    constrained
        Whether it takes keep, never and quotas.
    seeded
        Whether its picks are a draw: a comparison draws anew for each seed.
    """

    name: str
    about: str
    made_by: str
    params: type[Stage] = Nothing
    scorer: str = ""
    needs: tuple[Literal["scores", "embeddings"], ...] = ()
    resumes: bool = False
    constrained: bool = True
    seeded: bool = False

    @property
    def scored(self) -> bool:
        """Whether the request must hold a score for each record."""
        return bool(self.scorer) or "scores" in self.needs

    @property
    def is_ready(self) -> bool:
        """Whether it needs nothing that a person has to name first: a file of scores, targets, a model."""
        needs = SCORERS[self.scorer].needs if self.scorer else ()
        return "scores" not in self.needs and {*needs} <= {"losses", "embeddings"}


@dataclass(frozen=True)
class ZipKeys(Stage):
    """How `zip` and `zip_paper` choose."""

    TABLE: ClassVar[str] = "selection"

    codec: Annotated[
        Literal["zstd", "zlib"],
        Key("What `zip` measures with: `zstd` sees the whole selection, `zlib` the last 32 KiB of it."),
    ] = "zstd"
    noise_guard: Annotated[bool, Key("Whether `zip` refuses records that are no text.")] = True
    incremental: Annotated[
        bool,
        Key(
            "Whether for a drop of at most a quarter of the pool `zip` goes on from what the parent holds, "
            "or chooses all anew. After 32 drops, or a quarter more records, all is chosen anew, and so is "
            "what a person orders, and everything beside `keep_list` or `source_shares`."
        ),
    ] = True
    n_candidates: Annotated[
        int,
        Key(
            "K1 of ZIP: how many records of lowest stored ratio are looked at each round; at least "
            "`n_shortlist`.",
            least=1,
        ),
    ] = 10_000
    n_shortlist: Annotated[
        int, Key("K2 of ZIP: how many of them go into the greedy step; at least `n_picks`.", least=1)
    ] = 200
    n_picks: Annotated[int, Key("K3 of ZIP: how many the greedy step picks.", least=1)] = 100


@dataclass(frozen=True)
class PerplexityParams(Stage):
    """Which part of the losses is the middle."""

    TABLE: ClassVar[str] = "selection.perplexity"

    middle: Annotated[
        float,
        Key(
            "Quantile of the losses whose records go first, those farthest from it last.",
            "fraction",
            least=0,
            most=1,
        ),
    ] = 0.5


@dataclass(frozen=True)
class MigParams(Stage):
    """How information over labels is measured."""

    TABLE: ClassVar[str] = "selection.mig"

    n_labels: Annotated[int, Key("Labels: centres of the records' vectors.", least=1)] = 128
    power: Annotated[
        float,
        Key(
            "Power of what a label holds; below 1, so that more of it is worth less.",
            "fraction",
            above=0,
            most=1,
        ),
    ] = 0.8


@dataclass(frozen=True)
class ScoresParams(Stage):
    """Whose scores, and which go first."""

    TABLE: ClassVar[str] = "selection.scores"

    scores: Annotated[
        str,
        Key(
            "Parquet file with `id` and `score`, as `entropy-assets score` writes it; in a dataset beside "
            "entropy.toml."
        ),
    ] = ""
    order: Annotated[
        Literal["highest", "lowest", "inverse"],
        Key("Which scores go first; `inverse` draws by 1 / score."),
    ] = "highest"


SELECTORS: dict[str, Selector] = {
    one.name: one
    for one in (
        Selector(
            "zip",
            "the least redundant records, by compression beside what is picked; gains: the score when picked",
            "zip_long:select_zip",
            ZipKeys,
            resumes=True,
        ),
        Selector(
            "zip_paper",
            "the very records that the official ZIP script picks",
            "zip_paper:select_zip_paper",
            ZipKeys,
            resumes=True,
            constrained=False,
        ),
        Selector("random", "a seeded permutation", "baselines:select_random", seeded=True),
        Selector("length", "the longest first; gains: bytes", "baselines:select_length"),
        Selector("all", "every record, whatever the budget", "baselines:select_all"),
        Selector(
            "information",
            "those that say most to a model and beside the pool's words; gains: bits per word",
            "by_scores:select_highest",
            scorer="information",
        ),
        Selector(
            "density",
            "a draw by 1 / density, so that all regions come in; gains: the density",
            "by_scores:select_inverse",
            scorer="density",
            seeded=True,
        ),
        Selector(
            "perplexity",
            "the middle of the losses, both ends out; gains: bits per byte",
            "by_scores:select_middle",
            PerplexityParams,
            scorer="perplexity",
        ),
        Selector(
            "target",
            "those most like a target set; gains: the cosine to the nearest of it",
            "by_scores:select_highest",
            scorer="target",
        ),
        Selector(
            "ask_llm",
            "those that a language model calls good; gains: the chance of yes",
            "by_scores:select_highest",
            scorer="ask_llm",
        ),
        Selector(
            "mig",
            "in each step the record that adds most information over labels; gains: what it adds",
            "information_gain:select_mig",
            MigParams,
            needs=("embeddings",),
        ),
        Selector(
            "scores",
            "by scores from a file; gains: these",
            "by_scores:select_ordered",
            ScoresParams,
            needs=("scores",),
        ),
    )
}
"""Name -> selector, in the order of the tables."""

if TYPE_CHECKING:
    SelectorName = str
else:
    SelectorName = Literal[tuple(SELECTORS)]
