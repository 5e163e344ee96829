"""What of an answer the labels table holds, however many labels it has."""

from reelsift.aws.labels import STORED_LABELS, Labels
from reelsift.domain.analysis import Analysis
from reelsift.domain.labels import summarise
from reelsift.domain.segments import Segment
from support.jobs import make_job
from support.memory_table import MemoryTable


def seen(label: str, confidence: float, end_ms: int = 500) -> Segment:
    return Segment(Analysis.LABELS, label, (), 0, end_ms, 1, confidence, confidence, 0)


async def test_of_very_many_labels_the_strongest_are_stored() -> None:
    table = MemoryTable("labels")
    found = [seen(f"Label {number}", 50 + number / 100) for number in range(STORED_LABELS + 10)]
    await Labels(table).put(make_job(analysis=Analysis.LABELS), summarise(found), now_ms=1)
    names = {row["label"] for row in table.rows.values()}
    assert names == {segment.label for segment in found[10:]}


async def test_a_label_that_no_key_has_room_for_stops_no_other() -> None:
    table = MemoryTable("labels")
    longest = "\N{SNOWMAN}" * 339
    found = [seen(label, 99) for label in (longest, f"{longest}, and more", "Tree")]
    await Labels(table).put(make_job(analysis=Analysis.LABELS), summarise(found), now_ms=1)
    assert {row["label"] for row in table.rows.values()} == {longest, "Tree"}


async def test_what_a_later_attempt_does_not_store_is_taken_away() -> None:
    table = MemoryTable("labels")
    labels = Labels(table)
    await labels.put(make_job(analysis=Analysis.LABELS), summarise([seen("Tree", 90), seen("Dog", 90)]), now_ms=1)
    later = make_job(analysis=Analysis.LABELS, attempt=2)
    await labels.put(later, summarise([seen("Tree", 80)]), now_ms=2)
    assert [(row["label"], row["attempt"]) for row in table.rows.values()] == [("Tree", 2)]
