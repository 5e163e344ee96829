"""A sealed video, at the command line: nothing that people read says more of it than that it is sealed, and specialists
see all of it.
"""

import asyncio
import gzip
import json
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pyarrow.parquet import read_table  # type: ignore[import-untyped]
from typer.main import get_command

from integration.cli.conftest import Deployed
from integration.cli.rows import LATELY, analysed, job, make_batch, outcome, segment
from reelsift.aws.deployment import Deployment
from reelsift.aws.sealed_rows import SealedRows
from reelsift.cli.exits import Exit
from reelsift.cli.main import app
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import JobState
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.result import encode_result
from reelsift.domain.video import Video
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.timings import Timings
from reelsift.worker import batch_loops
from reelsift.worker.composition import compose
from support.batch_loops import active
from support.jobs import write_jobs

VIDEO = Video("videos", "hidden/rough.mp4", "etag-of-rough", size=10)
OTHER = Video("videos", "calm.mp4", "e2", size=10)
LABEL, NOTE = "Explicit Nudity", "known to the matcher"
TELLING = (VIDEO.key, VIDEO.etag, LABEL, NOTE, "child_safety")

READERS: tuple[tuple[str, ...], ...] = (
    ("show", VIDEO.video_id, "--json"),
    ("show", VIDEO.video_id, "--history"),
    ("show", f"s3://{VIDEO.bucket}/calm.mp4", "--history"),
    ("search", "--label", LABEL, "--json"),
    ("search", "--label", LABEL, "--batch", "b1", "--json"),
    ("search", "--status", "rejected", "--json"),
    ("search", "--status", "in_review", "--json"),
    ("search", "--verdict", "review", "--json"),
    ("status", "--json"),
    ("status", "b1", "--json"),
    ("report", "b1"),
    ("report", "b1", "--json"),
    ("report", "b1", "--csv"),
    ("report", "b1", "--html", "page.html"),
    ("report", "b1", "--failed"),
    ("report", "b1", "--download", "files"),
    ("retry", "b1", "--json", "--yes"),
    ("doctor",),
    ("review", "list", "--json"),
    ("review", "list", "--claimed"),
    ("review", "list", "--sealed"),
    ("review", "next", "--json"),
    ("review", "add", VIDEO.video_id, "--note", "again"),
    ("review", "add", VIDEO.video_id, "--appeal", "a-1", "--text", "no"),
    ("review", "skip", VIDEO.video_id),
    ("review", "renew", VIDEO.video_id),
    ("review", "opinion", VIDEO.video_id, "approve"),
    ("review", "export"),
    ("review", "stats", "--json", *LATELY),
    ("review", "export", "--statements", "statements"),
    ("decide", VIDEO.video_id, "approve"),
    ("decide", VIDEO.video_id, "withdraw", "--decision", "1"),
    ("decide", VIDEO.video_id, "uphold", "--appeal", "a-1"),
    ("forget", VIDEO.video_id, "--yes"),
    ("give-up", VIDEO.video_id, "--yes"),
    ("events", "resend", "--batch", "b1", "--yes"),
    ("events", "resend", "--prefix", f"s3://{VIDEO.bucket}/hidden/", "--yes"),
    ("policy", "advise", "--json", *LATELY),
    ("policy", "test", "policy.yaml", "--json"),
    ("policy", "test", "policy.yaml", "--html", "test.html"),
)
"""What a reader of any kind may ask."""

SAYS_NOTHING_OF_A_VIDEO = {
    **dict.fromkeys(
        ("submit", "import"), "takes lists: what becomes of lines about sealed videos is for tests of workers"
    ),
    **dict.fromkeys(("pause", "resume", "cancel", "hold", "release"), "is about batches, or all"),
    "console": "serves pages, which have tests of their own",
    "inspect": "reads files",
    "redrive": "shows messages as they were sent, which name objects and say nothing of what is known of them",
    **dict.fromkeys(("smoke", "worker", "local up", "local console", "local demo"), "shows videos of its own, or none"),
    **dict.fromkeys(
        ("policy apply", "policy check", "policy rollback", "policy log", "policy show"), "is about policies"
    ),
    **dict.fromkeys(("review archive", "review restore", "policy archive"), "tells numbers"),
    "review forget-person": "is about people",
    "reevaluate": "tells numbers, and leaves sealed videos alone",
}
"""Commands that are no readers, and why."""


def test_every_command_is_known_to_show_nothing() -> None:
    def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
        for name, command in getattr(group, "commands", {}).items():
            if hasattr(command, "commands"):
                yield from commands(command, (*path, name))
            else:
                yield " ".join((*path, name))

    tested = {name for reader in READERS for name in (reader[0], " ".join(reader[:2]))}
    missing = [
        name for name in commands(get_command(app)) if name not in tested and name not in SAYS_NOTHING_OF_A_VIDEO
    ]
    assert missing == [], "say in READERS how it is asked about a sealed video"


