"""Where independent pieces of work run: here, on threads, processes or a cluster, with the same results.

A stage maps a pure function over items, in their order, and knows nothing of where it runs. Items are paths,
settings and places; what many of them need is shared: it is sent to a worker once, and not with each item.

What belongs here: who computes, how much is in flight, and what happens when a worker is lost. What does
not: what is computed, and how items are cut: by rows in file order, never by worker.
"""

from entropy_assets.execution.contract import START_SECONDS, Cost, Executor, Inline, Shared
from entropy_assets.execution.engine import Engine, EngineName, is_on_cluster, processes, using
from entropy_assets.execution.pieces import MAX_LOSSES, PIECE_SECONDS
from entropy_assets.execution.processes import Processes
from entropy_assets.execution.ray_cluster import ADDRESS, RayCluster
from entropy_assets.execution.ray_environment import LOCAL
from entropy_assets.execution.ray_tasks import RayTasks
from entropy_assets.execution.threads import Threads

__all__ = [
    "ADDRESS",
    "LOCAL",
    "MAX_LOSSES",
    "PIECE_SECONDS",
    "START_SECONDS",
    "Cost",
    "Engine",
    "EngineName",
    "Executor",
    "Inline",
    "Processes",
    "RayCluster",
    "RayTasks",
    "Shared",
    "Threads",
    "is_on_cluster",
    "processes",
    "using",
]
