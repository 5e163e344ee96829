"""What recorded answers show, and what a policy makes of them: without AWS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.policy import Judgement, Policy, Verdict
from reelsift.domain.result import in_order, peak_members, segment_members
from reelsift.domain.segments import Segment
from reelsift.queries.recording import Recording, read_answers


@dataclass(frozen=True, slots=True)
class Inspection:
    """The answers of one video, at most one an analysis, with their segments and the policy's judgement of them.

    `judged` is whether the policy needs one of these answers; other labels cannot clear a video.
    """

    answers: Sequence[Answer]
    segments: Sequence[Segment]
    judgement: Judgement
    judged: bool

    @property
    def video(self) -> str | None:
        """The video's s3:// URI; None where the answers are too old to name it."""
        return next((answer.video.uri for answer in self.answers if answer.video is not None), None)

    @property
    def verdict(self) -> Verdict | None:
        """The verdict over all answers together; None where the policy needs none of them."""
        return self.judgement.verdict if self.judged else None

    @property
    def truncated(self) -> list[Analysis]:
        """The analyses whose last page is missing: what it shows is left out."""
        return [answer.analysis for answer in self.answers if answer.truncated]

    def members(self) -> dict[str, Any]:
        """The inspection as JSON members, like those of a stored result: times in milliseconds, confidences 0-100."""
        return {
            "video": self.video,
            "analyses": [str(answer.analysis) for answer in self.answers],
            "segments": in_order(segment_members(segment) for segment in self.segments),
            "verdict": None if self.verdict is None else str(self.verdict),
            "missing": [str(analysis) for analysis in self.judgement.missing],
            "alerts": [peak_members(peak) for peak in self.judgement.alerts],
        }


def inspect_recordings(recordings: Sequence[Recording], policy: Policy, max_gap_ms: int | None = None) -> Inspection:
    """Look at recorded Get* answers, pages of one video in any order. `max_gap_ms` is the longest gap inside a segment,
    1.5 sampling steps for None.

    Raises UnusableRecording, NoRecordings, RecordingsOfSeveralVideos and AnswerWithoutResult.
    """
    return inspect_answers(read_answers(recordings), policy, max_gap_ms)


def inspect_answers(answers: Sequence[Answer], policy: Policy, max_gap_ms: int | None = None) -> Inspection:
    """Look at answers of one video."""
    segments = [segment for answer in answers for segment in answer.segments(max_gap_ms)]
    analysed = [answer.analysis for answer in answers if not answer.truncated]
    judged = not policy.needs.isdisjoint(answer.analysis for answer in answers)
    return Inspection(answers, segments, policy.judge(segments, analysed), judged)
