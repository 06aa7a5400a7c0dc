"""What the server of forked commands imports once: the product with all that it needs, and nothing runs.

What belongs here: imports. What does not: anything that starts a thread or opens a file.
"""

import torch  # noqa: F401

import entropy_assets.defs.running  # noqa: F401