async def _analyse(deployment: Deployment) -> None:
    for video in (VIDEO, OTHER):
        key = f"results/{video.video_id}/{Analysis.CONTENT_MODERATION}/1-ab12cd34.json"
        done = job(video, peak_label=LABEL, peak_confidence=99.0, result_key=key)
        await analysed(deployment, done, [segment(LABEL, 99.0)], Verdict.REVIEW)
        row = await deployment.reviews.get(video.video_id)
        assert row is not None
        assert row.verdict is not None
        head: dict[str, Any] = {"alerts": [], "reasons": [], "analyses": {}}
        await deployment.work.put(row.verdict.dataset_key, encode_result(head, []), "application/json")
        for folder in ("raw", "videos", "alerts"):
            await deployment.work.put(f"{folder}/{video.video_id}/1.json", b"{}", "application/json")
    await make_batch(deployment, "b1", [VIDEO.key, OTHER.key])
    await deployment.outcomes.record(
        [
            outcome(
                "b1",
                row,
                video_id=video.video_id,
                peak_label=LABEL,
                peak_confidence=99.0,
                verdict="review",
                results=(f"{Analysis.CONTENT_MODERATION}/1-ab12cd34",),
                message=video.key,
            )
            for row, video in enumerate((VIDEO, OTHER), 1)
        ]
    )
    chunk = await deployment.chunks.get("b1", 0)
    assert chunk is not None
    await deployment.chunks.to_report(chunk, now_ms=1)
    await _reporting(deployment).reporter.step()


def _reporting(deployment: Deployment) -> batch_loops.ReportingParts:
    return batch_loops.compose_reporting(deployment, active(deployment), asyncio.Event(), Timings(), SystemClock())


async def _move(deployment: Deployment) -> None:
    """What a worker does of its own accord, within the hour."""
    parts = compose(deployment, Policy.built_in(), "w", asyncio.Event(), Timings(), SystemClock())
    await parts.sealing.step()
    await parts.sealing.drain()
    erasure = _reporting(deployment).erasure
    await erasure.step()
    await erasure.drain()


