"""The settings of a dataset: one frozen dataclass a stage, read from `entropy.toml`.

Order: default < file < command-line flag; the policy has no flag. Unknown keys are refused with the
nearest known key named, so that no setting silently does nothing.

What belongs here: names, defaults, ranges and the reading of the file. What does not: what a stage
does with a setting.
"""

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from upath import UPath

from entropy_assets.errors import InvalidParameter
from entropy_assets.storage import digest_value

T = TypeVar("T")


def require(condition: bool, name: str, allowed: str, got: object) -> None:
    """Raise `InvalidParameter` in the one form of message unless `condition` holds."""
    if not condition:
        raise InvalidParameter(f"setting `{name}` must be {allowed}, got {got!r}: change it in entropy.toml")


@dataclass(frozen=True)
class IngestSettings:
    """Reading a drop, and what is refused.

    Parameters
    ----------
    shard_rows
        Rows in one shard, at least 1.
    text_unit
        What is one record of a plain text file: the `file`, or a `paragraph`, which blank lines end.
    max_row_bytes
        Bytes of one row as it is found, at least 1,024; a larger one is never held in memory.
    max_depth
        Levels of objects and lists in a row, 2 to 200.
    max_unpack_ratio
        Bytes that a compressed or Parquet file may unpack to for each byte it has, above 1; the first
        64 MiB are free.
    max_unpacked_bytes
        Bytes that one compressed or Parquet file may unpack to, at least 1.
    max_files
        Files and folders of a drop, at least 1.
    max_quarantine_share
        Fraction of a drop's rows that may be in quarantine, 0 to 1, before the check `quarantine_share`
        stops the run.
    """

    shard_rows: int = 50_000
    text_unit: Literal["file", "paragraph"] = "file"
    max_row_bytes: int = 16 << 20
    max_depth: int = 100
    max_unpack_ratio: float = 200.0
    max_unpacked_bytes: int = 64 << 30
    max_files: int = 100_000
    max_quarantine_share: float = 0.01

    def __post_init__(self) -> None:
        for name, least in (
            ("shard_rows", 1),
            ("max_row_bytes", 1024),
            ("max_unpacked_bytes", 1),
            ("max_files", 1),
        ):
            require(getattr(self, name) >= least, f"ingest.{name}", f"at least {least}", getattr(self, name))
        require(2 <= self.max_depth <= 200, "ingest.max_depth", "2 to 200 levels", self.max_depth)
        ratio, share = self.max_unpack_ratio, self.max_quarantine_share
        require(1 < ratio < math.inf, "ingest.max_unpack_ratio", "a number above 1", ratio)
        require(0 <= share <= 1, "ingest.max_quarantine_share", "a fraction from 0 to 1", share)


@dataclass(frozen=True)
class DedupSettings:
    """Which records count as copies.

    Parameters
    ----------
    near
        Whether near-copies are looked for; exact and normalised copies always are.
    shingle
        Tokens in one shingle, 1 to 32; a text with fewer tokens is matched exactly only.
    threshold
        Jaccard similarity of the shingle sets from which two texts are near-copies, above 0, at most 1.
    hashes
        MinHash values of a text, 1 to 1024.
    bands
        Groups of hashes of which two texts must share one to be compared, 1 to 99; divides `hashes`.
    memory_bytes
        Memory that a run takes at most, beside the orchestrator's own, at least 512 MiB. Records lie on
        disk meanwhile; for more of them than there is room for, at 1,200 bytes each, the run is refused.
    planted
        Near-copies that the stage plants for itself to see how many it finds, 0 or more.
    """

    near: bool = True
    shingle: int = 3
    threshold: float = 0.7
    hashes: int = 100
    bands: int = 20
    memory_bytes: int = 2 * 2**30
    planted: int = 200

    def __post_init__(self) -> None:
        require(1 <= self.shingle <= 32, "dedup.shingle", "1 to 32 tokens", self.shingle)
        threshold = self.threshold
        require(0 < threshold <= 1, "dedup.threshold", "a fraction above 0, at most 1", threshold)
        require(1 <= self.hashes <= 1024, "dedup.hashes", "1 to 1024", self.hashes)
        require(1 <= self.bands <= 99, "dedup.bands", "1 to 99", self.bands)
        sizes = (self.hashes, self.bands)
        require(self.hashes % self.bands == 0, "dedup.bands", "a divisor of dedup.hashes", sizes)
        require(self.planted >= 0, "dedup.planted", "0 or more", self.planted)
        require(self.memory_bytes >= 2**29, "dedup.memory_bytes", "at least 512 MiB", self.memory_bytes)


