"""What a benchmark has found: a line of JSON for each figure, as soon as it is known."""

import json
import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def tell(figures: Iterable[dict[str, Any]], out: Path | None) -> list[dict[str, Any]]:
    """Print each figure when it comes, and append it to `out` together with the machine it was measured on."""
    told: list[dict[str, Any]] = []
    for figure in figures:
        told.append(figure)
        sys.stdout.write(json.dumps(figure) + "\n")
        sys.stdout.flush()
        if out is not None:
            with out.open("a", encoding="utf-8") as file:
                file.write(json.dumps(figure | {"machine": machine()}) + "\n")
    return told


def machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
