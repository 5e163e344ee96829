from reelsift.aws.draw_secret import DrawSecret
from reelsift.domain.draws import SECRET_BYTES
from support.interleaving import Interleaving
from support.memory_table import MemoryTable


async def test_the_first_who_needs_the_secret_makes_it_and_all_have_the_same() -> None:
    table = MemoryTable("secrets")
    first = await DrawSecret(table).get()
    assert len(first) == SECRET_BYTES
    assert await DrawSecret(table).get() == first
    assert await DrawSecret(MemoryTable("secrets")).get() != first


async def test_of_two_that_make_it_at_once_both_have_that_of_the_first() -> None:
    table = MemoryTable("secrets")
    interleaving = Interleaving()
    interleaving.hold("table", table, "put")
    got: list[bytes] = []

    async def read() -> None:
        got.append(await DrawSecret(table).get())

    for _ in range(2):
        await interleaving.begin(read())
    await interleaving.finish()
    assert got[0] == got[1]
