"""Sealed videos, for specialists: which there are."""

from typing import Any

from reelsift.console.call import Call
from reelsift.reviews.sealed_access import sealed_videos

MOST = 500


async def sealed(call: Call) -> dict[str, Any]:
    """All seals that are on, the newest first, MOST at most. Nothing of the videos but their ids."""
    seals = await sealed_videos(call.deployment)
    return {
        "seals": [{"video_id": seal.video_id, **seal.members()} for seal in seals[:MOST]],
        "more": len(seals) > MOST,
    }
