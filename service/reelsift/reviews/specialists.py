"""Decisions on any video: on a sealed one as a specialist."""

from reelsift.aws.deployment import Deployment
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.errors import VideoSealed
from reelsift.reviews.composition import deciding, deciding_sealed
from reelsift.reviews.deciding import Decided
from reelsift.reviews.opining import Opined
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.sealed_access import as_specialist
from reelsift.reviews.target import Target


class CarryingOut:
    """Carries out decisions on any video: on a sealed one as a specialist, which AWS has to allow."""

    def __init__(self, deployment: Deployment, catalogue: ReasonCatalogue) -> None:
        """Raises PolicyUnusable."""
        self._sealed_rows = deployment.sealed_rows
        self._deciding = deciding(deployment, catalogue)
        self._of_sealed = deciding_sealed(deployment, catalogue)

    async def decide(
        self,
        target: Target,
        request: DecisionRequest,
        who: Reviewer,
        *,
        key: str | None = None,
        may_of_sealed: bool = True,
    ) -> Decided | Opined:
        """Decide a video. `may_of_sealed` is what the caller knows of who decides: where several people act by the same
        credentials, AWS cannot tell a specialist among them.

        Raises as `Deciding.decide` does, VideoSealed for who is no specialist, and BeingSealed while a sealed one is
        still being moved.
        """
        try:
            return await self._deciding.decide(target, request, who, key=key)
        except VideoSealed:
            if not may_of_sealed:
                raise
            await as_specialist(target.video_id, self._sealed_rows.seal(target.video_id))
            return await as_specialist(target.video_id, self._of_sealed.decide(target, request, who, key=key))

    async def opine(self, target: Target, request: DecisionRequest, who: Reviewer, *, key: str | None = None) -> Opined:
        """Give a second opinion. Raises as `Deciding.opine` does."""
        return await self._deciding.opine(target, request, who, key=key)

    async def take_back_opinion(self, video_id: str, decision: int, who: Reviewer) -> None:
        """Take back an opinion. Raises as `Deciding.take_back_opinion` does."""
        await self._deciding.take_back_opinion(video_id, decision, who)
