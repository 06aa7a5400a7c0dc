"""What entropies are counted in: bytes, words, or tokens of a byte-level BPE that is trained on the pool.

A record's text becomes a row of numbers. Text is cut into pieces first, and each different piece of a batch
is looked at once, so that a tokenizer reads the vocabulary and not the text.

What belongs here: from texts to numbers. What does not: counting them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import polars as pl
from xxhash import xxh3_64_intdigest

from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.mixture import UnitName
from entropy_assets.texts import decoded
from entropy_assets.words import TOKEN

VOCABULARY = 4096
"""Tokens of a trained BPE: few enough that in some megabytes most pairs are seen more than once."""

TRAINED_BYTES = 1 << 24
"""Bytes of a pool that a BPE is trained on, at most."""

_PIECE = r" ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+"
_KNOWN_PIECES = 1 << 20
_PIECE_BYTES = 256  # a longer run, such as base64, is cut: it would fill the table of known pieces


@dataclass(frozen=True)
class Unit:
    """How texts become numbers.

    Parameters
    ----------
    name
        `bytes`, `words` (lower-cased, as in `entropy_assets.words`), or `bpe`.
    tokenizer
        A tokenizer as JSON, for `bpe`; see `train_bpe`.
    """

    name: UnitName
    tokenizer: str = ""
    _known: dict[str, list[int]] = field(default_factory=dict, compare=False, repr=False)
    _loaded: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.name not in get_args(UnitName):
            raise InvalidParameter(f"unit must be one of {', '.join(get_args(UnitName))}, got {self.name!r}")
        if (self.name == "bpe") != bool(self.tokenizer):
            raise InvalidParameter("a tokenizer belongs to the unit bpe: train one with train_bpe")

    def __reduce__(self) -> tuple[type["Unit"], tuple[str, str]]:
        return Unit, (self.name, self.tokenizer)

    def rows(self, texts: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of all texts one after the other, and how many each has.

        Bytes that are not UTF-8 are read as U+FFFD, except by `bytes`.

        Parameters
        ----------
        texts
            n texts.

        Returns
        -------
        tuple[np.ndarray, np.ndarray]
            (p,) uint64: bytes, numbers of tokens, or hashes of words; and (n,) int64.
        """
        if self.name == "bytes":
            sizes = np.fromiter(map(len, texts), np.int64, len(texts))
            return np.frombuffer(b"".join(texts), np.uint8).astype(np.uint64), sizes
        strings = decoded(texts, "replace")
        if self.name == "words":
            strings = strings.str.to_lowercase()
        found = strings.str.extract_all(TOKEN if self.name == "words" else _PIECE)
        pieces = found.explode(empty_as_null=False, keep_nulls=False)
        places, different = _numbered(pieces)
        if self.name == "words":
            hashes = np.array([xxh3_64_intdigest(word.encode()) for word in different], np.uint64)
            return hashes[places], found.list.len().to_numpy().astype(np.int64)
        tokens = self._tokens(different)
        sizes = np.fromiter(map(len, tokens), np.int64, len(tokens))
        flat = np.fromiter((one for own in tokens for one in own), np.uint64, int(sizes.sum()))
        starts = np.cumsum(sizes) - sizes
        own_sizes = sizes[places]
        ends = np.cumsum(own_sizes)
        steps = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
            starts[places] - ends + own_sizes, own_sizes
        )
        of_records = np.concatenate([[0], np.cumsum(found.list.len().to_numpy().astype(np.int64))])
        return flat[steps], np.diff(np.concatenate([[0], ends])[of_records])

    def _tokens(self, pieces: list[str]) -> list[list[int]]:
        new = [piece for piece in pieces if piece not in self._known]
        if new:
            if not self._loaded:
                self._loaded["tokenizer"] = _library().Tokenizer.from_str(self.tokenizer)
            encodings = self._loaded["tokenizer"].encode_batch_fast(new, add_special_tokens=False)
            if len(self._known) + len(new) > _KNOWN_PIECES:
                kept = {piece: self._known[piece] for piece in pieces if piece in self._known}
                self._known.clear()
                self._known.update(kept)
            self._known.update((piece, one.ids) for piece, one in zip(new, encodings, strict=True))
        return [self._known[piece] for piece in pieces]


def train_bpe(texts: Iterable[bytes], vocabulary: int = VOCABULARY) -> str:
    """Return a byte-level BPE as JSON, trained on texts; the same for the same texts in the same order.

    Parameters
    ----------
    texts
        Read up to `TRAINED_BYTES` of them.
    vocabulary
        Tokens at most, 257 or more: the 256 bytes are among them, so any text can be written.

    Raises
    ------
    InvalidParameter
        The library is not installed, or the vocabulary is too small.
    """
    if vocabulary < 257:
        raise InvalidParameter(f"a vocabulary must be 257 or more tokens, got {vocabulary}")
    library = _library()
    from tokenizers import models, pre_tokenizers, trainers

    made = library.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(library.Regex(_PIECE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(_first(texts), trainer)
    return str(made.to_str())


def unit_for(name: UnitName, texts: Iterable[bytes], vocabulary: int = VOCABULARY) -> Unit:
    """Return the unit of a name; a BPE is trained on texts."""
    return Unit(name, train_bpe(texts, vocabulary) if name == "bpe" else "")


def _first(texts: Iterable[bytes]) -> Iterator[str]:
    left = TRAINED_BYTES
    for text in texts:
        if left <= 0:
            return
        yield text[:left].decode(errors="ignore")
        left -= len(text)


def _numbered(pieces: pl.Series) -> tuple[np.ndarray, list[str]]:
    """Return the place of each piece among the different ones, and those in the order in which they came."""
    frame = pieces.rename("piece").to_frame()
    different = frame.unique(maintain_order=True).with_row_index("place")
    joined = frame.join(different, on="piece", how="left", maintain_order="left")
    return joined["place"].to_numpy(), different["piece"].to_list()


def _library() -> Any:
    try:
        import tokenizers
    except ImportError as error:
        raise InvalidParameter(
            "the unit bpe needs the extra tokens: pip install 'entropy-assets[tokens]', or use words or bytes"
        ) from error
    return tokenizers
