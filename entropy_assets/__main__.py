"""The program `entropy-assets`, also as `python -m entropy_assets`.

Only the standard library is imported before `main`: Ctrl-C while the rest is would else be a traceback.
"""

import os
import signal
import sys

_STOPPED = 128 + signal.SIGINT


def main() -> None:
    """Run the command line; Ctrl-C ends it with one line and 130, from the first import on."""
    try:
        from entropy_assets.cli import app

        app(prog_name="entropy-assets")
    except KeyboardInterrupt:
        sys.stderr.write("stopped; run the same command again\n")
        sys.stderr.flush()
        os._exit(_STOPPED)
    except SystemExit as ended:
        if ended.code != _STOPPED:
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_STOPPED)  # Python itself would end as by the signal where it hit an `exec`, caught or not


if __name__ == "__main__":
    main()
