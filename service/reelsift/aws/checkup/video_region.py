"""The region: Rekognition analyses stored videos in some only."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade
from reelsift.aws.clients import Clients
from reelsift.aws.video_region import Presence, find_video_region
from reelsift.settings import Settings

SUBJECT = "Rekognition Video"


async def check_video_region(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    found = await find_video_region(clients, settings.analyses[0])
    match found.presence:
        case Presence.THERE:
            yield Finding(SUBJECT, Grade.OK, f"there, in {found.region}")
        case Presence.MISSING:
            yield Finding(
                SUBJECT,
                Grade.BROKEN,
                f"is not in {found.region}: {found.evidence}",
                "deploy in a region that has it, where the videos lie too; AWS's list of endpoints names them",
            )
        case Presence.UNKNOWN:
            yield Finding(
                SUBJECT,
                Grade.WARNING,
                f"does not say whether it is in {found.region}: {found.evidence}",
                f"allow rekognition:{settings.analyses[0].spec.get}; or try again if it is passing",
            )
