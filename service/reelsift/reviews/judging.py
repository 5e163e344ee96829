"""What a policy makes of a video's answers, and all that the verdict rests on, written down as one document."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import DatasetHead, encode_dataset
from reelsift.domain.job import Answered
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.reevaluation import Reevaluated
from reelsift.domain.result import peak_members
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import MOST_REASONS, Basis, VideoVerdict
from reelsift.reviews.analysis_result import AnalysisResult
from reelsift.runtime.clock import Clock

PIECES_AT_ONCE = 16
"""Pieces of a dataset, of 250 segments each, that are made in one turn of a thread."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Results:
    """The stored results of a video, and the analyses whose result was `deleted`."""

    found: list[AnalysisResult] = field(default_factory=list)
    deleted: list[Analysis] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict that is not stored yet, all that the policy says beside it, and the length of the video, None where no
    result tells it.
    """

    verdict: VideoVerdict
    judgement: Judgement
    duration_ms: int | None


class Judging:
    """Holds policies against answers. Stores the document of a video, and nothing else."""

    def __init__(self, work: WorkBucket, clock: Clock) -> None:
        self._work = work
        self._clock = clock

    async def read(self, answers: Mapping[Analysis, Answered]) -> Results:
        """The stored results of some answers: up to six, of several MB each."""
        results = Results()
        for analysis, answered in answers.items():
            body = await self._body(answered)
            if body is None:
                results.deleted.append(analysis)
            else:
                results.found.append(AnalysisResult.stored(analysis, body))
        return results

    async def judge(
        self,
        results: Sequence[AnalysisResult],
        video: Video,
        basis: Basis,
        policy: Policy,
        *,
        stored: VideoVerdict | None,
        reevaluated: Reevaluated | None = None,
    ) -> Judged:
        """The verdict of a video by some results, and its document stored. What was alerted of the verdict that is
        `stored` stays alerted.
        """
        # A dense answer takes seconds: time in which every other message of this worker would wait.
        judgement = await asyncio.to_thread(_judgement, policy, results)
        duration_ms = next((result.duration_ms for result in results if result.duration_ms is not None), None)
        verdict = VideoVerdict(
            video=video,
            verdict=judgement.verdict if policy.needs else None,
            missing=judgement.missing,
            basis=basis,
            reasons=tuple(replace(peak, ranges_ms=()) for peak in judgement.reasons[:MOST_REASONS]),
            judged_ms=self._clock.now_ms(),
            alerted=stored.alerted if stored is not None else (),
            unsent=stored.unsent if stored is not None else frozenset(),
            reevaluated=reevaluated,
        )
        await self._put_dataset(verdict, judgement, results, duration_ms)
        return Judged(verdict, judgement, duration_ms)

    async def _body(self, answered: Answered) -> bytes | None:
        """A stored result, or None where it was deleted."""
        try:
            return await self._work.get(answered.result_key)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            _log.warning("result_deleted", key=answered.result_key)
            return None

    async def _put_dataset(
        self, verdict: VideoVerdict, judgement: Judgement, results: Sequence[AnalysisResult], duration_ms: int | None
    ) -> None:
        """Keep what the verdict rests on as one document. Its name is that of its content: who writes it again, writes
        the same.
        """
        head = DatasetHead(
            video=verdict.video,
            duration_ms=duration_ms,
            frame_rate=next((result.frame_rate for result in results if result.frame_rate is not None), None),
            analyses={result.analysis: result.state for result in results},
            verdict=None if verdict.verdict is None else str(verdict.verdict),
            missing=verdict.missing,
            basis=verdict.basis.members(),
            reasons=[peak_members(peak) for peak in judgement.reasons],
            alerts=[peak_members(peak) for peak in judgement.alerts],
        )
        pieces = encode_dataset(head, [result.members() for result in results])
        async with self._work.writer(verdict.dataset_key, "application/json") as writer:
            while some := await asyncio.to_thread(_joined, pieces):
                await writer.write(some)


def _judgement(policy: Policy, results: Sequence[AnalysisResult]) -> Judgement:
    segments = (segment for result in results for segment in result.segments())
    return policy.judge(segments, [result.analysis for result in results])


def _joined(pieces: Iterator[bytes]) -> bytes:
    """The next pieces; nothing after the last."""
    return b"".join(islice(pieces, PIECES_AT_ONCE))
