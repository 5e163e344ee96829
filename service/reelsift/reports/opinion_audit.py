"""Second opinions as rows of CSV."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from reelsift.domain.opinion import Opinion
from reelsift.domain.video import Video
from reelsift.reports.completion_report import csv_text

COLUMNS = (
    *("opined", "video_id", "decision", "video", "version_id", "action", "agrees", "age", "territories"),
    *("warning_label", "demote", "demonetise", "reasons", "note", "by", "principal", "probability", "digest"),
)


async def opinion_csv(opinions: AsyncIterator[tuple[Opinion, Video | None]]) -> AsyncIterator[str]:
    """A header first; a row an opinion, with its video where something still names it. People are pseudonyms."""
    yield csv_text([list(COLUMNS)])
    async for opinion, video in opinions:
        yield csv_text([_values(opinion, video)])


def _values(opinion: Opinion, video: Video | None) -> list[object]:
    at = datetime.fromtimestamp(opinion.at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    restricted = {} if opinion.restriction is None else opinion.restriction.members()
    private = opinion.private
    return [
        at,
        opinion.video_id,
        opinion.decision,
        "" if video is None else video.uri,
        "" if video is None else video.version_id or "",
        str(opinion.action),
        _switch(on=opinion.agrees),
        restricted.get("age", ""),
        " ".join(restricted.get("territories", ())),
        restricted.get("warning_label", ""),
        _switch(on="demote" in restricted),
        _switch(on="demonetise" in restricted),
        " ".join(reason.code for reason in opinion.reasons),
        "" if private is None else private.note or "",
        opinion.by,
        opinion.principal,
        "" if opinion.probability is None else opinion.probability,
        opinion.digest,
    ]


def _switch(*, on: bool) -> str:
    return "true" if on else "false"
