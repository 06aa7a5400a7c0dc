"""What the server of forked commands imports once: the product with all that it needs, and nothing runs.

What belongs here: imports. What does not: anything that starts a thread or opens a file.
"""

import torch  # noqa: F401

import entropy_assets.candidate.pipeline
import entropy_assets.cli.running
import entropy_assets.cli.tables
import entropy_assets.curation.probe.evaluation
import entropy_assets.defs.instance
import entropy_assets.defs.kept_open
import entropy_assets.defs.running  # noqa: F401