@dataclass(frozen=True)
class ScreeningSettings:
    """What is looked for in the records that dedup let through, and what becomes of them.

    Parameters
    ----------
    secrets
        Keys and tokens: `report` counts the records, `remove` takes them out.
    emails
        The same of e-mail addresses.
    phones
        The same of telephone numbers.
    cards
        The same of payment card numbers.
    phone_region
        Country (`US`, `DE`) whose numbers are found without their country's code too; empty for none.
    detect_languages
        Whether a record that names no language gets the one that is detected.
    min_language_score
        Confidence that a detected language needs, 0 to 1; below it the language is `und`.
    licences
        Source -> SPDX identifier of its licence.
    evaluation_sets
        Name -> file beside entropy.toml: records that share a run of tokens with it are taken out.
    contamination_tokens
        Length of that run, at least 5 tokens.
    exams
        Names of evaluation sets on which the probe's loss is reported, never judged.
    """

    secrets: Literal["report", "remove"] = "report"
    emails: Literal["report", "remove"] = "report"
    phones: Literal["report", "remove"] = "report"
    cards: Literal["report", "remove"] = "report"
    phone_region: str = ""
    detect_languages: bool = True
    min_language_score: float = 0.6
    licences: dict[str, str] = field(default_factory=dict)
    evaluation_sets: dict[str, str] = field(default_factory=dict)
    contamination_tokens: int = 13
    exams: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        region = self.phone_region
        is_region = region == "" or (len(region) == 2 and region.isascii() and region.isupper())
        require(is_region, "screening.phone_region", "two capital letters, or empty", region)
        score, n_tokens = self.min_language_score, self.contamination_tokens
        require(0 <= score <= 1, "screening.min_language_score", "from 0 to 1", score)
        require(n_tokens >= 5, "screening.contamination_tokens", "at least 5 tokens", n_tokens)
        known = sorted(self.evaluation_sets)
        named = f"names of screening.evaluation_sets ({', '.join(known) or 'none is set'})"
        require(set(self.exams) <= set(known), "screening.exams", named, list(self.exams))


@dataclass(frozen=True)
class PoolSettings:
    """The pool that a candidate chooses from.

    Parameters
    ----------
    validation_share
        Fraction of the records that is set aside for the validation split, 0 to 0.5.
    overlap_words
        A training record that shares a run of so many words with a validation record is left out.
    """

    validation_share: float = 0.05
    overlap_words: int = 13

    def __post_init__(self) -> None:
        share = self.validation_share
        require(0 <= share <= 0.5, "pool.validation_share", "a fraction from 0 to 0.5", share)
        require(self.overlap_words >= 2, "pool.overlap_words", "at least 2 words", self.overlap_words)


