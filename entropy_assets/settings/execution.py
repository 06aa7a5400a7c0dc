"""Settings of where work runs: on processes of this machine, in one process, or on a Ray cluster."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from entropy_assets.execution import ADDRESS, EngineName
from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class ExecutionSettings(Stage):
    """Where work runs; no result depends on it."""

    TABLE: ClassVar[str] = "execution"

    engine: Annotated[
        EngineName,
        Key(
            "Where Python that computes runs: on `processes` of this machine, `inline` in the run's own "
            "process, or on the workers of a `ray` cluster, for which the extra of that name is installed."
        ),
    ] = "processes"
    address: Annotated[
        str,
        Key(
            "Of the Ray cluster: `local` for one of one node that a run starts and ends, or host:port of the "
            "head of one that is there; the run is started on a node of it."
        ),
    ] = "local"

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield (key, what is allowed, what was got) where the address is none."""
        if not ADDRESS.fullmatch(self.address):
            yield "address", "`local` or host:port", self.address
