"""The program `entropy-assets`, also as `python -m entropy_assets`.

Only the standard library is imported before `main`: Ctrl-C while the rest is would else be a traceback.
"""

import signal
import sys


def main() -> None:
    """Run the command line; Ctrl-C ends it with one line and 130, from the first import on."""
    try:
        from entropy_assets.cli import app

        app(prog_name="entropy-assets")
    except KeyboardInterrupt:
        sys.stderr.write("stopped; run the same command again\n")
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
