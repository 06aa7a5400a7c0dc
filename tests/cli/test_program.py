"""The program itself: how it starts, what it imports, its version, Ctrl-C before any command is known."""

import signal
import subprocess
import sys
from importlib.metadata import version

PROGRAM = [sys.executable, "-m", "entropy_assets"]


def test_the_version_of_the_program_and_of_the_module() -> None:
    done = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"entropy-assets {version('entropy-assets')}\n"


def test_control_c_among_the_imports_is_one_line() -> None:
    program = [sys.executable, "-X", "importtime", *PROGRAM[1:], "--help"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        seen = iter(running.stderr.readline, "")
        next(line for line in seen if "click" in line)
        running.send_signal(signal.SIGINT)
        told = [line for line in seen if not line.startswith("import time:")]
    assert (told, running.returncode) == (["stopped; run the same command again\n"], 130)


def test_what_few_commands_call_is_imported_by_nothing_but_these() -> None:
    code = (
        "import sys, entropy_assets.cli, entropy_assets.candidate.pipeline, entropy_assets.defs.build\n"
        "print(sorted({'ray', 'scipy.stats', 'sklearn', 'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
