"""What is known of a video, as its verdict was made from it: read for whoever is to decide it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.domain.result import ResultReader, peak_members
from reelsift.domain.status import VideoStatus

LARGEST_BYTES = 64 * 1024 * 1024
"""Of a dataset that is read as a whole: some 300,000 segments. What lies behind that is not drawn."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What the answers about a video say. `reasons` and `segments` are JSON as `domain.result` makes it; `alerts` are
    analysis and label of what passed the alert threshold. Times are milliseconds, confidences 0-100. `frame_rate` is in
    frames a second, None where no answer tells it.
    """

    reasons: Sequence[Mapping[str, Any]] = ()
    alerts: frozenset[tuple[str, str]] = frozenset()
    segments: Sequence[Mapping[str, Any]] = ()
    frame_rate: float | None = None


async def read_dataset(row: VideoStatus, work: WorkBucket) -> Dataset:
    """The dataset of a video's verdict. Where it was deleted, what its row says, which has no segments and no times."""
    verdict = row.verdict
    if verdict is None:
        return Dataset()
    data = bytearray()
    try:
        async for piece in work.pieces(verdict.dataset_key):
            data += piece
            if len(data) > LARGEST_BYTES:
                break
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        return Dataset(tuple(peak_members(reason) for reason in verdict.reasons))
    # The answer of a long video takes a second to read; meanwhile others wait for their answers.
    return await asyncio.to_thread(_parsed, bytes(data))


def _parsed(data: bytes) -> Dataset:
    reader = ResultReader()
    segments = [segment for some in reader.add(data) for segment in some]
    alerts = frozenset((alert["analysis"], alert["label"]) for alert in reader.head.get("alerts", ()))
    frame_rate = reader.head.get("video", {}).get("frame_rate")
    return Dataset(tuple(reader.head.get("reasons", ())), alerts, segments, frame_rate)
