"""The reviews table: what is known of a video as a whole. Its `status` row has the verdict."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from reelsift.aws.table import Table
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict

FLAGGED_INDEX = "flagged"
"""Sparse index of the videos whose verdict is not `approve`, by the time of the verdict."""

_STATUS = "status"
_UNSENT = "unsent_"
"""Begins the name of an attribute that stands for one unsent alert. So alerts are added and taken away one by one."""


class Reviews:
    """Reads and conditional writes of verdicts. The row of a video is only ever updated, never put anew or deleted."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def get(self, video_id: str) -> VideoVerdict | None:
        """The verdict of a video as it is now: a consistent read."""
        row = await self.table.get(_key(video_id))
        return _verdict(row) if row else None

    async def get_many(self, video_ids: Sequence[str]) -> dict[str, VideoVerdict]:
        """The verdicts of up to 100 videos, by their ids, of those that have one."""
        rows = await self.table.get_many([_key(video_id) for video_id in video_ids]) if video_ids else []
        return {row["video_id"]: _verdict(row) for row in rows}

    async def change(self, verdict: VideoVerdict, was: VideoVerdict | None) -> None:
        """Write a new verdict, on condition that the row still rests on what it did when `was` was read; with None,
        that there is no verdict yet. Raises ConditionFailed.

        Alerts that are unsent stay so, and those of the new verdict are added: what was sent meanwhile stays sent.
        """
        added = verdict.unsent - (was.unsent if was is not None else frozenset())
        changes = _row(verdict) | {_UNSENT + alert_id: True for alert_id in added}
        gone = [name for name in _MAY_LACK if name not in changes]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""
        if was is None:
            condition, values = "attribute_not_exists(#rests_on)", {}
        else:
            condition, values = "#rests_on = :was_rests_on", {"was_rests_on": was.basis.digest}
        await self.table.update(_key(verdict.video.video_id), expression, condition, **changes, **values)

    async def alert_sent(self, video_id: str, alert_id: str) -> None:
        """Note that an alert was sent; one that was sent twice is noted twice."""
        name = _UNSENT + alert_id
        await self.table.update(_key(video_id), f"REMOVE #{name}", "attribute_exists(#video_id)")

    async def flagged(
        self, verdict: Verdict, *, since_ms: int = 0, limit: int | None = None
    ) -> AsyncIterator[VideoVerdict]:
        """Videos of a verdict other than `approve`, newest first. The index may lag behind the rows."""
        rows = self.table.query(
            "#flagged = :verdict AND #judged_ms >= :since",
            index=FLAGGED_INDEX,
            backwards=True,
            limit=limit,
            verdict=str(verdict),
            since=since_ms,
        )
        async for row in rows:
            yield _verdict(row)


_MAY_LACK = ("version_id", "size", "last_modified", "verdict", "flagged")
"""Attributes that a row has only where there is something to say: the index stays sparse."""


def _key(video_id: str) -> dict[str, str]:
    return {"video_id": video_id, "part": _STATUS}


def _row(verdict: VideoVerdict) -> dict[str, Any]:
    """All attributes but the key and the unsent alerts."""
    video = verdict.video
    row = {
        "bucket": video.bucket,
        "key": video.key,
        "etag": video.etag,
        "version_id": video.version_id,
        "size": video.size,
        "last_modified": video.last_modified.isoformat() if video.last_modified else None,
        "verdict": None if verdict.verdict is None else str(verdict.verdict),
        "flagged": None if verdict.verdict in {None, Verdict.APPROVE} else str(verdict.verdict),
        "missing": [str(analysis) for analysis in verdict.missing],
        "attempts": {str(analysis): attempt for analysis, attempt in verdict.basis.attempts.items()},
        "policy": verdict.basis.policy,
        "epoch": verdict.basis.epoch,
        "rests_on": verdict.basis.digest,
        "reasons": [_reason(peak) for peak in verdict.reasons],
        "alerted": [[str(analysis), label] for analysis, label in verdict.alerted],
        "judged_ms": verdict.judged_ms,
    }
    return {name: value for name, value in row.items() if value is not None}


def _verdict(row: Mapping[str, Any]) -> VideoVerdict:
    return VideoVerdict(
        video=Video(
            bucket=row["bucket"],
            key=row["key"],
            etag=row["etag"],
            version_id=row.get("version_id"),
            size=row.get("size"),
            last_modified=datetime.fromisoformat(row["last_modified"]) if "last_modified" in row else None,
        ),
        verdict=Verdict(row["verdict"]) if "verdict" in row else None,
        missing=tuple(map(Analysis, row["missing"])),
        basis=Basis(
            {Analysis(analysis): attempt for analysis, attempt in row["attempts"].items()}, row["policy"], row["epoch"]
        ),
        reasons=tuple(map(_peak, row["reasons"])),
        judged_ms=row["judged_ms"],
        alerted=tuple((Analysis(analysis), label) for analysis, label in row["alerted"]),
        unsent=frozenset(name.removeprefix(_UNSENT) for name in row if name.startswith(_UNSENT)),
    )


def _reason(peak: Peak) -> dict[str, Any]:
    row = {
        "analysis": str(peak.analysis),
        "label": peak.label,
        "parents": list(peak.parents),
        "max_confidence": peak.max_confidence,
        "peak_ms": peak.peak_ms,
        "threshold": peak.threshold,
    }
    return row if peak.known_as is None else row | {"known_as": peak.known_as}


def _peak(members: Mapping[str, Any]) -> Peak:
    return Peak(
        analysis=Analysis(members["analysis"]),
        label=members["label"],
        parents=tuple(members["parents"]),
        max_confidence=float(members["max_confidence"]),
        peak_ms=members["peak_ms"],
        threshold=float(members["threshold"]),
        ranges_ms=(),
        known_as=members.get("known_as"),
    )