@dataclass(frozen=True)
class SelectionSettings:
    """Which records of the pool a version holds.

    Parameters
    ----------
    selector
        `zip`, `zip_paper`, `random`, `length` or `all`.
    codec
        What `zip` measures with: `zstd` sees the whole selection, `zlib` the last 32 KiB of it.
    noise_guard
        Whether `zip` refuses records that are no text.
    with_rejected
        Whether a preference is compressed as prompt, chosen and rejected, or without the rejected answer.
    budget_share
        Fraction of the pool's bytes that is picked, above 0, at most 1; used while no other is set.
    budget_bytes
        Bytes that are picked; 0 means not set.
    budget_records
        Records that are picked; 0 means not set.
    budget_tokens
        Tokens that are picked; 0 means not set. Needs `tokenizer`.
    tokenizer
        A `tokenizer.json`, or a name on a model hub; with one, a selection's lengths are told in tokens.
    sequence_length
        Tokens of a training sequence, for which packing is told.
    source_shares
        Source -> the largest fraction of the budget that its records may take, 0 to 1.
    keep_list
        File beside entropy.toml with one row id a line: these records are always picked, first.
    never_list
        The same of records that are never picked.
    n_candidates
        K1 of ZIP: how many records of lowest stored ratio are looked at each round.
    n_shortlist
        K2 of ZIP: how many of them go into the greedy step.
    n_picks
        K3 of ZIP: how many the greedy step picks.
    """

    selector: Literal["zip", "zip_paper", "random", "length", "all"] = "zip"
    codec: Literal["zstd", "zlib"] = "zstd"
    noise_guard: bool = True
    with_rejected: bool = False
    budget_share: float = 0.5
    budget_bytes: int = 0
    budget_records: int = 0
    budget_tokens: int = 0
    tokenizer: str = ""
    sequence_length: int = 2048
    source_shares: dict[str, float] = field(default_factory=dict)
    keep_list: str = ""
    never_list: str = ""
    n_candidates: int = 10_000
    n_shortlist: int = 200
    n_picks: int = 100

    def __post_init__(self) -> None:
        share = self.budget_share
        require(0 < share <= 1, "selection.budget_share", "a fraction above 0, at most 1", share)
        amounts = (self.budget_bytes, self.budget_records, self.budget_tokens)
        names = "selection.budget_bytes, budget_records and budget_tokens"
        require(min(amounts) >= 0, names, "0 or more", amounts)
        require(amounts.count(0) >= 2, names, "set one at a time", amounts)
        has_tokenizer = bool(self.tokenizer) or not self.budget_tokens
        require(has_tokenizer, "selection.tokenizer", "set where budget_tokens is", self.tokenizer)
        require(self.sequence_length >= 1, "selection.sequence_length", "1 or more", self.sequence_length)
        shares = self.source_shares
        in_range = all(0 <= value <= 1 for value in shares.values())
        require(in_range, "selection.source_shares", "fractions from 0 to 1", shares)
        is_paper = self.selector == "zip_paper"
        constraints = [name for name in ("source_shares", "keep_list", "never_list") if getattr(self, name)]
        require(
            not (is_paper and constraints),
            f"selection.{' and '.join(constraints)}",
            "unset with selector 'zip_paper', which gives the official picks",
            "set",
        )
        ks = (self.n_candidates, self.n_shortlist, self.n_picks)
        require(ks[0] >= ks[1] >= ks[2] >= 1, "selection.n_candidates, n_shortlist, n_picks", "falling", ks)


@dataclass(frozen=True)
class ProbeSettings:
    """The small model whose loss is measured.

    Parameters
    ----------
    depth
        The one dial of its size, 1 to 16 layers.
    budget_bytes
        Training bytes of one run, at least 4,096.
    checkpoint_bytes
        Training bytes of the parent's checkpoint that the runs start from.
    heldout_bytes
        At most so many bytes of the validation split are measured.
    n_samples
        Samples of a selection that are trained on, each with a run of its own, at least 2.
    device
        `auto`, `cpu` or `cuda`.
    """

    depth: int = 1
    budget_bytes: int = 65_536
    checkpoint_bytes: int = 524_288
    heldout_bytes: int = 131_072
    n_samples: int = 3
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def __post_init__(self) -> None:
        require(1 <= self.depth <= 16, "probe.depth", "1 to 16 layers", self.depth)
        for name in ("budget_bytes", "checkpoint_bytes", "heldout_bytes"):
            value = getattr(self, name)
            require(value >= 4096, f"probe.{name}", "at least 4096 bytes", value)
        require(self.n_samples >= 2, "probe.n_samples", "at least 2", self.n_samples)


