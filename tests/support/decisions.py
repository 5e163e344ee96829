"""A table of reviews in memory, and people who decide in it."""

from collections.abc import Mapping
from typing import Any

from reelsift.aws.decisions import Decisions
from reelsift.aws.opinions import Opinions
from reelsift.aws.reviews import Reviews
from reelsift.aws.untold import Untold
from reelsift.domain.analysis import Analysis
from reelsift.domain.decision import Action, Decision
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.reviews.deciding import Decided, Deciding, ReviewItemParts
from reelsift.reviews.items import Items
from reelsift.reviews.opining import Opined, Opining
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.target import Target
from reelsift.runtime.clock import Clock
from support.clocks import SetClock
from support.memory_table import MemoryTable

ANNA, BEN = Reviewer("p-anna", "p-anna"), Reviewer("p-ben", "p-ben")

UNDO_MS = 10_000

VIDEO = Video("videos", "a/clip.mp4", "e1", version_id="v1", size=1000)

NUDITY = Peak(
    analysis=Analysis.CONTENT_MODERATION,
    label="Explicit Nudity",
    parents=("Explicit",),
    max_confidence=98.0,
    peak_ms=1500,
    threshold=60.0,
    ranges_ms=(),
)


def verdict(
    kind: Verdict | None, *, attempt: int = 1, video: Video = VIDEO, at_ms: int = 0, epoch: int = 0
) -> VideoVerdict:
    """A verdict that rests on this attempt."""
    reasons = (NUDITY,) if kind in {Verdict.REVIEW, Verdict.REJECT} else ()
    return VideoVerdict(video, kind, (), Basis({Analysis.CONTENT_MODERATION: attempt}, "policy", epoch), reasons, at_ms)


class DecidedVideos:
    """Videos, verdicts and decisions in one table, over the real stores."""

    def __init__(
        self,
        *,
        items: ReviewItemParts | None = None,
        opining: bool = False,
        evidence: Mapping[str, Any] | None = None,
        table: MemoryTable | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`table` and `clock` are those of a worker, where one tells what is decided. With `opining` second opinions
        are given too: then `items` are those of a desk.
        """
        self.table = table or MemoryTable("reviews")
        self.reviews = Reviews(self.table, with_events=True)
        self.decisions = Decisions(self.table)
        self.clock: Clock = clock or SetClock(1_000_000)
        self.evidence = evidence
        self.opinions = Opinions(self.table)
        opines = None
        if opining:
            assert isinstance(items, Items)
            opines = Opining(
                reviews=self.reviews,
                decisions=self.decisions,
                opinions=self.opinions,
                items=items,
                read_evidence=self._read_evidence,
                undo_ms=UNDO_MS,
                clock=self.clock,
            )
        self.deciding = Deciding(
            reviews=self.reviews,
            decisions=self.decisions,
            items=items,
            opining=opines,
            read_evidence=self._read_evidence,
            catalogue=ReasonCatalogue.built_in(),
            undo_ms=UNDO_MS,
            clock=self.clock,
        )

    async def judge(
        self, kind: Verdict | None, *, attempt: int = 1, video: Video = VIDEO, epoch: int = 0
    ) -> VideoStatus:
        """A worker writes a verdict, in however many tries."""
        was = await self.reviews.get(video.video_id)
        row = was or VideoStatus.new(video)
        made = verdict(kind, attempt=attempt, video=video, at_ms=self.clock.now_ms(), epoch=epoch)
        return await self.reviews.write(judged(row, made), was)

    async def decide(
        self,
        action: Action,
        who: Reviewer = ANNA,
        *,
        video: Video = VIDEO,
        key: str | None = None,
        **members: Any,
    ) -> Decided:
        made = await self.decide_or_opine(action, who, video=video, key=key, **members)
        assert isinstance(made, Decided)
        return made

    async def decide_or_opine(
        self, action: Action, who: Reviewer = ANNA, *, video: Video = VIDEO, key: str | None = None, **members: Any
    ) -> Decided | Opined:
        """What somebody decides, which may be taken down as a second opinion."""
        request = self._request(action, members)
        return await self.deciding.decide(Target(video.video_id, video), request, who, key=key)

    async def opine(
        self, action: Action, who: Reviewer = BEN, *, video: Video = VIDEO, key: str | None = None, **members: Any
    ) -> Opined:
        request = self._request(action, members)
        return await self.deciding.opine(Target(video.video_id, video), request, who, key=key)

    async def row(self, video: Video = VIDEO) -> VideoStatus:
        row = await self.reviews.get(video.video_id)
        assert row is not None
        return row

    async def tell(self, video: Video = VIDEO) -> list[int]:
        """All that is unpublished is told; returns its numbers."""
        told = [event.revision.number for event in (await self.row(video)).unpublished]
        await Untold(self.table).told(video.video_id, told)
        return told

    async def all_decisions(self, video: Video = VIDEO) -> list[Decision]:
        return [decision async for decision in self.decisions.of_video(video.video_id)]

    @staticmethod
    def _request(action: Action, members: dict[str, Any]) -> DecisionRequest:
        if action in {Action.REJECT, Action.RESTRICT}:
            members.setdefault("reasons", ("nudity",))
        if action is Action.RESTRICT:
            members.setdefault("age", 18)
        return DecisionRequest(action=action, **members).checked()

    async def _read_evidence(self, _row: VideoStatus) -> Mapping[str, Any] | None:
        return self.evidence
