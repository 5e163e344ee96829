"""Reads the evidence of a video from where its verdict keeps it."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.domain.decision_evidence import evidence
from reelsift.domain.result import read_head
from reelsift.domain.status import VideoStatus

ReadEvidence = Callable[[VideoStatus], Awaitable[Mapping[str, Any] | None]]
"""Reads what is known of a video."""

LONGEST_HEAD_BYTES = 4 * 1024 * 1024
"""Of a dataset all but its segments; of a longer one the labels are taken from the row of the video."""


async def read_evidence(row: VideoStatus, work: WorkBucket) -> dict[str, Any] | None:
    """The evidence of a video as it is now, None where nothing is known of it. Reads its dataset piece by piece."""
    if row.verdict is None:
        return evidence(row)
    digest, line, whole = hashlib.sha256(), bytearray(), False
    try:
        async with aclosing(work.pieces(row.verdict.dataset_key)) as pieces:
            async for piece in pieces:
                digest.update(piece)
                if not whole and len(line) <= LONGEST_HEAD_BYTES:
                    begun, newline, _ = piece.partition(b"\n")
                    line += begun
                    whole = bool(newline)
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
        return evidence(row)
    head = read_head(bytes(line)) if whole and len(line) <= LONGEST_HEAD_BYTES else None
    return evidence(row, head, digest.hexdigest())