@dataclass(frozen=True)
class PolicySettings:
    """The limits of the gate; there is no flag for them, and no switch to skip it.

    Each limit is the smallest harm that matters. A measurement passes when its value stays within the limit,
    and `confidence` standard errors do too: where a harm of that size could not be told from noise, nothing
    is promoted.

    Parameters
    ----------
    confidence
        Standard errors that each limit must leave room for, 0.5 to 6.
    max_ratio_rise
        Rise of R, as a fraction of the reference's, of the drop within its strata.
    max_selection_ratio_rise
        Rise of R of the selection against the parent's.
    max_unknown_words
        Rise of the share of a record's words that no promoted record holds, over promoted records of the same
        stratum and size: what the records have beyond 2 standard deviations, on average.
    max_unusual_pairs
        The same of how unusual the neighbours of its known words are.
    max_loss_shift
        The same of its loss under the parent's probe.
    max_heldout_rise_bpb
        Rise of the held-out bits per byte, overall and for each known source.
    max_novel_heldout_rise_bpb
        The same for the whole selection of a candidate with novel strata, which take bytes from known ones.
    max_residual_rise_bpb
        Rise of the distance of L above the law, in bits per byte.
    max_drift
        Cumulative rise of R, as a fraction, against the anchor version.
    max_heldout_drift_bpb
        Cumulative rise of the held-out bits per byte against the anchor version.
    max_blobs
        Share of records that are blobs, above the reference's.
    max_copies
        Share of records that are near-copies, above the reference's.
    max_novel_copies
        The same for strata without reference.
    max_repeated_phrases
        Share of records a quarter of whose phrases stand in more of them than promoted ones lead to expect.
    max_mismatched_answers
        Share of answers that do not belong to their questions.
    max_truncated
        Share of records that end as if they were cut, estimated from promoted ones as they are and cut.
    max_novel_truncated
        Share of records without terminal punctuation in strata without reference.
    max_language_shift
        Total variation distance between the languages of the drop and of the reference, 0 to 1.
    max_source_loss
        Share of a source's new records that dedup may remove, above 0, at most 1.
    source_losses
        Source -> the share that it may lose instead, 0 to 1.
    min_planted_recall
        Share of the planted near-copies that dedup must find, 0 to 1.
    max_secret_share
        Share of a drop's records that may hold keys or tokens; 1 is no limit.
    max_personal_share
        The same of e-mail addresses, telephone and card numbers.
    allowed_licences
        SPDX identifiers; where any are listed, every source of a drop needs one of them.
    anchor
        Version that cumulative drift is measured from; empty means the first.
    promotion
        `auto`, or `manual`: the verdict now, a person publishes.
    bootstrap
        `promote`, or `manual`: what happens to a first version that passes the intrinsic rules.
    """

    confidence: float = 2.0
    max_ratio_rise: float = 0.09
    max_selection_ratio_rise: float = 0.10
    max_unknown_words: float = 0.22
    max_unusual_pairs: float = 0.06
    max_loss_shift: float = 0.13
    max_heldout_rise_bpb: float = 0.08
    max_novel_heldout_rise_bpb: float = 0.25
    max_residual_rise_bpb: float = 0.25
    max_drift: float = 0.20
    max_heldout_drift_bpb: float = 0.20
    max_blobs: float = 0.04
    max_copies: float = 0.08
    max_novel_copies: float = 0.50
    max_repeated_phrases: float = 0.05
    max_mismatched_answers: float = 0.15
    max_truncated: float = 0.15
    max_novel_truncated: float = 0.90
    max_language_shift: float = 0.08
    max_source_loss: float = 0.6
    source_losses: dict[str, float] = field(default_factory=dict)
    min_planted_recall: float = 0.9
    max_secret_share: float = 0.01
    max_personal_share: float = 1.0
    allowed_licences: tuple[str, ...] = ()
    anchor: str = ""
    promotion: Literal["auto", "manual"] = "auto"
    bootstrap: Literal["promote", "manual"] = "promote"

    def __post_init__(self) -> None:
        require(0.5 <= self.confidence <= 6, "policy.confidence", "0.5 to 6", self.confidence)
        for item in fields(self):
            if item.name.startswith("max_"):
                value = getattr(self, item.name)
                require(0 < value < float("inf"), f"policy.{item.name}", "a finite number above 0", value)
        loss = self.max_source_loss
        require(loss <= 1, "policy.max_source_loss", "a fraction above 0, at most 1", loss)
        losses = self.source_losses
        in_range = all(0 <= value <= 1 for value in losses.values())
        require(in_range, "policy.source_losses", "fractions from 0 to 1", losses)
        recall = self.min_planted_recall
        require(0 <= recall <= 1, "policy.min_planted_recall", "a fraction from 0 to 1", recall)


