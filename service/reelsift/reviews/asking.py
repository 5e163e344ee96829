"""Asking for a look at a video by hand: because somebody wants one, or because its uploader objects."""

import re
from dataclasses import dataclass, replace

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.table import ConditionFailed
from reelsift.domain.handling import Handling
from reelsift.domain.review_item import LONGEST_TEXT, ItemCause, ReviewItem, new_item
from reelsift.domain.status import Status, VideoStatus
from reelsift.errors import (
    AppealAnswered,
    NothingKnown,
    NothingToAppeal,
    ObjectUnknown,
    TooManyAppeals,
    VideoSealed,
)
from reelsift.reviews.desk import reviewer_items
from reelsift.reviews.items import AskHandling
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.target import Target
from reelsift.runtime.clock import Clock

APPEAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")

MOST_APPEALS = 50
"""Open appeals of one video: all of its items change in one transaction, which takes 100 writes (DynamoDB)."""

ASK_TRIES = 10
"""A video whose row others write meanwhile is asked about so often: it may have been decided, sealed or forgotten."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for. `due_ms` is in epoch milliseconds, None for what the policy says; `appeal` is the id of
    the appeal that it is about.
    """

    text: str | None = None
    due_ms: int | None = None
    queue: str | None = None
    appeal: str | None = None

    def fault(self) -> str | None:
        """What is wrong with it, as a sentence; None where nothing is."""
        if self.text is not None and len(self.text) > LONGEST_TEXT:
            return f"a text has {LONGEST_TEXT:,} characters at most, not {len(self.text):,}"
        if self.appeal is not None and not APPEAL_ID.fullmatch(self.appeal):
            return "the id of an appeal has up to 64 letters, digits and . _ : - and begins with a letter or digit"
        return None


async def ask_for(
    deployment: Deployment, target: Target, wish: Wish, who: Reviewer, *, handling: AskHandling, clock: Clock
) -> ReviewItem:
    """Open an item, or give the one that is open already for the same cause.

    Who has decided the video before is never given an appeal. Raises NothingKnown, ObjectUnknown, VideoSealed,
    NothingToAppeal, AppealAnswered, TooManyAppeals.
    """
    items = reviewer_items(deployment, handling, clock)
    for _ in range(ASK_TRIES):
        row = await _row(deployment, target)
        item = await _item(deployment, row, wish, who, handling=await handling(), now_ms=clock.now_ms())
        opened = await items.open(item, row)
        if opened is not None:
            return opened
    raise AwsUnavailable(f"the status of video {target.video_id} changes all the time")


async def _item(
    deployment: Deployment, row: VideoStatus, wish: Wish, who: Reviewer, *, handling: Handling, now_ms: int
) -> ReviewItem:
    """What is to be opened for a wish, as the row of the video is."""
    if row.sealed:
        raise VideoSealed(row.video_id)
    if row.video is None and wish.appeal is None:
        raise ObjectUnknown(row.video_id)
    cause = ItemCause.REQUESTED if wish.appeal is None else ItemCause.APPEAL
    item = new_item(row, cause, handling, now_ms=now_ms)
    item = replace(
        item,
        text=wish.text,
        appeal=wish.appeal,
        asked_by=who.by,
        queue=wish.queue or item.queue,
        due_ms=item.due_ms if wish.due_ms is None else wish.due_ms,
    )
    if wish.appeal is not None:
        item = replace(item, excluded=await _deciders(deployment, row))
        await _check_appeal(deployment, item, wish.appeal)
    return item


async def _row(deployment: Deployment, target: Target) -> VideoStatus:
    """The row of a video, made now where nothing is known of it yet. One that was forgotten, or restored from the
    archive, names no object any more: it does now, and goes on from there.
    """
    was = await deployment.reviews.get(target.video_id)
    if was is not None and (was.video is not None or was.sealed or target.video is None):
        return was
    if target.video is None:
        raise NothingKnown(target.video_id)
    row = VideoStatus.new(target.video) if was is None else replace(was, video=target.video)
    await deployment.reviews.note_content(target.video)
    try:
        return await deployment.reviews.write(row, was)
    except ConditionFailed:
        now = await deployment.reviews.get(target.video_id)
        assert now is not None  # noqa: S101 -- somebody has just written it, and none deletes it
        return now


async def _deciders(deployment: Deployment, row: VideoStatus) -> frozenset[str]:
    """Who has decided a video so far, by the pseudonym of whose credentials were used: nobody where a machine has
    rejected it.
    """
    if not row.last_decision:
        if row.status is Status.REJECTED:
            return frozenset()
        raise NothingToAppeal(row.video_id)
    return frozenset([decision.principal async for decision in deployment.decisions.of_video(row.video_id)])


async def _check_appeal(deployment: Deployment, item: ReviewItem, appeal: str) -> None:
    if await deployment.review_items.is_closed(item):
        raise AppealAnswered(appeal, item.video_id)
    items = await deployment.review_items.of_video(item.video_id)
    others = [each for each in items if each.cause is ItemCause.APPEAL and each.name != item.name]
    if len(others) >= MOST_APPEALS:
        raise TooManyAppeals(item.video_id, MOST_APPEALS)
