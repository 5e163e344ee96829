"""Decided videos by their stored results: how sure Rekognition was of what a policy may judge by itself."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.domain.advice import LabelThresholds, Weighed
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.decided_video import DecidedVideo, LabelId
from reelsift.domain.evidence import Evidence, gather
from reelsift.domain.folding import fold_accents
from reelsift.domain.passing import passing
from reelsift.domain.policy import Policy
from reelsift.domain.result import ResultReader, read_segment
from reelsift.domain.rules import Action
from reelsift.domain.segments import Segment

MOST_VIDEOS = 10_000
"""Decided videos whose results are read, the first: each is a GET for every analysis."""

VIDEOS_AT_ONCE = 8


@dataclass(slots=True)
class Weighing:
    """Weighed videos, the thresholds of the labels that these alone decide over, and how many videos had no result."""

    weighed: list[Weighed] = field(default_factory=list)
    thresholds: dict[LabelId, LabelThresholds] = field(default_factory=dict)
    gone: int = 0


async def weigh(deployment: Deployment, policy: Policy, videos: Sequence[DecidedVideo]) -> Weighing:
    """Weigh decided videos by the newest answers of the analyses that the policy judges."""
    made = _Weigher(deployment, policy)
    for start in range(0, min(len(videos), MOST_VIDEOS), VIDEOS_AT_ONCE):
        await asyncio.gather(*map(made.add, videos[start : min(start + VIDEOS_AT_ONCE, MOST_VIDEOS)]))
    return made.weighing


class _Weigher:
    def __init__(self, deployment: Deployment, policy: Policy) -> None:
        self._deployment = deployment
        self._policy = policy
        self._rules = policy.rules
        self.weighing = Weighing()

    async def add(self, video: DecidedVideo) -> None:
        segments: list[Segment] = []
        least: dict[Analysis, float] = {}
        jobs = await self._deployment.jobs.of_video(video.video_id)
        answers = [job for job in jobs if job.newest_answer is not None and self._counts(job.analysis)]
        for job in answers:
            assert job.newest_answer is not None  # noqa: S101 - asked above
            head = await self._read(job.newest_answer.result_key, segments)
            if head is None:
                self.weighing.gone += 1
                return
            least[job.analysis] = self._least(job.analysis, head)
        if not answers:
            self.weighing.gone += 1
            return
        self.weighing.weighed.append(await asyncio.to_thread(self._weighed, video, segments, least))

    def _counts(self, analysis: Analysis) -> bool:
        return self._policy.lowest(analysis) is not None

    def _least(self, analysis: Analysis, head: dict[str, Any]) -> float:
        """From which confidence on anything could be seen: as was noted, else as the deployment is set."""
        option = analysis.spec.keep_from or analysis.spec.ask_from
        by_default = 0.0 if option is None else float(option.value(self._deployment.settings.options))
        noted = head.get("seen_from")
        return by_default if noted is None else max(by_default, float(noted))

    async def _read(self, key: str, segments: list[Segment]) -> dict[str, Any] | None:
        """What a result says of itself, None where it is gone. Its segments that can count are added."""
        reader = ResultReader()
        try:
            async with aclosing(self._deployment.work.pieces(key)) as pieces:
                async for piece in pieces:
                    segments += await asyncio.to_thread(self._read_some, reader, piece)
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None
        return reader.head

    def _read_some(self, reader: ResultReader, piece: bytes) -> list[Segment]:
        return [read_segment(members) for some in reader.add(piece) for members in some if members["label"] != "Shot"]

    def _weighed(self, video: DecidedVideo, segments: list[Segment], least: dict[Analysis, float]) -> Weighed:
        gathered = gather(segments, self._rules)
        confidences: dict[LabelId, float] = {}
        alone = set()
        for found in gathered.labels:
            if (label := self._alone(found)) is None:
                continue
            alone.add(found.key)
            sure = found.label.max_confidence
            confidences[label] = max(sure, confidences.get(label, sure))
            self._note(label, found, least.get(found.label.analysis, 0.0))
        reached = (passing(action, gathered, self._rules) for action in (Action.REVIEW, Action.REJECT))
        return Weighed(video, confidences, fixed=any(key not in alone for keys in reached for key in keys))

    def _alone(self, found: Evidence) -> LabelId | None:
        """What evidence counts as, where a threshold alone decides over it: neither a time nor a kind of pictures."""
        analysis = found.label.analysis
        by_name = self._rules.by_name.get(analysis, {})
        chain = [by_name[name] for name in found.names if name in by_name]
        if analysis.spec.judging is not Judging.EVERY_LABEL and not chain:
            return None
        if any(rule.by_content or rule.at_least_ms for rule in (*chain, self._rules.default)):
            return None
        if analysis.spec.judging is Judging.WRITING:
            return analysis, chain[0].name
        return analysis, found.label.label

    def _note(self, label: LabelId, found: Evidence, least: float) -> None:
        known = self.weighing.thresholds.get(label)
        review, reject = (
            self._rules.threshold(action, found.label.analysis, found.names)
            for action in (Action.REVIEW, Action.REJECT)
        )
        self.weighing.thresholds[label] = LabelThresholds(review, reject, max(least, known.least if known else 0.0))


def advised_document(document: str, advised: Mapping[LabelId, Mapping[Action, float]]) -> dict[str, Any]:
    """A policy's document with other thresholds."""
    content: dict[str, Any] = json.loads(document)
    for (analysis, name), thresholds in advised.items():
        section = dict(content.get(str(analysis)) or {})
        key = next((key for key in section if fold_accents(key) == fold_accents(name)), name)
        rule = section.get(key, {})
        # What was switched off stays so, but for what is advised.
        said = rule if isinstance(rule, dict) else dict.fromkeys(map(str, Action), "off")
        section[key] = {**said, **{str(action): threshold for action, threshold in thresholds.items()}}
        content[str(analysis)] = section
    return content