@dataclass(frozen=True)
class LawSettings:
    """Calibration of the entropy law on the parent's pool.

    Parameters
    ----------
    n_points
        Disjoint subsets of equal bytes, at least 20.
    sample_bytes
        Bytes on which R is measured, at least 4,096.
    n_samples
        Shuffles over which R is averaged, at least 3.
    record_bytes
        Bytes of a record that enter a measurement of R or L, at least 256: a window of a longer one.
    scored_records
        Records of a drop, and promoted ones of each source and language, whose loss under the parent's
        probe is measured at most, at least 100: those with the lowest ids, which are digests.
    known_records
        Promoted records that a stratum, and validation records that a source needs to be judged alone,
        at least 20.
    """

    n_points: int = 20
    sample_bytes: int = 262_144
    n_samples: int = 8
    record_bytes: int = 4096
    scored_records: int = 1000
    known_records: int = 200

    def __post_init__(self) -> None:
        require(self.n_points >= 20, "law.n_points", "at least 20", self.n_points)
        require(self.sample_bytes >= 4096, "law.sample_bytes", "at least 4096 bytes", self.sample_bytes)
        require(self.n_samples >= 3, "law.n_samples", "at least 3", self.n_samples)
        require(self.record_bytes >= 256, "law.record_bytes", "at least 256 bytes", self.record_bytes)
        require(self.scored_records >= 100, "law.scored_records", "at least 100", self.scored_records)
        require(self.known_records >= 20, "law.known_records", "at least 20", self.known_records)


QUESTION_MARK, ANSWER_MARK = "{question}", "{answer}"


def check_prompt(prompt: str) -> None:
    """Check the wording with which a language model reads a question and its answer.

    Raises
    ------
    InvalidParameter
        It has not `{question}` and after it `{answer}`, each once.
    """
    once = all(prompt.count(mark) == 1 for mark in (QUESTION_MARK, ANSWER_MARK))
    marks = f"a text with {QUESTION_MARK} and after it {ANSWER_MARK}, each once"
    in_order = prompt.find(QUESTION_MARK) < prompt.find(ANSWER_MARK)
    require(once and in_order, "answers.prompt", marks, prompt)


@dataclass(frozen=True)
class AnswerSettings:
    """A pretrained language model that reads questions with their answers, for the rule `mismatched_answers`.

    Parameters
    ----------
    model
        Folder or GGUF file of a causal language model, absolute or beside entropy.toml; empty switches the
        rule off. Needs the extra `llm`. Nothing is downloaded.
    n_records
        Questions and answers that are read of the drop, and of the promoted records, 40 to 100,000. With
        fewer than 100 a clean drop of mixed sources can be inconclusive.
    prompt
        What the model reads, with `{question}` and after it `{answer}`; it ends with a question that yes or
        no answers.
    max_bytes
        Bytes that are read of a longer question or answer, at least 64.
    batch
        Pairs that are read at once, at least 1. With 1 no score depends on another record; more is faster
        on CUDA.
    device
        `auto`, `cpu` or `cuda`.
    """

    model: str = ""
    n_records: int = 200
    prompt: str = (
        f"Instruction:\n{QUESTION_MARK}\n\nResponse:\n{ANSWER_MARK}\n\nIs the response correct, relevant, "
        "complete and well-written for the instruction? Answer yes or no."
    )
    max_bytes: int = 600
    batch: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def __post_init__(self) -> None:
        n_records = self.n_records
        require(40 <= n_records <= 100_000, "answers.n_records", "40 to 100,000", n_records)
        check_prompt(self.prompt)
        require(self.max_bytes >= 64, "answers.max_bytes", "at least 64 bytes", self.max_bytes)
        require(self.batch >= 1, "answers.batch", "at least 1", self.batch)


