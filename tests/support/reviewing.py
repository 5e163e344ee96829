"""Videos as workers leave them to reviewers, and reviewers who take them up, in memory."""

import hashlib
from dataclasses import replace

from reelsift.aws.batches import Batches
from reelsift.aws.draw_secret import DrawSecret
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.reviews import Reviews
from reelsift.domain.analysis import Analysis
from reelsift.domain.draws import SECRET_BYTES
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.handling import Handling
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.review_item import ItemCause, ReviewItem, new_item
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided, failed, judged, withdrawn
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.reviews.claim_watch import ClaimWatch
from reelsift.reviews.claims import ClaimDesk
from reelsift.reviews.items import Items
from reelsift.reviews.reviewer import Reviewer
from reelsift.runtime.faults import Faults
from support.clocks import SetClock
from support.live import always
from support.memory_stores import MemoryMetrics
from support.memory_table import MemoryTable

STILL_S = 600

AS_SHIPPED = Handling()
"""What people are asked where the policy does not say."""


def reviewing(principal: str) -> Reviewer:
    """Somebody who reviews."""
    return Reviewer(f"{principal} as they are called", principal)


def video(name: str = "a.mp4") -> Video:
    return Video("videos", name, hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())


def peak(label: str = "Violence", confidence: float = 90.0, parents: tuple[str, ...] = ()) -> Peak:
    return Peak(Analysis.CONTENT_MODERATION, label, parents, confidence, 0, 50.0, ())


def verdict(verdict: Verdict, *peaks: Peak, of: Video, attempt: int = 1, judged_ms: int = 1) -> VideoVerdict:
    basis = Basis({Analysis.CONTENT_MODERATION: attempt}, "p" * 16)
    return VideoVerdict(of, verdict, (), basis, peaks, judged_ms)


class Desk:
    """All that reviews in one deployment."""

    def __init__(self, handling: Handling = AS_SHIPPED) -> None:
        self.clock = SetClock()
        self.table = MemoryTable("reviews")
        batches = MemoryTable("batches")
        self.reviews = Reviews(self.table, with_events=False)
        self.review_items = ReviewItems(self.table)
        self.batches = Batches(batches, OpenIndex(batches))
        self.metrics = MemoryMetrics()
        self.handling = handling
        self.draw_secret = DrawSecret(MemoryTable("secrets"))
        # The same in every run: what is drawn may decide what a test does next.
        self.draw_secret._value = bytes(SECRET_BYTES)
        self.items = Items(
            review_items=self.review_items,
            reviews=self.reviews,
            batches=self.batches,
            draw_secret=self.draw_secret,
            handling=always(handling),
            metrics=self.metrics,
            clock=self.clock,
        )
        self.claims = ClaimDesk(
            review_items=self.review_items, reviews=self.reviews, items=self.items, clock=self.clock
        )

    def watch(self) -> ClaimWatch:
        """Another process that watches."""
        return ClaimWatch(
            review_items=self.review_items, faults=Faults(self.metrics), still_s=STILL_S, clock=self.clock
        )

    async def row(self, name: str = "a.mp4") -> VideoStatus:
        return await self.reviews.get(video(name).video_id) or VideoStatus.new(video(name))

    async def judge(self, made: Verdict, *peaks: Peak, name: str = "a.mp4", settle: bool = True) -> VideoStatus:
        """A verdict is made, as by a worker; another each time."""
        was = await self.reviews.get(video(name).video_id)
        attempt = (
            1 if was is None or was.verdict is None else was.verdict.basis.attempts[Analysis.CONTENT_MODERATION] + 1
        )
        made_of = verdict(made, *peaks, of=video(name), attempt=attempt, judged_ms=self.clock.now_ms())
        return await self._write(judged(was or VideoStatus.new(video(name)), made_of), was, settle=settle)

    async def fail(self, reason: Reason, name: str = "a.mp4", *, settle: bool = True) -> VideoStatus:
        was = await self.reviews.get(video(name).video_id)
        changed = failed(
            was or VideoStatus.new(video(name)),
            Failure(reason, "x"),
            video=video(name),
            policy=By("p"),
            at_ms=self.clock.now_ms(),
        )
        return await self._write(changed, was, settle=settle)

    async def decide(self, status: Status, name: str = "a.mp4", *, appeal: str | None = None) -> VideoStatus:
        """A person decides, in one transaction as `decide` does."""
        was = await self.row(name)
        number = was.last_decision + 1
        now = decided(was, status, number=number, by=By(person="p"), at_ms=self.clock.now_ms())
        stored, parts = self.reviews.write_items(now, was if was.edition else None)
        await self.table.transact(parts | await self.items.decision_parts(stored, appeal=appeal))
        return stored

    async def take_back(self, name: str = "a.mp4") -> VideoStatus:
        """A person takes back the only decision there was."""
        was = await self.row(name)
        number = was.last_decision + 1
        by = By(person="p")
        now = withdrawn(was, number=number, withdraws=was.last_decision, by=by, at_ms=self.clock.now_ms())
        stored, parts = self.reviews.write_items(now, was)
        await self.table.transact(parts | await self.items.decision_parts(stored))
        return stored

    async def ask_for(self, name: str = "a.mp4", *, appeal: str | None = None, **members: object) -> ReviewItem:
        """Somebody asks for a look at a video, or objects."""
        cause = ItemCause.REQUESTED if appeal is None else ItemCause.APPEAL
        row = await self.row(name)
        item = new_item(row, cause, self.handling, now_ms=self.clock.now_ms())
        opened = await self.items.open(replace(item, appeal=appeal, **members), row)  # type: ignore[arg-type]
        assert opened is not None
        return opened

    async def open_items(self, name: str = "a.mp4") -> set[str]:
        return {item.name for item in await self.review_items.of_video(video(name).video_id)}

    def waiting(self, index: str = "waiting") -> set[tuple[str, str]]:
        """Video id and part of the items that stand in an index."""
        return {(row["video_id"], row["part"]) for row in self.table.rows.values() if index in row}

    async def _write(self, row: VideoStatus, was: VideoStatus | None, *, settle: bool) -> VideoStatus:
        stored = await self.reviews.write(row, was)
        if settle:
            await self.items.settle(stored)
        return stored
