"""Loads the suite's counter of writes into every Python process whose PYTHONPATH names this folder.

What belongs here: loading. What does not: counting (`benchmarks.faults.moments`).
"""

import os

from benchmarks.faults.moments import install

install(dict(os.environ))
