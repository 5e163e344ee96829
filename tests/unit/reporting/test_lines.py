"""Lines are read beside everything else that a worker does."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from reelsift.aws.outcomes import Outcomes
from reelsift.domain.batch import Chunk, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.video import ObjectRef
from reelsift.reporting import lines
from reelsift.reporting.hidden_videos import HiddenVideos
from reelsift.reporting.lines import OUTCOMES_AT_ONCE, LineSource
from reelsift.reports.report_line import report_lines
from support.memory_stores import MemoryWork

NUMBER = 10 * OUTCOMES_AT_ONCE


class OnePage(Outcomes):
    """Outcomes that come in one answer, as a page of DynamoDB's does."""

    def __init__(self) -> None:
        """Has no table."""

    async def of_chunk(self, batch_id: str, chunk: int, *, after: str = "") -> AsyncGenerator[Outcome, None]:
        assert after == ""
        for number in range(NUMBER):
            line_id = LineId(batch_id, f"{number:06}", chunk)
            yield failed(line_id, ObjectRef("videos", "a"), Reason.INTERNAL_ERROR, "", now_ms=number)


class NothingHidden(HiddenVideos):
    def __init__(self) -> None:
        """Asks nobody."""

    async def ids(self) -> frozenset[str]:
        return frozenset()


async def test_lines_of_no_manifest_are_read_in_turns_with_others_and_put_in_order_by_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordered_by: list[threading.Thread] = []

    def noted(*given: Any, **named: Any) -> Any:
        ordered_by.append(threading.current_thread())
        return report_lines(*given, **named)

    monkeypatch.setattr(lines, "report_lines", noted)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    source = LineSource(OnePage(), MemoryWork(), NothingHidden())
    chunk = Chunk("direct-2027-01-15", 0, Counts())
    read = [len(piece) async for piece in source.direct_lines(chunk)]
    beside.cancel()
    assert read == [NUMBER]
    assert turns >= NUMBER / OUTCOMES_AT_ONCE
    assert threading.main_thread() not in ordered_by
