"""`python -m bench policy-test`: a test of a policy against an archive of any size."""

import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from pyarrow.parquet import write_table  # type: ignore[import-untyped]

from bench.figures import tell
from reelsift.archive.part import PartFile, open_part
from reelsift.aws.items import pack
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.result import segment_members
from reelsift.domain.segments import Segment
from reelsift.domain.status import status_of_verdict

PART_VIDEOS = 10_000
"""Videos of a part, as a full chunk brings them. All parts have the same segments, of other videos."""

SHOWS_SOMETHING = 0.3
"""The share of the videos with a moderation label; they have some twelve segments each."""

READS_TEXT = 0.1
"""The share of the videos that was asked for text too; they have twenty texts each."""

POLICY = """
content_moderation:
  Explicit: {review: 55, reject: 90}
  Violence: {review: 65, reject: 95}
  Smoking: off
text:
  threats: {words: [kill, bomb, gun], alert: 70}
"""

POLLED_S = 0.05

SETTINGS = {
    "REELSIFT_DEPLOYMENT": "bench",
    "REELSIFT_WORK_BUCKET": "work",
    "REELSIFT_DATA_BUCKETS": "videos",
    "REELSIFT_COMPLETIONS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:c",
    "REELSIFT_ALERTS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:a",
    "REELSIFT_REKOGNITION_ROLE_ARN": "arn:aws:iam::123456789012:role/r",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
}


