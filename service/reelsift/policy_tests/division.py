"""One division of a test: its videos, judged by what was spilled of the copy. Runs in a process of its own."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reelsift.archive.part import is_kept, segment_of
from reelsift.domain.analysis import Analysis
from reelsift.domain.judged_video import JudgedVideo, KnownAnswer
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.policy_test import Asked, PolicyTest
from reelsift.domain.policy_version import Models
from reelsift.domain.segments import Segment
from reelsift.policy_tests.spill import spilled_rows, spilled_videos

MOST_READ = 10_000
"""Answers that the copy lacks and that a test reads from stored results instead."""

_ANALYSES = {str(analysis): analysis for analysis in Analysis}

_Name = tuple[str, Analysis]


@dataclass(slots=True)
class DivisionTest:
    """What a division comes to: the test of those videos whose answers are all there, and the others: the first
    MOST_READ of them, and how many more there are.
    """

    test: PolicyTest = field(default_factory=PolicyTest)
    lacking: list[JudgedVideo] = field(default_factory=list)
    lacking_more: int = 0


class Judge:
    """Judges videos by a policy. What shows nothing is judged once for all that show nothing."""

    def __init__(self, policy: Policy, known_models: Models | None = None) -> None:
        self.asked = Asked.by(policy, known_models)
        self.policy = policy
        self._of_nothing: dict[frozenset[Analysis], Judgement] = {}

    def judge(self, segments: list[Segment], analysed: frozenset[Analysis]) -> Judgement:
        """What the policy makes of a video by its relevant segments."""
        if segments:
            return self.policy.judge(segments, analysed)
        if analysed not in self._of_nothing:
            self._of_nothing[analysed] = self.policy.judge([], analysed)
        return self._of_nothing[analysed]


def judge_division(folder: Path, division: int, judge: Judge, spoilt: Collection[int] = ()) -> DivisionTest:
    """Judge the videos of a division. `spoilt` are the numbers of parts of which only some rows could be read."""
    videos = {video.video_id: video for video in spilled_videos(folder, division)}
    answers = _answers(folder, division, videos, spoilt)
    evidence = _evidence(folder, division, videos, answers)
    result = DivisionTest()
    for video in videos.values():
        known = [answers.get((video.video_id, analysis)) for analysis in video.attempts if is_kept(analysis)]
        there = [answer for _, answer in filter(None, known)]
        if len(there) == len(known):
            judgement = judge.judge(evidence.get(video.video_id, []), frozenset(video.attempts))
            result.test.add(video, judgement, there, judge.asked)
        elif len(result.lacking) < MOST_READ:
            result.lacking.append(video)
        else:
            result.lacking_more += 1
    return result


def lacking_answers(
    folder: Path, division: int, spoilt: Collection[int] = ()
) -> Iterator[tuple[JudgedVideo, list[Analysis]]]:
    """The videos of a division of which the copy lacks answers, with the analyses whose answer it lacks; those of which
    it has all with none.
    """
    videos = {video.video_id: video for video in spilled_videos(folder, division)}
    answers = _answers(folder, division, videos, spoilt)
    for video in videos.values():
        needed = [analysis for analysis in video.attempts if is_kept(analysis)]
        yield video, [analysis for analysis in needed if (video.video_id, analysis) not in answers]


def _answers(
    folder: Path, division: int, videos: Mapping[str, JudgedVideo], spoilt: Collection[int]
) -> dict[_Name, tuple[int, KnownAnswer]]:
    """The answers that verdicts rest on and that are there, each with the first part that has it."""
    found: dict[_Name, tuple[int, KnownAnswer]] = {}
    for row in _rows(folder, "answers", division):
        analysis = _ANALYSES.get(row["analysis"])
        video = videos.get(row["video_id"])
        if video is None or analysis is None or row["part"] in spoilt or video.attempts.get(analysis) != row["attempt"]:
            continue
        name = row["video_id"], analysis
        if name not in found or row["part"] < found[name][0]:
            answer = KnownAnswer(analysis, row["attempt"], row["model_version"], row["seen_from"])
            found[name] = row["part"], answer
    return found


def _evidence(
    folder: Path,
    division: int,
    videos: Mapping[str, JudgedVideo],
    answers: Mapping[_Name, tuple[int, KnownAnswer]],
) -> dict[str, list[Segment]]:
    """The relevant segments of these answers, by video."""
    found: dict[str, list[Segment]] = {}
    for row in _rows(folder, "evidence", division):
        analysis = _ANALYSES.get(row["analysis"])
        if analysis is None or row["video_id"] not in videos:
            continue
        part, answer = answers.get((row["video_id"], analysis), (None, None))
        if part == row["part"] and answer is not None and answer.attempt == row["attempt"]:
            found.setdefault(row["video_id"], []).append(segment_of(row))
    return found


def _rows(folder: Path, kind: str, division: int) -> Iterator[dict[str, Any]]:
    for batch in spilled_rows(folder, kind, division):
        yield from batch.to_pylist()
