"""Files that the settings of a dataset name: whether they are there.

What belongs here: names. What does not: what is in the files, which the step that reads them says.
"""

from upath import UPath

from entropy_assets.curation.ask_llm import WORDINGS
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import Settings


def named_files(settings: Settings) -> dict[str, str]:
    """Return setting -> file or folder that it names, of all that name one.

    The lists and evaluation sets are not among them: they are read as a whole before a run.
    """
    scoring, asks = settings.scoring, settings.scoring.table("ask_llm")
    found = {
        "mixture.runs": settings.mixture.runs,
        "selection.scores.scores": getattr(settings.selection.table("scores"), "scores", ""),
        "scoring.embedder": scoring.embedder,
        "scoring.target.target": getattr(scoring.table("target"), "target", ""),
        "scoring.perplexity.model": getattr(scoring.table("perplexity"), "model", ""),
        "probe.model": settings.probe.model,
        "scoring.ifd.model": getattr(scoring.table("ifd"), "model", ""),
        "scoring.ask_llm.model": "" if getattr(asks, "url", "") else getattr(asks, "model", ""),
        "scoring.ask_llm.prompt": getattr(asks, "prompt", ""),
    }
    if found["scoring.ask_llm.prompt"] in WORDINGS:
        del found["scoring.ask_llm.prompt"]
    return {name: file for name, file in found.items() if file}


def require_named(root: UPath, settings: Settings) -> None:
    """Refuse settings that name files which are not there, all of them in one sentence.

    Raises
    ------
    InvalidInput
        Some do.
    """
    missing = [
        f"{name} {file!r}" for name, file in named_files(settings).items() if not (root / file).exists()
    ]
    if missing:
        raise InvalidInput(
            f"{', '.join(missing)}: nothing is there, looked for beside entropy.toml in {root}; put the file "
            "there, or leave the setting out"
        )
