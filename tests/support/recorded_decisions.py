"""Decisions as they are stored, of whatever time and with whatever members a test wants, in any table of reviews."""

from dataclasses import dataclass, field, replace
from typing import Any

from reelsift.aws.decisions import Decisions
from reelsift.aws.opinions import Opinions
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import Table
from reelsift.domain.decision import FIRST, Action, Decision, Private
from reelsift.domain.opinion import Opinion, agree
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.status import By, Restriction, Status, VideoStatus
from reelsift.domain.status_changes import decided
from reelsift.domain.video import Video
from support.clocks import LATER_MS
from support.memory_table import MemoryTable

REASONS = ReasonCatalogue.built_in().by_code
DAY_MS = 24 * 3600 * 1000
NOW_MS = LATER_MS


def video(number: int) -> Video:
    """One of many videos."""
    return Video("videos", f"in/{number}.mp4", f"e{number}", size=10)


@dataclass
class RecordedDecisions:
    """The table of the reviews, its stores, and what is written there."""

    table: Table = field(default_factory=lambda: MemoryTable("reviews"))

    def __post_init__(self) -> None:
        self.decisions = Decisions(self.table)
        self.opinions = Opinions(self.table)
        self.reviews = Reviews(self.table, with_events=False)

    async def decide(self, number: int, action: Action, *, at_ms: int = NOW_MS, **members: Any) -> Decision:
        """Decide one of many videos."""
        return await self.decide_on(video(number), action, at_ms=at_ms, **members)

    async def opine(self, decision: Decision, action: Action, *, at_ms: int = NOW_MS, **members: Any) -> Opinion:
        """Give a second opinion on a decision."""
        private = Private("00" * 16, None, members.pop("note", None), {"sha256": "ab" * 32})
        opinion = Opinion(
            video_id=decision.video_id,
            decision=decision.number,
            action=action,
            by="p-two",
            principal="p-two",
            at_ms=at_ms,
            agrees=agree(decision, action, None),
            reasons=(REASONS["nudity"],) if action is Action.REJECT else (),
            probability=0.05,
            private_digest=private.digest,
            private=private,
            **members,
        )
        await self.table.transact({"opinion": self.opinions.put_item(opinion)})
        return opinion

    async def decide_on(self, of_video: Video, action: Action, *, at_ms: int = NOW_MS, **members: Any) -> Decision:
        """Decide a video, as the transaction does: its decision, and its status."""
        was = await self.reviews.get(of_video.video_id)
        row = was if was is not None else VideoStatus.new(of_video)
        chain = [decision async for decision in self.decisions.of_video(row.video_id)]
        status = {Action.REJECT: Status.REJECTED, Action.APPROVE: Status.APPROVED, Action.RESTRICT: Status.RESTRICTED}
        private = Private("00" * 16, of_video.etag, members.pop("note", None), members.pop("evidence", None))
        decision = Decision(
            **{
                "video_id": row.video_id,
                "number": len(chain) + 1,
                "action": action,
                "by": "p-one",
                "principal": "p-one",
                "at_ms": at_ms,
                "status": status.get(action),
                "reasons": (REASONS["nudity"],) if action in {Action.REJECT, Action.RESTRICT} else (),
                "restriction": Restriction(age=18) if action is Action.RESTRICT else None,
                "previous": chain[-1].digest if chain else FIRST,
                "private_digest": private.digest,
                "private": private,
                **members,
            }
        )
        changed = replace(row, last_decision=decision.number)
        if decision.status is not None:
            changed = decided(
                row,
                decision.status,
                number=decision.number,
                by=By(person=decision.by),
                at_ms=at_ms,
                restriction=decision.restriction,
            )
        decision = replace(decision, revision=changed.revision if changed.revision != row.revision else 0)
        await self.table.transact({"decision": self.decisions.put_item(decision)})
        await self.reviews.write(changed, was)
        return decision
