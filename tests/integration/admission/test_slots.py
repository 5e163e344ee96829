"""Workers take slots by hints, and what a hint costs does not depend on how many slots there are."""

from typing import Any

from reelsift.aws.slots import Slot
from reelsift.jobs.slot_pool import CREDIT, SlotPool
from reelsift.runtime.clock import SystemClock, now_ms
from reelsift.runtime.timings import Timings
from support.site import Site, Sites, until

MINUTE_MS = 60_000


def pool(site: Site, owner: str = "w") -> SlotPool:
    deployment = site.deployment
    return SlotPool(deployment.slots, deployment.quota, owner, deployment.settings, Timings(), SystemClock())


async def write(site: Site, *rows: dict[str, Any]) -> None:
    await site.deployment.slots.table.write_many(rows)


def scans(site: Site) -> int:
    return site.cloud.requests()["dynamodb"].get("Scan", 0)


async def test_held_reserved_and_blocked_slots_are_no_hints_and_missing_rows_are(sites: Sites) -> None:
    now = now_ms()
    async with sites() as site:
        await write(
            site,
            {"slot": 0, "holder": "v/labels/1", "held_since": 1},
            {"slot": 1, "reserved_by": "other", "reserved_until": now + MINUTE_MS},
            {"slot": 2, "reserved_by": "other", "reserved_until": now - 1},
            {"slot": 3, "blocked_until": now + MINUTE_MS},
            {"slot": 4, "blocked_until": now + MINUTE_MS + 1, "block_ms": 1000},
            {"slot": 5, "blocked_until": now - 1, "block_ms": 1000},
            {"slot": 7, "block_ms": 1000},
        )
        assert await site.deployment.slots.free_numbers(8, now) == [2, 4, 5, 6, 7]


async def test_a_hundred_slots_of_two_thousand_cost_one_look(sites: Sites) -> None:
    async with sites(quota="2000", slot_poll_s="0.01") as site:
        await write(site, *({"slot": number} for number in range(2000)))
        slots = pool(site)
        before = scans(site)
        taken = [slot.number for _ in range(10) for slot in await slots.take_now(10)]
        assert len(set(taken)) == 100
        # Two pages of rows, and one to see that there is no more.
        assert scans(site) - before <= 3


async def test_two_workers_share_out_all_slots_and_each_is_had_once(sites: Sites) -> None:
    async with sites(quota="40", slot_poll_s="0.01", reservation_s="60") as site:
        first, second = pool(site, "first"), pool(site, "second")
        taken: list[int] = []
        while len(taken) < 40:
            for worker in (first, second):
                taken += [slot.number for slot in await worker.take_now(3)]
        assert sorted(taken) == list(range(40))
        assert await first.take_now(1) == []


async def test_hints_that_others_have_used_up_are_given_up_for_another_look(sites: Sites) -> None:
    async with sites(quota="200", slot_poll_s="0.01", reservation_s="60") as site:
        slots = pool(site)
        (first,) = await slots.take_now(1)
        left = (first.number + 1) % 200
        await write(
            site, *({"slot": slot, "holder": "v/labels/1"} for slot in range(200) if slot not in {first.number, left})
        )
        before = site.cloud.requests()["dynamodb"]["UpdateItem"]

        async def found() -> list[Slot]:
            return await slots.take_now(1)

        (second,) = await until(found, "the only slot left")
        assert second.number == left
        assert site.cloud.requests()["dynamodb"]["UpdateItem"] - before <= CREDIT + 1


async def test_a_slot_handed_over_is_no_hint_any_more(sites: Sites) -> None:
    async with sites(quota="2", reservation_s="60") as site:
        slots = pool(site)
        (slot,) = await slots.take_now(1)
        (other,) = {0, 1} - {slot.number}
        # As the transaction that ends an attempt writes it.
        end_ms = slots.reservation_end_ms()
        await write(site, {"slot": other, "reserved_by": "w", "reserved_until": end_ms})
        slots.take_over(other, end_ms)
        assert [taken.number for taken in await slots.take_now(2)] == [other]


async def test_a_slot_taken_out_of_its_block_is_taken_out_once_and_stays_out(sites: Sites) -> None:
    async with sites(quota="4", slot_poll_s="600", reservation_s="60") as site:
        # A block above a minute is none.
        end_ms = now_ms() + MINUTE_MS - 1000
        await write(site, *({"slot": slot, "blocked_until": end_ms, "block_ms": 1000} for slot in range(4)))
        slots = pool(site)
        assert await slots.take_now(4) == []
        await slots.try_blocked()
        taken = await slots.take_now(4)
        assert len(taken) == 2
        assert {slot.block_ms for slot in taken} == {1000}

        async def tried() -> bool:
            await slots.try_blocked()
            return not await site.deployment.slots.blocked_numbers(4, now_ms())

        # What somebody has in hand already is not tried again, or it would be given out twice.
        await until(tried, "every slot taken out of its block")
        others = await slots.take_now(4)
        assert {slot.number for slot in taken}.isdisjoint(slot.number for slot in others)
        assert len(others) == 2

        for slot in (*taken, *others):
            slots.put_back(slot)
        await slots.close()
        assert await site.deployment.slots.free_numbers(4, now_ms()) == [0, 1, 2, 3]
