"""`python -m bench.floor.company RECORDING`: keeps a core busy, as the cloud does beside the worker.

Cores share caches and, as threads of one, execution units: processor seconds are longer in company than alone.
"""

import sys
from pathlib import Path

from bench.floor.exchange import Exchange


def keep(recording: Path) -> None:
    """Read and write exchanges until terminated."""
    lines = recording.read_text(encoding="utf-8").splitlines()
    while True:
        for line in lines:
            Exchange.of_line(line).line()


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
