import pytest

from reelsift.domain.presence import SILENT_AFTER_MS, Presence


@pytest.mark.parametrize(
    ("seen_ms", "silent", "silent_ms"),
    [(None, True, None), (100_000, False, 0), (100_000 - SILENT_AFTER_MS, False, SILENT_AFTER_MS), (0, True, 100_000)],
)
def test_no_worker_is_there_where_three_reports_have_not_come(
    seen_ms: int | None, *, silent: bool, silent_ms: int | None
) -> None:
    presence = Presence(seen_ms, now_ms=100_000)
    assert (presence.silent, presence.silent_ms) == (silent, silent_ms)


def test_a_worker_whose_clock_is_ahead_is_there() -> None:
    assert Presence(100_500, now_ms=100_000).silent_ms == 0
