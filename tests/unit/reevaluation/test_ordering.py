"""A re-evaluation that is ordered, by whoever has whichever clock."""

import pytest

from reelsift.batches import control
from reelsift.domain.batch import BatchState
from reelsift.policy_versions.current import read_live
from reelsift.reevaluation import ordering
from support.reevaluating import MILD, STRICT, JudgedVideos

AHEAD_MS = 3 * 3_600_000


async def test_workers_begin_pause_and_go_on_at_once_though_the_clock_of_whoever_says_so_is_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    videos = JudgedVideos()
    for module in (ordering, control):
        monkeypatch.setattr(module, "now_ms", lambda: videos.clock.now_ms() + AHEAD_MS, raising=False)
    await videos.apply(MILD)
    await videos.analyse(await videos.worker(), 0, 70)
    await videos.apply(STRICT)
    worker = await videos.worker()
    made = await ordering.order(videos.deployment, await read_live(videos.deployment))
    await control.pause(videos.deployment, made.batch_id)
    for _ in range(2):
        await videos.look(worker)
    assert (await videos.batch(made.batch_id)).state is BatchState.PAUSED
    await control.resume(videos.deployment, made.batch_id)
    assert (await videos.finish(worker, name=made.batch_id)).state is BatchState.COMPLETE
    assert await videos.verdict(0) == ("review", 2)
