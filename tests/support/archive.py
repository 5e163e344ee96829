"""An archive in memory: videos that were judged, their stored results, and parts of the copy."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from reelsift.archive.part import FOLDER, PartFile
from reelsift.aws.decisions import Decisions
from reelsift.aws.jobs import Jobs
from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.policy_versions import PolicyVersions
from reelsift.aws.reviews import Reviews
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import JobState
from reelsift.domain.policy import Policy
from reelsift.domain.result import ResultReader, encode_result, key_of_result
from reelsift.domain.segments import Segment
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided, judged
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from support.jobs import make_job
from support.memory_stores import MemoryWork, settings
from support.memory_table import MemoryTable

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment

Found = Mapping[Analysis, list[Segment]]
"""What each analysis of a video has shown."""


class Archive:
    """Videos are named by a number. What is not put into a part lies in results only."""

    def __init__(self, policy: Policy | None = None) -> None:
        """`policy` is the one that has judged them."""
        self.policy = policy or Policy.built_in()
        self.work = MemoryWork()
        self.reviews = Reviews(MemoryTable("reviews"), with_events=False)
        self.jobs = Jobs(MemoryTable("jobs"))
        self.videos: dict[int, Found] = {}
        batches = MemoryTable("batches")
        self.deployment = cast(
            "Deployment",
            SimpleNamespace(
                work=self.work,
                reviews=self.reviews,
                jobs=self.jobs,
                decisions=Decisions(self.reviews.table),
                settings=settings(decision_s=90),
                policy_versions=PolicyVersions(batches, self.work),
                model_versions=ModelVersions(batches),
            ),
        )

    @staticmethod
    def video(number: int) -> Video:
        return Video("videos", f"{number}.mp4", f"{number:032x}", size=1)

    async def judged(
        self, number: int, found: Found, *, attempt: int = 1, decision: Status | None = None, batch: str = "b1"
    ) -> VideoStatus:
        """Store the results of a video, its jobs, and the verdict of the policy; perhaps a person's decision too."""
        self.videos[number] = found
        video = self.video(number)
        for analysis, segments in found.items():
            key = self.result_key(number, analysis, attempt)
            head = {
                "analysis": str(analysis),
                "attempt": attempt,
                "model_version": "7.0",
                "duration_ms": 60_000,
                "seen_from": 50.0,
            }
            self.work.objects[key] = encode_result(head, segments)
            job = make_job(JobState.CLOSED, video=video, analysis=analysis, attempt=attempt, result_key=key)
            await self.jobs.table.transact({"job": self.jobs.put_item(job, None)})
        judgement = self.policy.judge([segment for some in found.values() for segment in some], found)
        verdict = VideoVerdict(
            video=video,
            verdict=judgement.verdict if self.policy.needs else None,
            missing=judgement.missing,
            basis=Basis(dict.fromkeys(found, attempt), self.policy.digest),
            reasons=judgement.reasons[:20],
            judged_ms=1_000 + number,
        )
        row = replace(judged(VideoStatus.new(video), verdict), asked_by=(batch, "m:1"))
        if decision is not None:
            row = decided(row, decision, number=1, by=By(person="p"), at_ms=2_000)
        return await self.reviews.write(row, None)

    def result_key(self, number: int, analysis: Analysis, attempt: int = 1) -> str:
        return key_of_result(self.video(number).video_id, f"{analysis}/{attempt}-ab12cd34")

    def put_part(self, name: str, answers: Iterable[tuple[int, Analysis]], attempt: int = 1) -> str:
        """Make a part of some answers, read out of their stored results; returns its key."""
        file, body = PartFile(), b""
        for number, analysis in answers:
            reader, begin = ResultReader(), 0
            for segments in reader.add(self.work.objects[self.result_key(number, analysis, attempt)]):
                file.add(self.video(number).video_id, reader.head, segments, begin=begin)
                begin += len(segments)
            if not begin:
                file.add(self.video(number).video_id, reader.head, [])
            body += file.take()
        key = f"{FOLDER}{name}.parquet"
        self.work.objects[key] = body + file.close()
        return key


def seen(analysis: Analysis, label: str, confidence: float, *parents: str, **members: Any) -> Segment:
    """A segment of one second."""
    plain = {"start_ms": 0, "end_ms": 1_000, "samples": 2, "mean_confidence": confidence, "peak_ms": 500} | members
    return Segment(analysis=analysis, label=label, parents=parents, max_confidence=confidence, **plain)
