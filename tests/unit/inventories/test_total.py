"""How many lines an inventory has: one whose rows cannot be read holds up no other."""

from dataclasses import replace

from reelsift.domain.batch import Batch, BatchState, SourceFile
from support.memory_worker import MemoryWorker


async def test_an_inventory_whose_files_this_version_cannot_read_keeps_no_other_from_being_summed_up() -> None:
    worker = MemoryWorker()
    deployment = worker.deployment
    for number, name in enumerate(("b1", "b2")):
        batch = Batch(name, "b", "m.csv", worker.clock.now_ms() + number, total=None, chunks=0)
        await deployment.batches.create(
            replace(batch, state=BatchState.PREPARING, manifest_key="m", files=1, due_at_ms=number + 1)
        )
        await deployment.source_files.add([SourceFile(name, 0, "data.csv", "data.csv", 1, "md5", done=True)])
    del worker.tables["batches"].rows["b1", "file#000000"]["name"]
    await worker.parts.inventories.step()
    await worker.parts.inventories.drain()
    sums = [await deployment.batches.get(name) for name in ("b1", "b2")]
    assert [None if batch is None else batch.total for batch in sums] == [None, 0]
    assert worker.metrics.counted["ProgramFailures",] == 1
