"""The rows of the batches table by which a deployment knows which versions of Rekognition's models it has met."""

from reelsift.aws.remembered import RememberedByKey
from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.analysis import Analysis
from reelsift.domain.foreseen import LONGEST_VERSION

MOST_VERSIONS = 100
"""Versions of an analysis that are kept, the newest; Rekognition has a new one now and then in a year."""

TRIES = 8
"""How often a row is read again because another worker has written to it in between."""


class ModelVersions:
    """One row an analysis. A process asks for each version once, so that a result costs nothing more."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: RememberedByKey[tuple[Analysis, str], bool] = RememberedByKey(most=1_000)

    async def see(self, analysis: Analysis, version: str, *, now_ms: int) -> bool:
        """Note that an analysis was made by a version of its model. Whether this call is the first to meet it while
        other versions were met before: the first of all is no news.
        """
        first: list[bool] = []

        async def note() -> bool:
            first.append(await self._note(analysis, version[:LONGEST_VERSION], now_ms))
            return True

        await self._known.get((analysis, version), note)
        return first == [True]

    async def met(self) -> dict[Analysis, tuple[str, ...]]:
        """The versions that this deployment has met, by analysis, the oldest first."""
        rows = [row async for row in self._table.query("#batch_id = :models", models="models")]
        versions = {row["part"]: tuple(str(version) for version, _ in row["versions"]) for row in rows}
        # What only a later release asks for, this one does not judge.
        return {analysis: versions[analysis] for analysis in Analysis if str(analysis) in versions}

    async def _note(self, analysis: Analysis, version: str, now_ms: int) -> bool:
        key = {"batch_id": "models", "part": str(analysis)}
        for _ in range(TRIES):
            row = await self._table.get(key) or {}
            versions: list[list[str | int]] = row.get("versions", [])
            if any(name == version for name, _ in versions):
                return False
            met = row.get("met", 0)
            try:
                await self._table.update(
                    key,
                    "SET #versions = :versions, #met = :next",
                    "#met = :met" if met else "attribute_not_exists(#met)",
                    versions=[*versions, [version, now_ms]][-MOST_VERSIONS:],
                    next=met + 1,
                    **({"met": met} if met else {}),
                )
            except ConditionFailed:
                continue
            return bool(versions)
        return False
