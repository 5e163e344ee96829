"""Claims on contents: which of several videos of identical content is the one that is analysed."""

from contextlib import suppress
from dataclasses import dataclass

from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.analysis import Analysis


@dataclass(frozen=True, slots=True)
class Content:
    """What is claimed: a content by its SHA-256 (hexadecimal) and size in bytes, for one analysis."""

    sha256: str
    size: int
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Claim:
    """The video that is analysed for all of its content, with which model settings, and since when (epoch ms)."""

    owner: str
    model_settings: str
    claimed_ms: int


class Claims:
    """Rows of the jobs table that are no jobs: they stand in none of its indexes, under no video's id."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, content: Content) -> Claim | None:
        """Who has a content: a consistent read."""
        row = await self._table.get(_key(content))
        return Claim(row["owner"], row["model_settings"], row["claimed_ms"]) if row else None

    async def take(self, content: Content, claim: Claim, was: Claim | None) -> None:
        """Claim a content that nobody has, or `was`. Raises ConditionFailed where that is not so any more."""
        row = {
            **_key(content),
            "owner": claim.owner,
            "model_settings": claim.model_settings,
            "claimed_ms": claim.claimed_ms,
        }
        if was is None:
            await self._table.put(row, "attribute_not_exists(#video_id)")
        else:
            await self._table.put(
                row, "#owner = :owner AND #claimed_ms = :claimed", owner=was.owner, claimed=was.claimed_ms
            )

    async def release(self, content: Content, owner: str) -> None:
        """Take away the claim of a video that is to be known no more, if the claim is its."""
        with suppress(ConditionFailed):
            await self._table.delete(_key(content), "#owner = :owner", owner=owner)


def _key(content: Content) -> dict[str, str]:
    return {"video_id": f"sha256:{content.sha256}:{content.size}", "analysis": str(content.analysis)}
