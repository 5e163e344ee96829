import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration.cli.conftest import Deployed
from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import PART_BYTES
from reelsift.domain.batch import AT_ONCE_MS, Batch, Chunk
from reelsift.domain.filters import Lack
from reelsift.manifests.chunks import SourceRow, read_chunk
from reelsift.manifests.manifest_row import BadRow, FilteredRow, GoodRow
from reelsift.manifests.messages import TICK_MESSAGE
from support.patience import PATIENCE_S


async def stored(deployment: Deployment, batch_id: str) -> tuple[Batch, list[Chunk], list[SourceRow]]:
    """A batch, its chunks, and their rows as workers will read them."""
    batch = await deployment.batches.get(batch_id)
    assert batch is not None
    chunks = [chunk async for chunk in deployment.chunks.of_batch(batch_id)]
    bodies = [await deployment.work.get(chunk.source_key) for chunk in chunks if chunk.source_key]
    return batch, chunks, [row for body in bodies for row in read_chunk(body)]


def manifest(rows: str) -> str:
    Path("list.csv").write_text(rows, encoding="utf-8")
    return "list.csv"


def test_a_csv_becomes_a_batch_whose_id_is_the_only_data(deployed: Deployed) -> None:
    source = manifest("videos,a.mp4\nvideos,b%20c.mp4,v1\noops\n")
    result = deployed.cli(
        "submit", source, "--yes", "--name", "July", "--priority", "7", "--again", "--analyses", "labels"
    )
    assert result.exit_code == 0
    batch_id = result.stdout.strip()
    batch, chunks, rows = deployed.do(lambda deployment: stored(deployment, batch_id))
    assert (batch.name, batch.source, batch.total, batch.chunks) == ("July", "list.csv", 3, 1)
    assert (batch.priority, batch.again, batch.analyses) == (7, True, ("labels",))
    assert batch.due_at_ms is not None
    assert [(chunk.number, chunk.total, chunk.due_at_ms) for chunk in chunks] == [(0, 3, AT_ONCE_MS)]
    assert [row.name for row in rows] == ["list.csv:1", "list.csv:2", "list.csv:3"]
    assert isinstance(rows[1].row, GoodRow)
    assert (rows[1].row.ref.key, rows[1].row.ref.version_id) == ("b c.mp4", "v1")
    assert isinstance(rows[2].row, BadRow)


def test_the_source_is_kept_beside_the_chunks(deployed: Deployed) -> None:
    text = "videos,ä.mp4\n"
    batch_id = deployed.cli("submit", manifest(text), "--yes").stdout.strip()
    copy = deployed.client("s3").get_object(Bucket=deployed.work_bucket, Key=f"batches/{batch_id}/source/list.csv")
    assert copy["Body"].read().decode() == text


def test_it_says_what_is_wrong_before_it_submits(deployed: Deployed) -> None:
    result = deployed.cli("submit", manifest("elsewhere,a.mp4\noops\n"), "--yes")
    words = " ".join(result.stderr.split())
    assert "bad lines 1, which will end as FAILED list.csv:2: the row has 1 field" in words
    assert "not allowed elsewhere (1)" in words
    assert "size not known" in words


def test_everything_below_a_prefix_is_submitted_with_what_the_listing_tells(deployed: Deployed) -> None:
    for key in ("in/", "in/a+b.mp4", "in/deep/ü.mp4", "out.mp4"):
        deployed.put_video(key, b"" if key.endswith("/") else b"four")
    result = deployed.cli("submit", f"s3://{deployed.data_bucket}/in/", "--yes", "--json")
    batch = json.loads(result.stdout)
    assert (batch["lines"], batch["bad_lines"], batch["bytes"]) == (2, 0, 8)
    _, _, rows = deployed.do(lambda deployment: stored(deployment, batch["batch"]))
    refs = [row.row.ref for row in rows if isinstance(row.row, GoodRow)]
    assert [(ref.key, ref.size, ref.version_id) for ref in refs] == [
        ("in/a+b.mp4", 4, None),
        ("in/deep/ü.mp4", 4, None),
    ]
    assert all(ref.etag for ref in refs)
    assert "Mbit/s (an assumption)" in result.stderr


