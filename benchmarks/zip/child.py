"""One row in a process of its own: `python -m benchmarks.zip.child ROW JOB RESULT`."""

import json
import sys
from pathlib import Path

from benchmarks.zip.job import Job
from benchmarks.zip.rows import measure


def main() -> None:
    """Measure the row as the job file says and write the result file."""
    row, request, answer = sys.argv[1:]
    job = Job.from_json(json.loads(Path(request).read_text()))
    Path(answer).write_text(json.dumps(measure(row, job).to_json()))


if __name__ == "__main__":
    main()
