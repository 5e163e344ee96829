"""The memory of a running process over time."""

import threading
import time
from pathlib import Path
from typing import Self

LEAST_SAMPLES = 60


def resident_mb(pid: int) -> float:
    """The memory that is resident now, in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6


class Resident:
    """Samples a process each second while it is open: `with Resident(pid) as memory: …`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self.samples: list[tuple[float, float]] = []
        """Seconds since the epoch, and MB."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def most_mb(self) -> float:
        return round(max((mb for _, mb in self.samples), default=0.0), 1)

    def slope_mb_per_minute(self, *, after_s: float) -> float | None:
        """By how much memory grows in a minute: the straight line through the samples from `after_s` on, when what a
        start needs is there. None for less than a minute: what is loaded late would look like growth.
        """
        if not self.samples:
            return None
        began = self.samples[0][0] + after_s
        points = [(at - began, mb) for at, mb in self.samples if at >= began]
        if len(points) < LEAST_SAMPLES:
            return None
        middle = sum(at for at, _ in points) / len(points)
        mean = sum(mb for _, mb in points) / len(points)
        spread = sum((at - middle) ** 2 for at, _ in points)
        return round(60 * sum((at - middle) * (mb - mean) for at, mb in points) / spread, 3)

    def _sample(self) -> None:
        while not self._ended.wait(1.0):
            try:
                self.samples.append((time.time(), resident_mb(self._pid)))
            except (FileNotFoundError, ValueError):
                return
