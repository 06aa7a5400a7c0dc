"""What every manifest is: typed, frozen, sealed, with what it was made against.

What belongs here: the form on disk, and its seal. What does not: what a step hands on.
"""

from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, ValidationError, model_serializer

from entropy_assets.errors import StaleProvenance, StoreDamaged
from entropy_assets.storage import canonical_json, digest_value, parse_json


class Frozen(BaseModel):
    """A value that cannot be changed and knows no other fields.

    Fields that are named in `later` came with a later release: where they hold their default they are not
    stored, so that what is stored without them keeps its digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    later: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = handler(self)
        unset = [name for name in self.later if getattr(self, name) == type(self).model_fields[name].default]
        return {name: own for name, own in value.items() if name not in unset}


class Provenance(Frozen):
    """What a manifest was made against.

    Parameters
    ----------
    candidate
        Key of the candidate.
    state
        Digest of the dataset's state, None for a step that does not look at it.
    settings
        Digest of the settings.
    inputs
        Step -> digest of the manifest that was taken from it.
    """

    candidate: str
    state: str | None
    settings: str
    inputs: dict[str, str] = {}


class Manifest(Frozen):
    """What a step of a candidate hands on."""

    step: ClassVar[str]
    provenance: Provenance

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest_value(self.model_dump(mode="json"))

    def to_bytes(self) -> bytes:
        """Return the sealed form in which it is stored."""
        return canonical_json({"digest": self.digest, "body": self.model_dump(mode="json")})

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Self:
        """Return the manifest that `to_bytes` stored.

        Raises
        ------
        StaleProvenance
            It was edited, or a release with another form wrote it; what is to be done is not said.
        """
        body = sealed_body(data, where)
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise StaleProvenance(
                f"{where} has another form than {cls.step} has today ({error.error_count()} differences)"
            ) from error


def sealed_body(data: bytes, where: str) -> dict[str, Any]:
    """Return the content of a stored manifest after a check of its seal.

    Raises
    ------
    StoreDamaged
        It is no manifest.
    StaleProvenance
        Its content was edited.
    """
    try:
        value = parse_json(data)
        stated, body = value["digest"], value["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{where} is no manifest ({error!r})") from error
    if not isinstance(body, dict) or digest_value(body) != stated:
        raise StaleProvenance(f"{where} was edited after it was written")
    return body
