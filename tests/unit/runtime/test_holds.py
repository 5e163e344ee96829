"""What one worker knows of what is held: soon, and without asking the table for each of its steps."""

import pytest
from structlog.testing import capture_logs

from reelsift.aws.hold_switch import HoldSwitch
from reelsift.domain.hold import Hold, Kind
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_table import MemoryTable


class CountedSwitch(HoldSwitch):
    reads = 0

    async def read(self) -> dict[Kind, Hold]:
        self.reads += 1
        return await super().read()


async def test_a_turn_of_the_switch_is_known_within_five_seconds_and_the_row_is_not_read_for_each_question() -> None:
    clock, switch = SetClock(), CountedSwitch(MemoryTable("batches"))
    holds = Holds(switch, Timings(), clock)
    for _ in range(100):
        assert not await holds.held(Kind.EVENTS)
    assert switch.reads == 1
    await switch.hold([Kind.EVENTS], by="me", note="", now_ms=clock.now_ms())
    clock.move(4)
    assert (await holds.held(Kind.EVENTS), await holds.held(Kind.STARTS)) == (True, False)
    assert await holds.kinds() == {Kind.EVENTS}
    await switch.release([Kind.EVENTS], by="me", note="", now_ms=clock.now_ms())
    clock.move(4)
    assert not await holds.held(Kind.EVENTS)
    assert switch.reads == 3


async def test_the_log_says_what_is_held_and_neither_who_did_it_nor_why() -> None:
    switch = HoldSwitch(MemoryTable("batches"))
    await switch.hold([Kind.EVENTS], by="arn:aws:iam::1:user/jane", note="Jane's row", now_ms=7)
    with capture_logs() as logs:
        await Holds(switch, Timings(), SetClock()).kinds()
    assert logs == [{"event": "held", "log_level": "warning", "kind": "events", "since_ms": 7}]


async def test_what_cannot_be_read_is_neither_held_nor_released() -> None:
    class Gone(HoldSwitch):
        async def read(self) -> dict[Kind, Hold]:
            raise ConnectionError("no network")

    holds = Holds(Gone(MemoryTable("batches")), Timings(), SetClock())
    with pytest.raises(ConnectionError):
        await holds.held(Kind.STARTS)
