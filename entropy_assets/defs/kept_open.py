"""Dagster's SQLite storage with its connections kept open, for a process that writes many events.

Dagster connects anew for each of some 200 events of a run. Whenever the last connection to a file closes,
SQLite folds its log into it and waits for the disk; with a connection kept open it appends.

What belongs here: how this storage connects. What does not: the tables, which are Dagster's own.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine

MAX_RUNS_OPEN = 4
"""Databases of single runs that are kept open; the one used longest ago is closed first."""


def keeping_engine(conn_string: str) -> Engine:
    """Return an engine that keeps its connections in a pool, until it is disposed of."""
    engine = sqlalchemy.create_engine(conn_string, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})

    def wait_less(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")  # a crash of the machine may lose events, no more

    sqlalchemy.event.listen(engine, "connect", wait_less)
    return engine


class KeptOpenRuns(SqliteRunStorage):
    """The runs, behind one engine."""

    _engine: Engine | None = None

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Yield a connection in a transaction."""
        if self._engine is None:
            self._engine = keeping_engine(self._conn_string)
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close what was kept open."""
        if self._engine is not None:
            self._engine.dispose()
        super().dispose()


class KeptOpenEvents(SqliteEventLogStorage):
    """The event logs, behind one engine for the index and one for each run written lately."""

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = keeping_engine(self.conn_string_for_shard(shard))
            self._initdb(self._engines[shard])
        self._engines.move_to_end(shard)
        runs = [name for name in self._engines if name != INDEX_SHARD_NAME]
        for name in runs[:-MAX_RUNS_OPEN]:
            self._engines.pop(name).dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        """Close what was kept open."""
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


class KeptOpenStorage(DagsterSqliteStorage):
    """All of an instance's storage in SQLite files below one folder, with connections kept open."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._run_storage = KeptOpenRuns(self._run_storage._conn_string)
        self._event_log_storage = KeptOpenEvents(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "KeptOpenStorage":
        """Return the storage that an instance's configuration names."""
        return cls.from_local(inst_data=inst_data, **config_value)