@dataclass(frozen=True)
class Settings:
    """All settings of a dataset.

    Parameters
    ----------
    seed
        Mixed into every seed, so that a team can repeat a measurement with other draws.
    workers
        Processes for independent work; results do not depend on it. 0 means one a core.
    """

    seed: int = 0
    workers: int = 0
    ingest: IngestSettings = field(default_factory=IngestSettings)
    dedup: DedupSettings = field(default_factory=DedupSettings)
    screening: ScreeningSettings = field(default_factory=ScreeningSettings)
    pool: PoolSettings = field(default_factory=PoolSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    probe: ProbeSettings = field(default_factory=ProbeSettings)
    law: LawSettings = field(default_factory=LawSettings)
    answers: AnswerSettings = field(default_factory=AnswerSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)

    def __post_init__(self) -> None:
        require(self.workers >= 0, "workers", "0 or more processes", self.workers)

    @property
    def digest(self) -> str:
        """SHA-256 of all settings that can change a result: not the policy, the workers, the memory."""
        values = {**asdict(self), "workers": None, "policy": None}
        values["ingest"].pop("max_quarantine_share")
        values["dedup"].pop("memory_bytes")
        return digest_value(values)


def parse(cls: type[T], table: Mapping[str, Any], where: str = "") -> T:
    """Return the dataclass `cls` filled from a TOML table.

    Parameters
    ----------
    cls
        A frozen dataclass whose fields are numbers, strings, choices or dataclasses.
    table
        Values by name; what is not named keeps its default.
    where
        Name of the table, for messages.

    Raises
    ------
    InvalidParameter
        A key is unknown (the nearest known key is named) or a value has the wrong type or range.
    """
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{where}.{key}" if where else key
        if key not in hints:
            near = difflib.get_close_matches(key, hints, n=1, cutoff=0.0)
            raise InvalidParameter(
                f"setting `{name}` is unknown: did you mean `{near[0]}`? known are {', '.join(hints)}"
            )
        values[key] = _typed(hints[key], value, name)
    return cls(**values)


def _typed(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        require(isinstance(value, dict), name, "a table", value)
        return parse(hint, value, name)
    if get_origin(hint) is Literal:
        require(value in get_args(hint), name, f"one of {', '.join(get_args(hint))}", value)
        return value
    if get_origin(hint) is dict:
        require(isinstance(value, dict), name, "a table", value)
        return {key: _typed(get_args(hint)[1], item, f"{name}.{key}") for key, item in value.items()}
    if get_origin(hint) is tuple:
        require(isinstance(value, list), name, "a list", value)
        return tuple(_typed(get_args(hint)[0], item, name) for item in value)
    if hint is float and type(value) is int and abs(value) <= 2**53:  # exact as a float
        return float(value)
    require(type(value) is hint, name, f"of type {hint.__name__}", value)
    return value


def load_settings(path: UPath) -> Settings:
    """Return the settings in the file at `path`, or the defaults where there is no file.

    Raises
    ------
    InvalidParameter
        The file is not TOML, or holds an unknown key or a value out of range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except ValueError as error:  # bytes that are not UTF-8, or not TOML
        raise InvalidParameter(f"{path} is not TOML: {error}; mend the line it names") from error
    try:
        return parse(Settings, table)
    except InvalidParameter as error:
        raise InvalidParameter(f"{path}: {error}") from error
