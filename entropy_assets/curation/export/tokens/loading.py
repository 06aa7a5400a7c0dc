"""A tokenizer from its folder, and what it is known by.

What belongs here: loading, digests, tokens with a meaning of their own. What does not: chat templates.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import quiet_and_offline, require_packages
from entropy_assets.linking import digest_file
from entropy_assets.storage import digest_value

_FILES = (
    *("tokenizer*", "vocab*", "merges.txt", "*.model", "*.tiktoken"),
    *("added_tokens.json", "special_tokens_map.json"),
)
_OF_LOADING = (OSError, ValueError, LookupError, ImportError, TypeError, AttributeError)


@dataclass(frozen=True)
class LoadedTokenizer:
    """A tokenizer of a folder.

    Parameters
    ----------
    tokenizer
        A fast tokenizer of transformers.
    folder
        Where it lies.
    files
        Name of each of its files -> SHA-256.
    """

    tokenizer: Any
    folder: Path
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 of its files, names included."""
        return digest_value(self.files)

    @property
    def size(self) -> int:
        """Number of its tokens, added ones included; ids are below."""
        return max(len(self.tokenizer), 1 + max(self.tokenizer.get_vocab().values(), default=0))

    @property
    def end(self) -> int | None:
        """The token that ends a text, if there is one."""
        found = self.tokenizer.eos_token_id
        return None if found is None else int(found)

    @cached_property
    def controls(self) -> frozenset[int]:
        """Tokens that no text spells: those that begin and end turns, texts, images."""
        added = self.tokenizer.added_tokens_decoder.items()
        return frozenset(self.tokenizer.all_special_ids) | {number for number, one in added if one.special}

    @cached_property
    def control_words(self) -> re.Pattern[str]:
        """What `controls` look like, the longest first."""
        words = {str(self.tokenizer.convert_ids_to_tokens(number)) for number in self.controls}
        longest = sorted(words, key=lambda word: (-len(word), word))
        return re.compile("|".join(map(re.escape, longest)) or "(?!)")


def load_tokenizer(folder: Path) -> LoadedTokenizer:
    """Return the tokenizer of a folder; nothing is fetched, and no code of the folder runs.

    Parameters
    ----------
    folder
        What `save_pretrained` writes: `tokenizer.json` and `tokenizer_config.json`, or what gives these.

    Raises
    ------
    InvalidInput
        There is none, or it cannot say which characters a token stands for.
    InvalidParameter
        The extra `llm` is not installed.
    """
    require_packages("--tokenizer", ("transformers",))
    names = {path.name: path for pattern in _FILES for path in folder.glob(pattern) if path.is_file()}
    if not names:
        raise InvalidInput(
            f"--tokenizer {folder} must be a folder with the files of a tokenizer, as tokenizer.json, and "
            "has none: name what `save_pretrained` of transformers wrote"
        )
    with quiet_and_offline():
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # of tokenizers, whose errors have no class
            if not (type(error) is Exception or isinstance(error, _OF_LOADING)):
                raise
            reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise InvalidInput(
                f"--tokenizer {folder} cannot be loaded by transformers: {reason}; name a folder with "
                "tokenizer.json and tokenizer_config.json"
            ) from error
    if not getattr(tokenizer, "is_fast", False):
        raise InvalidInput(
            f"--tokenizer {folder} does not say which characters a token stands for, without which no mask "
            "can be proved: name one with a tokenizer.json"
        )
    return LoadedTokenizer(
        tokenizer, folder, {name: str(digest_file(UPath(names[name]))) for name in sorted(names)}
    )
