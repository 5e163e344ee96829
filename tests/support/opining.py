"""Videos that people decide and give second opinions on, beside a worker that draws, in memory."""

import asyncio
from typing import Any

from reelsift.domain.decision import Action
from reelsift.domain.handling import Handling
from reelsift.domain.opinion import Opinion
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import ReviewItem
from reelsift.reviews.deciding import Decided
from reelsift.reviews.opining import Opined
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.second_opinions import SecondOpinions
from reelsift.runtime.faults import Faults
from support.decisions import UNDO_MS, DecidedVideos
from support.live import always
from support.reviewing import Desk, peak, reviewing, video

ANN, BOB, CLEO = reviewing("ann"), reviewing("bob"), reviewing("cleo")

EVERY_DECISION = Handling(second_opinions=1.0)


class OpiningDesk(Desk):
    """All that reviews in one deployment, where another person is asked about a share of what is decided."""

    def __init__(self, handling: Handling = EVERY_DECISION) -> None:
        super().__init__(handling)
        self.videos = DecidedVideos(items=self.items, opining=True, table=self.table, clock=self.clock)
        self.decisions, self.opinions = self.videos.decisions, self.videos.opinions
        self.second_opinions = SecondOpinions(
            reviews=self.reviews,
            decisions=self.decisions,
            opinions=self.opinions,
            review_items=self.review_items,
            draw_secret=self.draw_secret,
            items=self.items,
            handling=always(handling),
            faults=Faults(self.metrics),
            stop=asyncio.Event(),
            clock=self.clock,
        )

    async def worker_draws(self) -> None:
        """Once nothing that was decided so far can be taken back unheard any more."""
        self.clock.move(UNDO_MS / 1000)
        await self.second_opinions.step()

    async def say(
        self, action: Action, who: Reviewer, name: str = "a.mp4", *, key: str | None = None, **members: Any
    ) -> Decided | Opined:
        """What somebody says of a video, as `decide` takes it."""
        return await self.videos.decide_or_opine(action, who, video=video(name), key=key, **members)

    async def asked(self, name: str = "a.mp4") -> ReviewItem | None:
        """The open item that asks for a second opinion."""
        items = await self.review_items.of_video(video(name).video_id)
        return next((item for item in items if item.name == "second_opinion"), None)

    async def opinion(self, decision: int = 1, name: str = "a.mp4") -> Opinion | None:
        return await self.opinions.get(video(name).video_id, decision)


async def with_decision(
    action: Action = Action.REJECT, who: Reviewer = ANN, handling: Handling = EVERY_DECISION, **members: Any
) -> OpiningDesk:
    """A video that was decided, and about which another person is asked."""
    desk = OpiningDesk(handling)
    await desk.judge(Verdict.REVIEW, peak())
    await desk.say(action, who, **members)
    await desk.worker_draws()
    return desk
