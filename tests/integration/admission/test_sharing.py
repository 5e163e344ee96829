"""Identical content under several keys is analysed once; each video gets a verdict, labels and an alert of its own."""

import gzip
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.claims import Claim, Content
from reelsift.aws.objects import WorkBucket
from reelsift.aws.raw_answers import RawAnswerLostError, stored_pages
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobKey
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.video import ObjectRef
from reelsift.runtime.clock import now_ms
from support.clocks import QUICK_TIMINGS
from support.site import Site, Sites, until
from support.world import ALERTING

UNSUPPORTED = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}


def put_twins(site: Site, *keys: str, answer: Any = None) -> None:
    for key in keys:
        site.put_video(key, answer=answer, ChecksumAlgorithm="SHA256")


QUICK_CHECKS = replace(QUICK_TIMINGS, first_owner_check_s=0.2, longest_owner_check_s=0.2)


async def test_two_lines_of_identical_content_at_once_are_paid_once_and_each_has_all_of_its_own(sites: Sites) -> None:
    async with sites(timings=QUICK_CHECKS, share_identical="true") as site:
        put_twins(site, "a.mp4", "b.mp4", "c.mp4", answer=ALERTING)
        async with site.worker(), site.worker():
            for key in ("a.mp4", "b.mp4", "c.mp4"):
                await site.send(key, "b", submitted_ms=1)
            found = await site.outcomes("b", 3)
            await site.quiet()
        (paid,) = (outcome for outcome in found.values() if outcome.billed_ms)
        shared = [outcome for outcome in found.values() if not outcome.billed_ms]
        assert [(o.status, o.reason, o.result_from_uri) for o in shared] == [
            (OutcomeStatus.SUCCEEDED, Reason.SHARED, paid.ref.uri)
        ] * 2
        assert {o.verdict for o in found.values()} == {"reject"}
        assert [job["status"] for job in site.started()] == ["SUCCEEDED"]
        assert sorted({row["video"] for row in site.books.rows("labels")}) == sorted(o.ref.uri for o in found.values())
        assert len({alert["MessageAttributes"]["alert_id"]["Value"] for alert in site.books.alerts()}) == 3


async def test_an_older_result_is_shared_too_but_not_with_a_line_that_asks_again(sites: Sites) -> None:
    async with sites(share_identical="true") as site:
        put_twins(site, "a.mp4", "b.mp4", "c.mp4")
        async with site.worker():
            await site.send("a.mp4", "b")
            await site.outcomes("b", 1)
            await site.send("b.mp4", "b")
            await site.send("c.mp4", "b", again=True)
            found = await site.outcomes("b", 3)
            await site.quiet()
        assert {name: outcome.reason for name, outcome in found.items()} == {
            "a.mp4": None,
            "b.mp4": Reason.SHARED,
            "c.mp4": None,
        }
        assert len(site.started()) == 2


async def test_a_batch_says_itself_whether_it_shares_and_without_a_limit_nothing_is_written_of_money(
    sites: Sites,
) -> None:
    async with sites(share_identical="true") as site:
        put_twins(site, "a.mp4", "b.mp4")
        await site.batch("apart", share=False)
        async with site.worker():
            await site.send("a.mp4", "apart")
            await site.send("b.mp4", "apart")
            await site.outcomes("apart", 2)
        assert len(site.started()) == 2
        assert not [row for row in site.books.rows("batches") if "committed" in row]


async def test_the_claim_of_one_that_failed_passes_on(sites: Sites) -> None:
    async with sites(timings=QUICK_CHECKS, share_identical="true") as site:
        put_twins(site, "fails.mp4", answer=UNSUPPORTED)
        put_twins(site, "b.mp4", "c.mp4")
        site.cloud.knobs(job_seconds=600)
        async with site.worker():
            await site.send("fails.mp4", "b")
            await site.state("fails.mp4", "RUNNING")
            await site.send("b.mp4", "b")
            await site.send("c.mp4", "b")
            await site.state("b.mp4", "WAITING")
            await site.state("c.mp4", "WAITING")
            site.finish()
            site.cloud.knobs(job_seconds=0.2)
            found = await site.outcomes("b", 3)
            await site.quiet()
        assert found["fails.mp4"].reason is Reason.UNSUPPORTED_CODEC
        assert {found["b.mp4"].reason, found["c.mp4"].reason} == {None, Reason.SHARED}
        assert len(site.started()) == 2


