"""Whether a video is sealed, asked before what is known of it grows."""

from reelsift.aws.reviews import Reviews
from reelsift.domain.failure import Failure, Reason

SEALED = Failure(Reason.SEALED, "the analysis was not read, or not begun: its video was sealed meanwhile")
"""How a job ends whose video was sealed before its answer was read: what Rekognition has found stays there, and is gone
after seven days. What was paid for it is counted.
"""


class SealCheck:
    """Asks the row of a video, each time: a seal holds from the moment it is written."""

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    async def is_sealed(self, video_id: str) -> bool:
        row = await self._reviews.get(video_id)
        return row is not None and row.sealed
