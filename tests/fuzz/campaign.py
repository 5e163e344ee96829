"""One target fuzzed in a process of its own, and what came of it."""

import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzz.catalogue import target

HANG_S = 60
"""Seconds of one input, waits included, after which its process is taken for hung."""

MEMORY_MB = 1024
"""What a fuzzer may use in all."""

_STATUS = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/\S+.*?rss: (\d+)Mb", re.MULTILINE)
_UNITS = re.compile(r"^stat::number_of_executed_units: (\d+)", re.MULTILINE)
_WRITTEN = re.compile(r"Test unit written to (\S+)")
_RAISED = re.compile(r"=== Uncaught Python exception: ===\n(.*)")
_STOPPED = re.compile(r"==\d+== ?ERROR: (.*)")


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a target was given and what came of it.

    `edges` and `features` are libFuzzer's measures of the parser's coverage, `kept` the inputs that found something
    new. `found` is the file of the input that broke a law, and `problem` which; None where none did.
    """

    target: str
    inputs: int
    seconds: float
    edges: int
    features: int
    kept: int
    peak_mb: int
    found: str | None
    problem: str | None

    @property
    def inputs_per_second(self) -> float:
        return round(self.inputs / self.seconds, 1) if self.seconds else 0.0


def run(name: str, *, inputs: int, seconds: int, corpus: Path) -> Campaign:
    """Fuzz a target until it has had so many inputs, or for so long (0: no limit); `corpus` keeps what was learnt."""
    found = target(name)
    folder = corpus / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(found.seeds):
        (folder / f"seed-{number:02}").write_bytes(seed)
    crashes = corpus / "found"
    crashes.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        words = Path(scratch) / "words"
        words.write_text("".join(f'"{_quoted(word)}"\n' for word in found.words), encoding="ascii")
        command = [
            *(sys.executable, "-m", "fuzz.fuzzer", name, str(folder)),
            *(f"-runs={inputs}", f"-max_total_time={seconds}", f"-max_len={found.longest}", f"-dict={words}"),
            *(f"-timeout={HANG_S}", f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={crashes}/{name}-"),
            *("-print_final_stats=1", "-reload=0"),
        ]
        started = time.monotonic()
        with (crashes / f"{name}.log").open("w+b") as said:
            subprocess.run(command, stdout=said, stderr=said, check=False)
            took = time.monotonic() - started
            said.seek(0)
            return _campaign(name, said.read().decode(errors="replace"), took)


def _campaign(name: str, said: str, took: float) -> Campaign:
    states = _STATUS.findall(said) or [("0", "0", "0", "0", "0")]
    _, edges, features, kept, peak = map(int, states[-1])
    executed, written = _UNITS.search(said), _WRITTEN.search(said)
    problem = _RAISED.search(said) or _STOPPED.search(said)
    done = executed is not None and written is None
    return Campaign(
        target=name,
        inputs=int(executed[1]) if executed else int(states[-1][0]),
        seconds=round(took, 1),
        edges=edges,
        features=features,
        kept=kept,
        peak_mb=peak,
        found=written[1] if written else None,
        problem=None if done else problem[1] if problem else said[-500:],
    )


def _quoted(word: str) -> str:
    """A word as libFuzzer's dictionaries write it."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}"
        for byte in word.encode("utf-8", "surrogatepass")
    )