async def test_a_claim_whose_owner_never_came_passes_on(sites: Sites) -> None:
    async with sites(timings=replace(QUICK_CHECKS, vanished_owner_s=1), share_identical="true") as site:
        put_twins(site, "a.mp4")
        video = await site.deployment.videos.head(ObjectRef(site.bucket, "a.mp4"), checksum=True)
        assert video.sha256 is not None
        assert video.size is not None
        content = Content(video.sha256, video.size, Analysis.CONTENT_MODERATION)
        settings = site.deployment.start_settings.model_settings(Analysis.CONTENT_MODERATION)
        dead = Claim("0" * 40, settings, now_ms())
        await site.deployment.claims.take(content, dead, was=None)
        async with site.worker():
            await site.send("a.mp4", "b")
            found = await site.outcomes("b", 1)
            await site.quiet()
        assert found["a.mp4"].status is OutcomeStatus.SUCCEEDED
        claim = await site.deployment.claims.get(content)
        assert claim is not None
        assert claim.owner == video.video_id


async def test_where_the_raw_answer_is_gone_the_content_is_analysed_once_more(sites: Sites) -> None:
    async with sites(timings=QUICK_CHECKS, share_identical="true") as site:
        put_twins(site, "a.mp4", "b.mp4", "c.mp4")
        async with site.worker():
            await site.send("a.mp4", "b")
            await site.outcomes("b", 1)
            raw_key = (await site.state("a.mp4", "CLOSED"))["raw_key"]
            await site.deployment.work.delete_below(raw_key)
            await site.send("b.mp4", "b")
            await site.send("c.mp4", "b")
            found = await site.outcomes("b", 3)
            await site.quiet()
        assert {found["b.mp4"].reason, found["c.mp4"].reason} == {None, Reason.SHARED}
        assert {o.status for o in found.values()} == {OutcomeStatus.SUCCEEDED}
        assert len(site.started()) == 2


async def test_a_worker_that_dies_after_it_has_passed_a_claim_on_leaves_nobody_waiting(sites: Sites) -> None:
    """The row still says that it shares; the claim says that it is the owner."""
    async with sites(timings=QUICK_CHECKS, share_identical="true") as site:
        put_twins(site, "a.mp4", "b.mp4")
        site.cloud.knobs(job_seconds=600)
        async with site.worker():
            await site.send("a.mp4", "b")
            await site.state("a.mp4", "RUNNING")
            await site.send("b.mp4", "b")
            row = await site.state("b.mp4", "WAITING")
            content = Content(row["content"], int(row["size"]), Analysis.CONTENT_MODERATION)
            was = await site.deployment.claims.get(content)
            assert was is not None
            await site.deployment.claims.take(content, replace(was, owner=row["video_id"]), was)

            async def normal() -> bool:
                job = await site.deployment.jobs.get(JobKey(row["video_id"], Analysis.CONTENT_MODERATION))
                return job is not None and job.content.duplicate_of_id is None and job.start.job_id is not None

            await until(normal, "it is analysed itself")
            site.finish()
            await site.outcomes("b", 2)
            await site.quiet()


async def read(work: WorkBucket, key: str) -> list[dict[str, Any]]:
    return [page async for page in stored_pages(work, key)]


async def test_a_raw_answer_is_read_as_it_was_written_and_damage_is_told(sites: Sites) -> None:
    async with sites() as site:
        work = site.deployment.work
        pages = [{"page": number, "text": "ü\n[]" * 20_000} for number in range(3)]
        async with work.answer_writer("raw/good") as raw:
            for page in pages:
                await raw.write(page)
        assert await read(work, "raw/good") == pages
        good = await work.get("raw/good")
        damaged = {
            "cut short": good[: len(good) // 2],
            "no gzip": b"[{}]",
            "empty": b"",
            "no page": gzip.compress(b"[1]"),
            "a page cut short": gzip.compress(b'[{"page": 1'),
            "no end": gzip.compress(b"[{},\n"),
        }
        for what, body in damaged.items():
            await work.put(f"raw/{what}", body, "application/gzip")
        for what in [*damaged, "missing"]:
            with pytest.raises(RawAnswerLostError, match=f"raw/{what}"):
                await read(work, f"raw/{what}")


async def test_the_digest_of_a_multipart_upload_is_no_identity(sites: Sites) -> None:
    async with sites() as site:
        s3 = site.books.client("s3")
        upload = s3.create_multipart_upload(Bucket=site.bucket, Key="m.mp4", ChecksumAlgorithm="SHA256")["UploadId"]
        part = s3.upload_part(
            Bucket=site.bucket, Key="m.mp4", UploadId=upload, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256"
        )
        s3.complete_multipart_upload(
            Bucket=site.bucket,
            Key="m.mp4",
            UploadId=upload,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
        )
        site.put_video("plain.mp4")
        for key in ("m.mp4", "plain.mp4"):
            assert (await site.deployment.videos.head(ObjectRef(site.bucket, key), checksum=True)).sha256 is None
