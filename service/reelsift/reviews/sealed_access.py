"""What specialists read and take down of sealed videos. Who may is said by AWS alone: the table of what is sealed is
theirs.
"""

import secrets
from collections.abc import Awaitable
from typing import TypeVar

from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.domain.seal_record import Reported, Seal, Seen
from reelsift.errors import NotSealed, ReportedBefore, SpecialistsOnly, VideoSealed
from reelsift.reviews.reviewer import Reviewer, reviewer
from reelsift.runtime.clock import Clock, SystemClock

Result = TypeVar("Result")

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "ResourceNotFoundException"})
"""What AWS says to whom it is not theirs. In a deployment without the table nobody is a specialist."""


async def as_specialist(video_id: str, asking: Awaitable[Result]) -> Result:
    """What is asked of the sealed table or bucket. Raises VideoSealed for who may not."""
    try:
        return await asking
    except ClientError as error:
        if code_of(error) in _DENIED:
            raise VideoSealed(video_id) from None
        raise


async def look(
    deployment: Deployment, video_id: str, how: str, clock: Clock = SystemClock(), who: Reviewer | None = None
) -> Seal | None:
    """Take down that `who`, else whoever runs this process, looks at a sealed video, before they see anything; the
    record of the seal, None where no worker has made one yet. `how` names the command. Raises VideoSealed for who may
    not.
    """
    seal = await as_specialist(video_id, deployment.sealed_rows.seal(video_id))
    if who is None:
        who = await reviewer(deployment.people, deployment.caller)
    seen = Seen(clock.now_ms(), who.principal, how, secrets.token_hex(4))
    await as_specialist(video_id, deployment.sealed_rows.saw(video_id, seen))
    return seal


async def sealed_videos(deployment: Deployment) -> list[Seal]:
    """All seals that are on, the newest first. Raises SpecialistsOnly for who may not."""
    try:
        return await deployment.sealed_rows.seals()
    except ClientError as error:
        if code_of(error) in _DENIED:
            raise SpecialistsOnly from None
        raise


async def report_to_authority(
    deployment: Deployment, video_id: str, number: str, authority: str, clock: Clock = SystemClock()
) -> Reported:
    """Take down that a sealed video was reported, under which number; one whose seal was taken away may have been.
    Raises VideoSealed, NotSealed where it never had one, and ReportedBefore where another report of this number is
    there.
    """
    seal = await as_specialist(video_id, deployment.sealed_rows.seal(video_id))
    # Between the decision and the first worker's move there is no record of the seal yet.
    if seal is None and await deployment.seals.read(video_id) is None:
        raise NotSealed(video_id)
    who = await reviewer(deployment.people, deployment.caller)
    reported = Reported(number, authority, clock.now_ms(), who.principal)
    if not await as_specialist(video_id, deployment.sealed_rows.report(video_id, reported)):
        there = {each.number: each for each in await deployment.sealed_rows.reports(video_id)}
        if there[number].authority != authority:
            raise ReportedBefore(video_id, number, there[number].authority)
        return there[number]
    return reported
