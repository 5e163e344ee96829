"""What people have decided in a time, by video, beside what the policy had said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reelsift.aws.deployment import Deployment
from reelsift.domain.decided_video import DecidedVideo, Drawn, appeals_of, decided_video
from reelsift.domain.decision import Action, Decision, SealedDecision
from reelsift.domain.review_item import ItemCause
from reelsift.reviews.audit import Audit
from reelsift.reviews.opinion_audit import OpinionAudit

MOST_DECISIONS = 200_000
"""That are held at a time, the newest: about as many megabytes as thousands."""

PAGE = 100


@dataclass(slots=True)
class Decided:
    """The decided videos of a time, the appeals that were decided in it (whether each was granted), and the second
    opinions that were given in it (whether each agrees; those that pass the video on are none).

    `decisions` were read, from `since_ms` on (epoch milliseconds): later than what was asked for where there are too
    many. `left_out` are videos on which decisions say nothing of a policy: looked at for another reason, undecided by
    now, or with evidence that was forgotten or came before.
    """

    since_ms: int
    videos: list[DecidedVideo] = field(default_factory=list)
    appeals: list[bool] = field(default_factory=list)
    opinions: list[bool] = field(default_factory=list)
    decisions: int = 0
    left_out: int = 0


async def read_decided(deployment: Deployment, since_ms: int, now_ms: int) -> Decided:
    """What was decided since a time and until now. Sealed videos are left out."""
    by_video: dict[str, list[Decision]] = {}
    read = Decided(since_ms)
    audit = Audit(deployment.decisions, deployment.reviews)
    day = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    first = datetime.fromtimestamp(since_ms / 1000, UTC).date()
    while day >= first and read.decisions < MOST_DECISIONS:
        async for decision in audit.of_day(day):
            if isinstance(decision, SealedDecision) or decision.at_ms < since_ms:
                continue
            by_video.setdefault(decision.video_id, []).append(decision)
            read.decisions += 1
        if read.decisions >= MOST_DECISIONS:
            # Whole days, so that what was taken back is known to be.
            read.since_ms = max(since_ms, round(datetime.combine(day, datetime.min.time(), UTC).timestamp() * 1000))
        day -= timedelta(days=1)
    ids = list(by_video)
    for start in range(0, len(ids), PAGE):
        await _add(read, deployment, [by_video[video_id] for video_id in ids[start : start + PAGE]])
    audit_of_opinions = OpinionAudit(deployment.opinions, deployment.reviews)
    async for opinion, _ in audit_of_opinions.between(read.since_ms, now_ms + 1):
        if opinion.action is not Action.ESCALATE:
            read.opinions.append(opinion.agrees)
    return read


async def _add(read: Decided, deployment: Deployment, some: Sequence[list[Decision]]) -> None:
    ids = [decisions[0].video_id for decisions in some]
    drawn = await deployment.review_items.decided(ids, ItemCause.SAMPLE)
    rows, unreadable = await deployment.reviews.get_readable(ids)
    for decisions in some:
        decisions.sort(key=lambda decision: decision.number)
        video_id = decisions[0].video_id
        if video_id in unreadable or (video_id in rows and rows[video_id].sealed):
            continue
        item = drawn.get(video_id)
        probability = None if item is None else item.probability
        draw = None if item is None or probability is None else Drawn(probability, item.after_decision)
        video = decided_video(decisions, draw)
        if video is None:
            read.left_out += 1
        else:
            read.videos.append(video)
        read.appeals += appeals_of(decisions)