@pytest.fixture
def known(deployed: Deployed) -> Deployed:
    deployed.client("s3").put_bucket_versioning(
        Bucket=deployed.work_bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    deployed.do(_analyse)
    return deployed


def seal(deployed: Deployed) -> None:
    done = deployed.cli("decide", VIDEO.video_id, "escalate", "--kind", "child_safety", "--note", NOTE)
    assert done.exit_code == 0, done.output
    assert "only specialists" in done.output


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs commands from now on is no specialist: AWS refuses the table, as the policies have it."""

    async def denied(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not yours"}}, "GetItem")

    for name in ("seal", "seals", "saw", "get", "reports"):
        monkeypatch.setattr(SealedRows, name, denied)


@pytest.mark.parametrize("moved", [False, True])
def test_no_reader_is_told_anything(known: Deployed, request: pytest.FixtureRequest, *, moved: bool) -> None:
    seal(known)
    if moved:
        known.do(_move)
    request.getfixturevalue("nobody")
    Path("policy.yaml").write_bytes(resources.files("reelsift.domain").joinpath("default_policy.yaml").read_bytes())
    told = {reader: known.cli(*reader) for reader in READERS}
    unexpected = {reader: done.exception for reader, done in told.items() if not _is_exit(done.exception)}
    assert unexpected == {}
    # The neighbour has the same label: who asks for that is shown it.
    leaks = {
        reader: [word for word in TELLING if word in done.output and (word != LABEL or VIDEO.video_id in reader)]
        for reader, done in told.items()
    }
    assert {reader: words for reader, words in leaks.items() if words} == {}
    refused = {reader for reader, done in told.items() if done.exit_code == Exit.WRONG_USE}
    assert refused == set(), "a reader that is refused for its options tells nothing of this"
    found = known.cli("search", "--label", LABEL, "--json").output
    assert (OTHER.video_id in found, VIDEO.video_id in found) == (True, False)
    files = {path.name: path.read_bytes() for path in _written()}
    assert {name for name, body in files.items() if any(word.encode() in body for word in (VIDEO.key, NOTE))} == set()
    assert "is sealed: only specialists see and decide it" in told["show", VIDEO.video_id, "--json"].output


def _is_exit(error: BaseException | None) -> bool:
    return error is None or isinstance(error, SystemExit)


def _written() -> Iterator[Path]:
    return (path for path in Path.cwd().rglob("*") if path.is_file())


def test_tables_objects_and_reports_have_nothing_of_it_and_the_sealed_place_has_all(known: Deployed) -> None:
    assert _parquet(known) == [VIDEO.video_id, OTHER.video_id]
    seal(known)
    known.do(_move)
    tables = {name: _scan(known, name) for name in ("jobs", "labels", "reviews", "outcomes", "batches")}
    told = {
        name: [row for row in rows if any(word in str(row) for word in (VIDEO.key, VIDEO.etag, NOTE))]
        for name, rows in tables.items()
    }
    assert {name: rows for name, rows in told.items() if rows} == {}
    assert [row["part"]["S"] for row in tables["reviews"] if VIDEO.video_id in str(row)] == [
        "decision#000001",
        "status",
    ]
    versions = known.client("s3").list_object_versions(Bucket=known.work_bucket)
    kept = [entry["Key"] for entry in [*versions.get("Versions", []), *versions.get("DeleteMarkers", [])]]
    assert [key for key in kept if VIDEO.video_id in key] == []
    assert _parquet(known) == [OTHER.video_id]
    assert [
        key for key, body in _bodies(known) if VIDEO.key.encode() in body and not key.startswith("batches/b1/chunks")
    ] == []
    sealed = known.client("s3").list_objects_v2(Bucket=f"{known.name}-sealed")["Contents"]
    assert {entry["Key"].split("/")[1] for entry in sealed} == {"raw", "results", "videos", "alerts", "seal.json"}
    rows = _scan(known, "sealed")
    assert {row["table"]["S"] for row in rows if "table" in row} == {"jobs", "labels", "reviews", "outcomes"}


def test_specialists_see_it_decide_it_and_give_it_back(known: Deployed) -> None:
    seal(known)
    known.do(_move)
    shown = known.cli("show", VIDEO.video_id, "--json")
    assert shown.exit_code == 0, shown.output
    assert (VIDEO.key in shown.stdout, LABEL in shown.stdout, "child_safety" in shown.stderr) == (True, True, True)
    history = known.cli("show", VIDEO.video_id, "--history", "--json")
    assert (history.exit_code, NOTE in history.stdout) == (0, True)
    (listed,) = [json.loads(line) for line in known.cli("review", "list", "--sealed", "--json").stdout.splitlines()]
    assert (listed["video_id"], listed["kind"], listed["decision"]) == (VIDEO.video_id, "child_safety", 1)

    async def looks(deployment: Deployment) -> list[str]:
        return [look.how for look in await deployment.sealed_rows.looks(VIDEO.video_id)]

    assert known.do(looks) == ["show", "history"]
    rejected = known.cli("decide", VIDEO.video_id, "reject", "--reason", "nudity")
    assert rejected.exit_code == 0, rejected.output
    assert known.cli("search", "--status", "rejected", "--json").stdout == ""
    withdrawn = known.cli("decide", VIDEO.video_id, "withdraw", "--decision", "2")
    assert withdrawn.exit_code == 0, withdrawn.output
    approved = known.cli("decide", VIDEO.video_id, "approve", "--note", "a false alarm")
    assert approved.exit_code == 0, approved.output
    known.do(_move)
    row = json.loads(known.cli("show", VIDEO.video_id, "--json").stdout)
    assert (row["status"]["status"], row["status"]["decisions"]) == ("approved", 4)
    assert known.cli("show", VIDEO.video_id, "--history").exit_code == 0
    found = known.cli("search", "--label", LABEL, "--json").stdout
    assert VIDEO.video_id in found
    assert known.cli("review", "list", "--sealed", "--json").stdout == ""
    assert "Contents" not in known.client("s3").list_objects_v2(Bucket=f"{known.name}-sealed")
    assert [row["part"]["S"].partition("#")[0] for row in _scan(known, "sealed")] == ["seal", "seen", "seen"]
    again = known.cli("decide", VIDEO.video_id, "reject", "--reason", "nudity", "--json")
    assert json.loads(again.stdout)["decision"] == 5


def test_a_video_that_is_open_is_moved_once_its_analysis_has_ended(known: Deployed) -> None:
    async def open_job(deployment: Deployment) -> None:
        await write_jobs(deployment, job(VIDEO, JobState.RUNNING, analysis=Analysis.LABELS, slot=0, job_id="j"))

    known.do(open_job)
    seal(known)
    known.do(_move)
    left = [row["analysis"]["S"] for row in _scan(known, "jobs") if row["video_id"]["S"] == VIDEO.video_id]
    assert left == [str(Analysis.LABELS)]


def _tells(text: str) -> bool:
    return any(word in text for word in (VIDEO.key, VIDEO.etag, NOTE))


def _scan(deployed: Deployed, table: str) -> list[dict[str, Any]]:
    rows = deployed.client("dynamodb").scan(TableName=f"{deployed.name}-{table}")["Items"]
    return sorted(rows, key=lambda row: str(row.get("part", row.get("line"))))


def _parquet(deployed: Deployed) -> list[str]:
    (key,) = [key for key in deployed.work_keys() if key.startswith("reports/parquet/") and "segments" not in key]
    body = deployed.client("s3").get_object(Bucket=deployed.work_bucket, Key=key)["Body"].read()
    return [str(value) for value in read_table(BytesIO(body))["video_id"].to_pylist()]


def _bodies(deployed: Deployed) -> Iterator[tuple[str, bytes]]:
    """What the objects of the work bucket hold, unpacked."""
    for key in deployed.work_keys():
        body = deployed.client("s3").get_object(Bucket=deployed.work_bucket, Key=key)["Body"].read()
        if key.endswith(".parquet"):
            body = str(read_table(BytesIO(body)).to_pylist()).encode()
        yield key, gzip.decompress(body) if key.endswith(".gz") else body
