"""The liveness file: how a container's health check, another process, learns that the worker makes progress.

It imports next to nothing, since the health check runs every half minute beside a worker on half a processor.
"""

import time
from pathlib import Path

LIVENESS_S = 5
"""How often a worker that makes progress touches its file."""


def is_alive(liveness_file: Path) -> bool:
    """Whether a worker has touched its liveness file lately."""
    try:
        age_s = time.time() - liveness_file.stat().st_mtime
    except FileNotFoundError:
        return False
    return age_s < LIVENESS_S * 6
