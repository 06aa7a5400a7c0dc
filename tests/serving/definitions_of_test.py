"""A tiny deployment: one job that sleeps, one that a page of another origin would like to launch."""

import os
import time
from pathlib import Path

import dagster as dg


@dg.op(config_schema={"seconds": float, "pid_file": str})
def sleep(context: dg.OpExecutionContext) -> None:
    Path(context.op_config["pid_file"]).write_text(str(os.getpid()))
    time.sleep(context.op_config["seconds"])


@dg.job(executor_def=dg.in_process_executor, tags={"dataset": "docs"})
def sleeping() -> None:
    sleep()


@dg.op
def release() -> None: ...


@dg.job(executor_def=dg.in_process_executor)
def release_drop_docs() -> None:
    release()


@dg.asset
def records() -> None: ...


defs = dg.Definitions(jobs=[sleeping, release_drop_docs], assets=[records])