def test_below_a_prefix_only_what_is_called_like_a_video_and_asked_for_is_a_line(deployed: Deployed) -> None:
    for key in ("in/a.mp4", "in/b.MOV", "in/notes.txt", "in/old/c.mp4", "in/d.mp4"):
        deployed.put_video(key, b"12345" if key == "in/d.mp4" else b"four")
    source = f"s3://{deployed.data_bucket}/in/"
    result = deployed.cli("submit", source, "--yes", "--json", "--glob", "in/[!o]*", "--max-size", "4")
    told = json.loads(result.stdout)
    assert told["lines"] == 2
    assert told["estimate"]["passed_over"] == {"glob": 1, "size": 1, "suffix": 1}
    batch, _, rows = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    assert [row.row.ref.key for row in rows if isinstance(row.row, GoodRow)] == ["in/a.mp4", "in/b.MOV"]
    assert batch.passed_over == (("glob", 1), ("size", 1), ("suffix", 1))
    assert batch.filters.max_size == 4
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    none = deployed.cli("submit", source, "--yes", "--modified-after", tomorrow)
    assert none.exit_code == 4
    assert "there is nothing to submit" in none.stderr
    assert "passed over 5 (modified 4, suffix 1): no lines" in " ".join(none.stderr.split())


def test_a_prefix_without_objects_is_said_to_have_none_before_anything_else(deployed: Deployed) -> None:
    result = deployed.cli("submit", f"s3://{deployed.data_bucket}/nowhere/", "--yes")
    assert result.exit_code == 4
    assert result.stderr == (
        f"error: there is nothing to submit: no object lies below s3://{deployed.data_bucket}/nowhere/\n"
    )


def test_a_video_on_this_machine_is_told_where_it_has_to_lie(deployed: Deployed) -> None:
    Path("my clip.mp4").write_bytes(b"anything")
    Path("clip").write_bytes(b"\x00\x00\x00\x20ftypisom")
    for name in ("my clip.mp4", "clip"):
        result = deployed.cli("submit", name, "--yes")
        assert result.exit_code == 2
        assert f"{name} is a video on this machine, and Rekognition reads what lies in S3" in result.stderr
    missing = deployed.cli("submit", "no.mp4", "--yes")
    assert "there is no file no.mp4; a video is named by where it lies in S3: s3://bucket/no.mp4" in missing.stderr


def test_a_row_that_somebody_wrote_and_the_filters_leave_out_is_a_line_that_is_skipped(deployed: Deployed) -> None:
    source = manifest(
        "bucket,key,size,last modified date\n"
        "videos,a.mp4,10,2026-07-31T00:00:00Z\nvideos,b.txt,10,2026-07-31T00:00:00Z\n"
        "videos,c.mp4,9,2026-07-31T00:00:00Z\nvideos,d.mp4,,2026-06-30\nvideos,e.mp4,,\n"
    )
    filters = ("--suffix", "mp4", "--min-size", "10", "--modified-after", "2026-07-01")
    told = json.loads(deployed.cli("submit", source, "--yes", "--json", *filters).stdout)
    assert (told["lines"], told["estimate"]["filtered"], told["estimate"]["passed_over"]) == (5, 3, {})
    _, _, rows = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    lacks = [row.row.lacks if isinstance(row.row, FilteredRow) else None for row in rows]
    assert lacks == [None, Lack.SUFFIX, Lack.SIZE, Lack.MODIFIED, None]


def test_a_sample_is_the_same_each_time_and_the_rest_are_no_lines(deployed: Deployed) -> None:
    source = manifest("".join(f"videos,{number}.mp4\n" for number in range(1_000)))

    def sampled(percent: str) -> list[SourceRow]:
        told = json.loads(deployed.cli("submit", source, "--yes", "--json", "--sample", percent).stdout)
        assert told["estimate"]["passed_over"] == {"sample": 1_000 - told["lines"]}
        return deployed.do(lambda deployment: stored(deployment, told["batch"]))[2]

    first = sampled("10%")
    assert 50 < len(first) < 150
    assert sampled("10%") == first


def test_a_single_video_in_s3_is_a_batch_of_one_line(deployed: Deployed) -> None:
    deployed.put_video("in/a b.mp4", b"12345")
    told = json.loads(deployed.cli("submit", f"s3://{deployed.data_bucket}/in/a b.mp4", "--yes", "--json").stdout)
    _, _, (row,) = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    assert isinstance(row.row, GoodRow)
    assert (row.name, row.row.ref.key, row.row.ref.size, bool(row.row.ref.etag)) == ("a b.mp4:1", "in/a b.mp4", 5, True)


@pytest.mark.parametrize("key", ["in/missing.mp4", "in"])
def test_a_single_video_that_is_not_there_is_wrong_use(deployed: Deployed, key: str) -> None:
    result = deployed.cli("submit", f"s3://{deployed.data_bucket}/{key}", "--yes")
    assert result.exit_code == 2
    words = " ".join(result.stderr.split())
    assert f"s3://{deployed.data_bucket}/{key} does not exist; a source in S3 is" in words


