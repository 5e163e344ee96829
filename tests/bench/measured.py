"""What a process has taken: from Linux's own counts."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

_SAMPLE_S = 0.02

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Taken:
    """Wall-clock and processor time in seconds, and the most memory that was resident in MB (10^6 bytes)."""

    seconds: float
    cpu_s: float
    peak_mb: float


def peak_mb(pid: int) -> float:
    """The most memory of a running process so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return round(int(line.split()[1]) * 1024 / 1e6, 1)


def cpu_s(pid: int) -> float:
    """The processor time of a running process so far, its threads' included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def run(command: Sequence[str], env: Mapping[str, str], *, expected: int = 0) -> Taken:
    """Run a command to its end, its output thrown away. Raises CalledProcessError for another exit code."""
    began = time.perf_counter()
    with (
        TemporaryFile() as stderr,
        subprocess.Popen(
            list(command), env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
        ) as process,
    ):
        most_mb = 0.0
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            # Not from the rusage of its end: Linux counts there what the parent had before the exec.
            most_mb = max(most_mb, _peak_or_none(process.pid) or 0.0)
            time.sleep(_SAMPLE_S)
        _, status, usage = os.wait4(process.pid, 0)
        # Popen must not wait for what has been waited for.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expected:
            stderr.seek(0)
            raise subprocess.CalledProcessError(process.returncode, command, stderr=stderr.read())
    return Taken(round(time.perf_counter() - began, 2), round(usage.ru_utime + usage.ru_stime, 2), most_mb)


def _peak_or_none(pid: int) -> float | None:
    """None for a process that ends just now: it has no memory any more."""
    try:
        return peak_mb(pid)
    except ValueError:
        return None
