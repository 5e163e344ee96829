from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.slots import BLOCK_LIMIT_MS, Slot, next_block_ms


@given(st.integers(0, 10**9))
def test_a_block_doubles_up_to_a_minute(last_ms: int) -> None:
    block = next_block_ms(last_ms)
    assert block <= BLOCK_LIMIT_MS
    assert block >= min(45_000, 1.5 * last_ms)
    assert block >= 750


def test_blocks_reach_the_limit_in_a_few_steps_and_stay_there() -> None:
    block = 0
    for _ in range(12):
        block = next_block_ms(block)
    assert block >= 0.75 * BLOCK_LIMIT_MS


def test_a_block_beyond_a_minute_was_written_by_a_wrong_clock_and_does_not_count() -> None:
    assert Slot(0, blocked_until_ms=60_000).blocked(now_ms=0)
    assert not Slot(0, blocked_until_ms=60_001).blocked(now_ms=0)
