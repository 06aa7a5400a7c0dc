"""Settings of screening: what is looked for in the records that dedup let through."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import FixedTable, Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class ScreeningSettings(Stage):
    """What is looked for in the records that dedup let through, and what becomes of them."""

    TABLE: ClassVar[str] = "screening"

    secrets: Annotated[
        Literal["report", "remove"],
        Key("Keys and tokens: `report` counts the records, `remove` takes them out."),
    ] = "report"
    emails: Annotated[
        Literal["report", "remove"],
        Key("E-mail addresses: `report` counts the records, `remove` takes them out."),
    ] = "report"
    phones: Annotated[
        Literal["report", "remove"],
        Key("Telephone numbers: `report` counts the records, `remove` takes them out."),
    ] = "report"
    cards: Annotated[
        Literal["report", "remove"],
        Key("Payment card numbers: `report` counts the records, `remove` takes them out."),
    ] = "report"
    phone_region: Annotated[
        str,
        Key("Country (`US`, `DE`) whose numbers are found without their country's code too; empty for none."),
    ] = ""
    detect_languages: Annotated[
        bool, Key("Whether a record that names no language gets the one that is detected.")
    ] = True
    min_language_score: Annotated[
        float,
        Key(
            "Confidence that a detected language needs; below it the language is `und`.",
            "fraction",
            least=0,
            most=1,
        ),
    ] = 0.6
    licences: Annotated[dict[str, str], Key("Source -> SPDX identifier of its licence.")] = field(
        default_factory=FixedTable
    )
    evaluation_sets: Annotated[
        dict[str, str],
        Key(
            "Name -> file beside entropy.toml: records that share a run of tokens or a question with it "
            "are taken out."
        ),
    ] = field(default_factory=FixedTable)
    evaluation_fields: Annotated[
        dict[str, str],
        Key(
            "Name of a set of no known shape -> its columns, as `question -> answer` or "
            "`question + choices -> answer`."
        ),
    ] = field(default_factory=FixedTable)
    contamination_tokens: Annotated[int, Key("Length of that run.", "tokens", least=5)] = 13
    exams: Annotated[
        tuple[str, ...],
        Key("Names of evaluation sets on which the probe's loss is reported, never judged."),
    ] = ()

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: exams without a set, and a region that is no country."""
        region = self.phone_region
        if region and not (len(region) == 2 and region.isascii() and region.isalpha() and region.isupper()):
            yield "phone_region", "two capital letters, or empty", region
        known = sorted(self.evaluation_sets)
        if not set(self.exams) <= set(known):
            named = f"names of screening.evaluation_sets ({', '.join(known) or 'none is set'})"
            yield "exams", named, list(self.exams)
