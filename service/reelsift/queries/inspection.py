"""What recorded answers show, and what a policy makes of them: without AWS."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from reelsift.domain.analyses.options import Values
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.dataset import AnalysisState, AnalysisStatus, DatasetHead, LeftOut, encode_dataset
from reelsift.domain.policy import Judgement, Policy, Verdict
from reelsift.domain.result import peak_members, segment_members
from reelsift.domain.segments import Segment
from reelsift.queries.recording import Recording, read_answers


@dataclass(frozen=True, slots=True)
class Inspection:
    """The answers of one video, at most one an analysis, with the segments of each and the policy's judgement of them.

    `policy` is its digest. `judged` is whether the policy needs one of these answers; other labels cannot clear a
    video.
    """

    answers: Sequence[Answer]
    found: Sequence[Sequence[Segment]]
    judgement: Judgement
    policy: str
    judged: bool

    @property
    def segments(self) -> list[Segment]:
        """Those of all answers, one answer after the other."""
        return [segment for of_answer in self.found for segment in of_answer]

    @property
    def verdict(self) -> Verdict | None:
        """The verdict over all answers together; None where the policy needs none of them."""
        return self.judgement.verdict if self.judged else None

    @property
    def truncated(self) -> list[Analysis]:
        """The analyses whose last page is missing: what it shows is left out."""
        return [answer.analysis for answer in self.answers if answer.truncated]

    @property
    def head(self) -> DatasetHead:
        """What the answers say of the video, but for the segments. Older answers do not name it."""
        return DatasetHead(
            video=next((answer.video for answer in self.answers if answer.video is not None), None),
            duration_ms=next((answer.duration_ms for answer in self.answers if answer.duration_ms is not None), None),
            frame_rate=next((answer.frame_rate for answer in self.answers if answer.frame_rate is not None), None),
            analyses={answer.analysis: _state(answer) for answer in self.answers},
            verdict=None if self.verdict is None else str(self.verdict),
            missing=self.judgement.missing,
            # A recorded answer does not tell of which attempt it is.
            basis=None if self.verdict is None else {"attempts": {}, "policy": self.policy},
            reasons=[peak_members(peak) for peak in self.judgement.reasons],
            alerts=[peak_members(peak) for peak in self.judgement.alerts],
        )

    def results(self) -> list[Iterator[Mapping[str, Any]]]:
        """The segments of each answer as JSON, in order."""
        return [map(segment_members, of_answer) for of_answer in self.found]

    def dataset(self) -> Iterator[bytes]:
        """The same document as of a video that was analysed, piece by piece."""
        return encode_dataset(self.head, self.results())


def inspect_recordings(
    recordings: Sequence[Recording], policy: Policy, max_gap_ms: int | None = None, options: Values | None = None
) -> Inspection:
    """Look at recorded Get* answers, pages of one video in any order. `max_gap_ms` is the longest gap inside a segment,
    1.5 sampling steps for None; `options` are those of the analyses that say what is kept of an answer.

    Raises UnusableRecording, NoRecordings, RecordingsOfSeveralVideos and AnswerWithoutResult.
    """
    return inspect_answers(read_answers(recordings, options), policy, max_gap_ms)


def inspect_answers(answers: Sequence[Answer], policy: Policy, max_gap_ms: int | None = None) -> Inspection:
    """Look at answers of one video."""
    found = [answer.segments(max_gap_ms) for answer in answers]
    analysed = [answer.analysis for answer in answers if not answer.truncated]
    judgement = policy.judge(chain.from_iterable(found), analysed)
    judged = not policy.needs.isdisjoint(answer.analysis for answer in answers)
    return Inspection(answers, found, judgement, policy.digest, judged)


def _state(answer: Answer) -> AnalysisState:
    status = AnalysisStatus.TRUNCATED if answer.truncated else AnalysisStatus.SUCCEEDED
    left_out = LeftOut(answer.left_out, answer.kept_from) if answer.left_out else None
    return AnalysisState(status, job_id=answer.job_id, model_version=answer.model_version, left_out=left_out)
