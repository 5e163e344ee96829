"""What the copy lacks is found and written, and nothing else."""

from pathlib import Path

import pytest

from reelsift.archive.part import FOLDER
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.policy_tests import rebuild
from reelsift.policy_tests.rebuild import CopyRebuild, CopyState, Rebuilt
from reelsift.policy_tests.run import run_test
from support.archive import Archive, seen

MODERATION, LABELS, FACES = Analysis.CONTENT_MODERATION, Analysis.LABELS, Analysis.FACES
POLICY = Policy.parse("labels: {Gun: {reject: 50}}\ncontent_moderation: {Violence: {review: 60}}")


class Killed(Exception):
    """The process is gone."""


async def made(archive: Archive, folder: Path) -> tuple[CopyState, Rebuilt]:
    copy = CopyRebuild(archive.deployment, folder)
    return await copy.state(), await copy.rebuild()


@pytest.fixture
async def archive() -> Archive:
    """Seven videos with two answers each that may be judged; three of the fourteen are in the copy."""
    archive = Archive()
    for number in range(7):
        found = {MODERATION: [], LABELS: [seen(LABELS, "Gun", 40.0 + 5 * number)], FACES: [seen(FACES, "Face", 99.0)]}
        await archive.judged(number, found)
    archive.put_part("p", [(0, MODERATION), (0, LABELS), (1, LABELS)])
    return archive


async def test_the_copy_is_whole_afterwards(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PART_ANSWERS", 4)
    before = await run_test(archive.deployment, POLICY)
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    state, rebuilt = await made(archive, tmp_path / "1")
    assert (state.videos, state.answers, state.lacking, state.lacking_videos) == (7, 14, 11, 6)
    assert (rebuilt.copied, rebuilt.gone) == (11, 0)
    assert len([key for key in archive.work.objects if key.startswith(FOLDER)]) == 4
    state, rebuilt = await made(archive, tmp_path / "2")
    assert (state.lacking, rebuilt.copied) == (0, 0)
    after = await run_test(archive.deployment, POLICY)
    assert (before.read, after.read) == (6, 0)
    assert before.test == after.test


async def test_one_that_is_left_off_is_gone_on_with(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "PART_ANSWERS", 4)
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
    get, reads = archive.work.get, 0

    async def dying(key: str) -> bytes:
        nonlocal reads
        reads += 1
        if reads > 6:
            raise Killed
        return await get(key)

    with monkeypatch.context() as interrupting:
        interrupting.setattr(archive.work, "get", dying)
        with pytest.raises(Killed):
            await made(archive, tmp_path / "1")
    _, rebuilt = await made(archive, tmp_path / "2")
    assert rebuilt.copied == 7


async def test_a_result_that_was_deleted_is_gone_and_a_damaged_part_is_replaced(
    archive: Archive, tmp_path: Path
) -> None:
    key = archive.put_part("damaged", [(3, MODERATION)])
    archive.work.objects[key] = archive.work.objects[key][:100]
    del archive.work.objects[archive.result_key(2, LABELS)]
    state, rebuilt = await made(archive, tmp_path)
    assert (state.unreadable, rebuilt.copied, rebuilt.gone) == ([key], 10, 1)
    assert key not in archive.work.objects