def command(
    videos: Annotated[int, typer.Option(help="Videos of the archive.")] = 1_000_000,
    page_ms: Annotated[float, typer.Option(help="How long DynamoDB takes for a page of a scan.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """`policy test` on an archive that is made for it: some ten minutes for a million videos."""
    tell(_figures(videos, page_ms), out)


def _figures(videos: int, page_ms: float) -> Iterator[dict[str, Any]]:
    with TemporaryDirectory(prefix="bench-policy-test-") as name:
        folder = Path(name)
        segments, size = _make(folder, videos)
        (folder / "policy.yaml").write_text(POLICY, encoding="utf-8")
        command = [sys.executable, "-m", "bench.archive_server", name, str(page_ms)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
                yield {
                    "figure": "policy_test",
                    "videos": videos,
                    "segments": segments,
                    "copy_mb": round(size / 1e6, 1),
                    "cores": os.cpu_count(),
                    **_run(folder, url),
                }
            finally:
                server.terminate()


def _run(folder: Path, url: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "REELSIFT_"))}
    env = kept | SETTINGS | {"AWS_ENDPOINT_URL": url, "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "reelsift.cli", "policy", "test", str(folder / "policy.yaml"), "--json"]
    began, most_kb, disk = time.perf_counter(), 0, 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (folder / "stdout").open("wb") as stdout, subprocess.Popen(command, env=env, stdout=stdout) as process:
        while process.poll() is None:
            most_kb = max(most_kb, sum(map(_resident_kb, _family(process.pid))))
            disk = max(disk, _used(folder))
            time.sleep(POLLED_S)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    document = json.loads((folder / "stdout").read_bytes())
    with urllib.request.urlopen(f"{url}/requests") as answer:  # noqa: S310 - the server of this bench
        requests = json.load(answer)
    return {
        "seconds": round(seconds, 1),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": round(most_kb * 1024 / 1e6),
        "disk_mb": round(disk / 1e6),
        "judged": document["judged"],
        "moved": sum(move["videos"] for move in document["moves"]),
        "requests": requests,
    }


def _make(folder: Path, videos: int) -> tuple[int, int]:
    """Write the archive; returns how many segments and bytes its copy has."""
    (folder / "parts").mkdir()
    chance = random.Random(0)
    found = [_found(chance) for _ in range(min(PART_VIDEOS, videos))]
    policy = Policy.built_in()
    file, body = PartFile(), b""
    for number, of_video in enumerate(found):
        for analysis, segments in of_video.items():
            head = {
                "analysis": str(analysis),
                "attempt": 1,
                "model_version": "7.0",
                "duration_ms": 300_000,
                "seen_from": 50.0,
            }
            file.add(f"{number:040x}", head, [segment_members(segment) for segment in segments])
        body += file.take()
    import pyarrow as pa  # type: ignore[import-untyped]

    table = open_part(pa.BufferReader(body + file.close())).read()
    numbers = [int(name, 16) for name in table["video_id"].to_pylist()]
    ids = [hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest() for number in range(videos)]
    rows = size = 0
    for start in range(0, videos, PART_VIDEOS):
        names = [ids[start + number] if start + number < videos else None for number in numbers]
        part = table.set_column(0, "video_id", pa.array(names, pa.string()))
        part = part.filter(part["video_id"].is_valid())
        path = folder / "parts" / f"b-{start // PART_VIDEOS:09d}.parquet"
        write_table(part, path, compression="zstd", row_group_size=50_000)
        rows, size = rows + part.num_rows, size + path.stat().st_size
    (folder / "ids").write_text("".join(ids), encoding="ascii")
    document = {"videos": videos, "rows": [_row(policy, of_video) for of_video in found]}
    (folder / "archive.json").write_text(json.dumps(document, default=str), encoding="ascii")
    return rows, size


def _found(chance: random.Random) -> dict[Analysis, list[Segment]]:
    found: dict[Analysis, list[Segment]] = {Analysis.CONTENT_MODERATION: []}
    if chance.random() < SHOWS_SOMETHING:
        found[Analysis.CONTENT_MODERATION] = [
            _segment(chance, Analysis.CONTENT_MODERATION, chance.choice(_LABELS)) for _ in range(chance.randint(1, 24))
        ]
    if chance.random() < READS_TEXT:
        found[Analysis.TEXT] = [_segment(chance, Analysis.TEXT, " ".join(chance.sample(_WORDS, 3))) for _ in range(20)]
    return found


def _segment(chance: random.Random, analysis: Analysis, label: str) -> Segment:
    start_ms = chance.randrange(0, 290_000, 500)
    highest = round(50 + 50 * chance.betavariate(1, 3), 3)
    details = {"spellings": {label: 3}} if analysis is Analysis.TEXT else {}
    end_ms = start_ms + chance.randrange(500, 10_000, 500)
    return Segment(analysis, label, (), start_ms, end_ms, 3, highest, highest - 1, start_ms, details, end_ms - 500)


def _row(policy: Policy, found: dict[Analysis, list[Segment]]) -> dict[str, Any]:
    """What a scan answers of a video, but for its names, as DynamoDB has it."""
    judgement = policy.judge([segment for some in found.values() for segment in some], frozenset(found))
    reasons = [
        {
            "analysis": str(peak.analysis),
            "label": peak.label,
            "parents": list(peak.parents),
            "max_confidence": peak.max_confidence,
            "peak_ms": peak.peak_ms,
            "threshold": peak.threshold,
        }
        for peak in judgement.reasons[:20]
    ]
    row = {
        "bucket": "videos",
        "verdict": str(judgement.verdict),
        "status": str(status_of_verdict(judgement.verdict)),
        "attempts": {str(analysis): 1 for analysis in found},
        "reasons": reasons,
        "batch": "2026-11-30-uploads-ab12",
        "judged_ms": 1_780_000_000_000,
    }
    return dict(pack(row))


def _family(pid: int) -> list[int]:
    """A process and all that it has begun."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(member for child in children for member in _family(int(child)))]


def _resident_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)


def _used(folder: Path) -> int:
    """What the test has on the disk at a time (bytes)."""
    used = 0
    for place in folder.glob("reelsift-policy-test-*/*"):
        try:
            used += place.stat().st_size
        except OSError:
            # A part that was looked through.
            continue
    return used


_LABELS = sorted(Analysis.CONTENT_MODERATION.spec.vocabulary)
_WORDS = ["the", "quick", "brown", "fox", "lazy", "dog", "sale", "today", "only", "new", "best", "offer", "gun", "kill"]
