from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.batch import CHUNK_LINES, Batch, Chunk, Counts, total_counts
from reelsift.domain.failure import Reason


def batch(total: int) -> Batch:
    chunks = -(-total // CHUNK_LINES)
    return Batch("b", "name", "m.csv", created_ms=0, total=total, chunks=chunks)


@given(st.integers(1, 10**7))
def test_the_chunks_of_a_batch_hold_exactly_its_lines(total: int) -> None:
    chunks = [batch(total).chunk(number, 0) for number in range(batch(total).chunks)]
    assert sum(chunk.total or 0 for chunk in chunks) == total
    assert all(1 <= (chunk.total or 0) <= CHUNK_LINES for chunk in chunks)


def test_a_chunk_is_complete_when_every_line_has_ended_however() -> None:
    chunk = batch(3).chunk(0, 0)
    assert not chunk.complete
    ended = Counts(succeeded=1, failed=1, skipped=1)
    assert ended.ended == 3
    assert total_counts([chunk]) == Counts()


@given(st.integers(1, 200), st.data())
def test_pending_are_the_lines_before_the_cut_that_somebody_took_on_and_that_have_not_ended(
    total: int, data: st.DataObject
) -> None:
    reached = data.draw(st.integers(0, total))
    ended = data.draw(st.integers(0, reached))
    claimed = data.draw(st.integers(0, reached))
    chunk = Chunk("b", 0, Counts(succeeded=ended), total=total, claimed=claimed, reached=reached)
    assert (chunk.pending, chunk.end) == (reached - ended, total)
    counts = Counts(succeeded=ended, skipped=total - reached)
    cut = Chunk(
        "b", 0, counts, total=total, claimed=claimed, reached=reached, skip_reason=Reason.CANCELLED, skip_from=reached
    )
    assert (cut.pending, cut.end) == (reached - ended, reached)
    assert cut.complete == (reached == ended)