def test_the_failed_lines_of_a_completion_report_are_a_manifest(deployed: Deployed) -> None:
    ours = 'videos,a%20b.mp4,v1,failed,access_denied,403,"may not be read, or does not exist"\n'
    aws = "videos,c.mp4,,failed,404,NoSuchKey,\n"
    told = json.loads(deployed.cli("submit", manifest(ours + aws), "--yes", "--json").stdout)
    assert (told["lines"], told["bad_lines"]) == (2, 0)
    _, _, rows = deployed.do(lambda deployment: stored(deployment, told["batch"]))
    refs = [row.row.ref for row in rows if isinstance(row.row, GoodRow)]
    assert [(ref.key, ref.version_id) for ref in refs] == [("a b.mp4", "v1"), ("c.mp4", None)]


def test_a_manifest_may_lie_in_s3_and_sources_may_be_mixed(deployed: Deployed) -> None:
    lists = deployed.work_bucket
    deployed.client("s3").put_object(Bucket=lists, Key="lists/list.csv", Body=b"videos,s3.mp4\n")
    sources = [manifest("videos,local.mp4\n"), f"s3://{lists}/lists/list.csv"]
    batch_id = deployed.cli("submit", *sources, "--yes").stdout.strip()
    _, _, rows = deployed.do(lambda deployment: stored(deployment, batch_id))
    assert [row.name for row in rows] == ["list.csv:1", "list.csv~2:1"]


def test_a_large_manifest_becomes_several_chunks(deployed: Deployed) -> None:
    source = manifest("".join(f"videos,{number}.mp4\n" for number in range(20_001)))
    batch_id = deployed.cli("submit", source, "--yes").stdout.strip()
    batch, chunks, rows = deployed.do(lambda deployment: stored(deployment, batch_id))
    assert (batch.total, batch.chunks) == (20_001, 3)
    assert [chunk.total for chunk in chunks] == [10_000, 10_000, 1]
    assert len({row.name for row in rows}) == 20_001


def test_a_source_larger_than_a_part_is_copied_whole(deployed: Deployed) -> None:
    text = "".join(f"videos,{number:05}{'x' * 900}.mp4\n" for number in range(9_500))
    batch_id = deployed.cli("submit", manifest(text), "--yes").stdout.strip()
    copy = deployed.client("s3").get_object(Bucket=deployed.work_bucket, Key=f"batches/{batch_id}/source/list.csv")
    assert copy["ContentLength"] > PART_BYTES
    assert copy["Body"].read().decode() == text


def test_a_copy_that_breaks_off_half_way_is_taken_back(deployed: Deployed) -> None:
    source = manifest("".join(f"videos,{number:0999}.mp4\n" for number in range(17_000)))
    refused = {"status": 400, "code": "InvalidRequest", "service": "s3", "operation": "UploadPart"}
    deployed.cloud.add_fault("error", skip=1, times=1, **refused)
    try:
        assert deployed.cli("submit", source, "--yes").exit_code == 1
    finally:
        deployed.cloud.clear_faults()
    uploads = deployed.client("s3").list_multipart_uploads(Bucket=deployed.work_bucket)
    assert uploads.get("Uploads", []) == []
    assert deployed.work_keys() == []


def test_standard_input_is_a_source(deployed: Deployed) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "reelsift.cli", "submit", "-", "--yes"],
        input=b"videos,a.mp4\nvideos,b.mp4",
        capture_output=True,
        check=True,
    )
    batch, _, rows = deployed.do(lambda deployment: stored(deployment, answer.stdout.decode().strip()))
    assert batch.source == "-"
    assert [row.name for row in rows] == ["-:1", "-:2"]


def test_a_submission_whose_answer_is_lost_is_made_once(deployed: Deployed) -> None:
    deployed.cloud.add_fault("cut", times=1, when="after", service="dynamodb", operation="PutItem")
    try:
        result = deployed.cli("submit", manifest("videos,a.mp4\n"), "--yes")
    finally:
        deployed.cloud.clear_faults()
    assert result.exit_code == 0, result.stderr
    _, _, rows = deployed.do(lambda deployment: stored(deployment, result.stdout.strip()))
    assert [row.name for row in rows] == ["list.csv:1"]


