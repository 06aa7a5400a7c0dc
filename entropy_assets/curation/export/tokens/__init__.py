"""Records -> tokens, and how much of the loss each of them counts: what a trainer sees, worked out once.

A text is tokenised whole, with the token behind it that ends a text. A conversation is rendered as
`--layout messages` would write it, by the chat template of the tokenizer's folder, and only the turns of the
assistant count, each with its weight. What is certain is written, and all else is refused with a reason:
what a template leaves out, a mask that is zero everywhere, an answer whose place cannot be proved.

Modules: `loading` (a tokenizer from its folder), `conversations` (a record -> what a template reads),
`templates` (-> text) and `answers` (which characters of it are trained on), `encoding` (-> tokens and
weights), `mds` and `megatron` (the files), `summary` (what is said of them).
"""

from entropy_assets.curation.export.tokens.encoding import Encoded, Encoder, Encodings
from entropy_assets.curation.export.tokens.loading import LoadedTokenizer, load_tokenizer
from entropy_assets.curation.export.tokens.mds import MdsFiles
from entropy_assets.curation.export.tokens.megatron import MegatronFiles
from entropy_assets.curation.export.tokens.summary import TokenCounts, map_schema
from entropy_assets.curation.export.tokens.templates import MASKS, ChatTemplate, chosen_template

__all__ = [
    "MASKS",
    "TOKEN_LAYOUTS",
    "ChatTemplate",
    "Encoded",
    "Encoder",
    "Encodings",
    "LoadedTokenizer",
    "TokenCounts",
    "chosen_template",
    "load_tokenizer",
    "map_schema",
]

TOKEN_LAYOUTS: dict[str, type[MdsFiles] | type[MegatronFiles]] = {"mds": MdsFiles, "megatron": MegatronFiles}
"""Name -> what writes its files."""