def test_without_a_terminal_nothing_is_submitted_unless_told_to(deployed: Deployed) -> None:
    result = deployed.cli("submit", manifest("videos,a.mp4\n"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "add --yes" in result.stderr
    assert deployed.work_keys() == []


@pytest.mark.parametrize("agreed", [True, False])
def test_a_person_is_asked(deployed: Deployed, monkeypatch: pytest.MonkeyPatch, agreed: bool) -> None:  # noqa: FBT001 - a parameter
    questions: list[str] = []

    def answer(question: str) -> bool:
        questions.append(question)
        return agreed

    monkeypatch.setattr("reelsift.cli.submit.can_ask", lambda: True)
    monkeypatch.setattr("reelsift.cli.submit.ask", answer)
    result = deployed.cli("submit", manifest("videos,a.mp4\n"))
    assert questions == ["Submit 1 line?"]
    assert result.exit_code == (0 if agreed else 1)
    assert bool(deployed.work_keys()) is agreed


def test_an_empty_source_fails_and_leaves_nothing_behind(deployed: Deployed) -> None:
    result = deployed.cli("submit", manifest("bucket,key\n\n"), "--yes")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "no line in list.csv" in result.stderr
    assert deployed.work_keys() == []


@pytest.mark.parametrize("source", ["s3://elsewhere/in/", "s3://elsewhere/in/a.mp4"])
def test_a_bucket_that_may_not_be_read_is_refused_whatever_kind_of_source_names_it(
    deployed: Deployed, source: str
) -> None:
    result = deployed.cli("submit", source, "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not among the data buckets" in " ".join(result.stderr.split())


def test_a_compressed_list_is_refused_in_words_that_help(deployed: Deployed) -> None:
    packed = gzip.compress(b"videos,a.mp4\n")
    Path("list.csv.gz").write_bytes(packed)
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key="lists/july.csv.gz", Body=packed)
    for source in ("list.csv.gz", f"s3://{deployed.data_bucket}/lists/july.csv.gz"):
        result = deployed.cli("submit", source, "--yes")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "is compressed with gzip; unpack it first" in " ".join(result.stderr.split())
    assert deployed.work_keys() == []


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "an Excel workbook or another zip archive: save its sheet as CSV UTF-8"),
        (b"PAR1", "a Parquet file"),
    ],
)
def test_a_file_of_another_kind_is_named(deployed: Deployed, start: bytes, kind: str) -> None:
    foreign = start + bytes(range(256)) * 20
    Path("list.csv").write_bytes(foreign)
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key="lists/july", Body=foreign)
    for source in ("list.csv", f"s3://{deployed.data_bucket}/lists/july"):
        result = deployed.cli("submit", source, "--yes")
        assert (result.exit_code, result.stdout) == (2, "")
        assert kind in " ".join(result.stderr.split())
    assert deployed.work_keys() == []


@pytest.mark.parametrize(
    "text", ['[{{"bucket": "{}", "key": "a.mp4"}}]', '{{"source-ref": "s3://{}/a.mp4"}}\n', "{},a.mp4\n"]
)
def test_a_list_in_s3_may_be_called_as_inventories_are(deployed: Deployed, text: str) -> None:
    body = text.format(deployed.data_bucket).encode()
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key="lists/manifest.json", Body=body)
    result = deployed.cli("submit", f"s3://{deployed.data_bucket}/lists/manifest.json", "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["lines"], told["bad_lines"]) == (1, 0)


def test_a_missing_manifest_in_s3_is_a_sentence(deployed: Deployed) -> None:
    result = deployed.cli("submit", f"s3://{deployed.work_bucket}/none.csv", "--yes")
    assert result.exit_code == 2
    assert f"s3://{deployed.work_bucket}/none.csv does not exist" in " ".join(result.stderr.split())
    assert deployed.work_keys() == []


def test_a_pipe_that_stalls_can_be_interrupted(deployed: Deployed) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _SUBMIT_AND_INTERRUPT], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    # The pipe stays open and empty: only the signal that the process sends itself can end it.
    assert process.wait(PATIENCE_S) == 130
    assert process.stderr is not None
    assert process.stdin is not None
    assert process.stderr.read().splitlines()[-1] == "error: interrupted"
    process.stdin.close()
    process.stderr.close()
    assert deployed.work_keys() == []


_SUBMIT_AND_INTERRUPT = """
import os, signal, sys
from reelsift.batches.submit import sources
from reelsift.cli.main import main

waiting = sources._until_readable

async def interrupted(descriptor):
    os.kill(os.getpid(), signal.SIGINT)
    await waiting(descriptor)

sources._until_readable = interrupted
sys.argv = ["reelsift", "submit", "-", "--yes"]
main()
"""


def test_a_file_given_by_the_shell_is_read_like_any_other(deployed: Deployed) -> None:
    script = f"{sys.executable} -m reelsift.cli submit <(echo videos,a.mp4) --yes"
    answer = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env=dict(os.environ))
    batch, _, _ = deployed.do(lambda deployment: stored(deployment, answer.stdout.decode().strip()))
    assert batch.total == 1


@pytest.mark.parametrize(("flags", "queue"), [((), "intake"), (("--priority", "1"), "priority")])
def test_a_fleet_at_zero_tasks_is_woken_for_the_batch(deployed: Deployed, flags: tuple[str, ...], queue: str) -> None:
    assert deployed.cli("submit", manifest("videos,a.mp4\n"), "--yes", *flags).exit_code == 0
    sqs = deployed.client("sqs")
    url = sqs.get_queue_url(QueueName=f"{deployed.name}-{queue}")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert message["Body"] == TICK_MESSAGE
