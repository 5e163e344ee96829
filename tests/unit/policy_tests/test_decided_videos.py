"""What was decided in a time is read by video, each with the draw that brought it before a person."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelsift.aws.review_items import DECIDED, ReviewItems
from reelsift.cli import review_stats
from reelsift.domain.decision import Action
from reelsift.domain.policy import Verdict
from reelsift.domain.proportion import Proportion
from reelsift.domain.quality import quality_of
from reelsift.domain.review_item import ItemCause, ReviewItem
from reelsift.policy_tests import decided_videos
from reelsift.policy_tests.decided_videos import Decided, read_decided
from reelsift.policy_tests.quality import QualityRead, agreement_members
from reelsift.reports.policy_test_report import DecisionTime
from support.recorded_decisions import DAY_MS, NOW_MS, RecordedDecisions, video

APPROVED: dict[str, Any] = {"verdict": "approve", "reasons": []}
REVIEW: dict[str, Any] = {
    "verdict": "review",
    "reasons": [{"analysis": "content_moderation", "label": "Weapons", "parents": [], "max_confidence": 91.0}],
}


class World(RecordedDecisions):
    """Decisions, and draws that they have answered."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.items = ReviewItems(self.table)

    async def draw(self, number: int, probability: float, *, because: str = DECIDED) -> None:
        item = ReviewItem(video(number).video_id, ItemCause.SAMPLE, "samples", 0, 0, 0, probability=probability)
        await self.table.transact({"open": self.items.opening(item, claimed=False)})
        await self.table.transact({"close": self.items.closing(item, now_ms=0, because=because)})

    async def read(self, since_ms: int = NOW_MS - DAY_MS) -> Decided:
        deployment = SimpleNamespace(
            decisions=self.decisions, opinions=self.opinions, reviews=self.reviews, review_items=self.items
        )
        return await read_decided(cast("Any", deployment), since_ms, NOW_MS + 1)


async def test_a_video_that_was_drawn_weighs_what_its_chance_says_and_others_one() -> None:
    world = World()
    await world.draw(1, 0.01)
    await world.decide(1, Action.REJECT, evidence=APPROVED)
    await world.decide(2, Action.REJECT, evidence=REVIEW)
    read = await world.read()
    assert {one.video_id: (one.verdict, one.weight) for one in read.videos} == {
        video(1).video_id: (Verdict.APPROVE, 100.0),
        video(2).video_id: (Verdict.REVIEW, 1.0),
    }
    assert (read.decisions, read.left_out) == (2, 0)


async def test_a_draw_that_no_decision_answered_makes_no_sample_of_a_later_one() -> None:
    world = World()
    await world.draw(1, 0.01, because="not_asked_for")
    await world.decide(1, Action.REJECT, evidence=APPROVED)
    read = await world.read()
    assert (read.videos, read.left_out) == ([], 1)


async def test_only_the_time_that_was_asked_for_is_read_and_appeals_are_counted() -> None:
    world = World()
    await world.decide(1, Action.REJECT, at_ms=NOW_MS - 3 * DAY_MS, evidence=REVIEW)
    await world.decide(2, Action.REJECT, evidence=REVIEW)
    await world.decide(2, Action.OVERTURN, at_ms=NOW_MS + 1, evidence=REVIEW, appeal="a-1", status=None)
    read = await world.read()
    assert (len(read.videos), read.appeals) == (1, [True])
    assert len((await world.read(NOW_MS - 4 * DAY_MS)).videos) == 2


async def test_of_too_many_decisions_whole_days_are_read_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decided_videos, "MOST_DECISIONS", 3)
    world = World()
    for number in range(8):
        await world.decide(number, Action.APPROVE, at_ms=NOW_MS - (number // 2) * DAY_MS, evidence=REVIEW)
    read = await world.read(NOW_MS - 30 * DAY_MS)
    assert {one.video_id for one in read.videos} == {video(number).video_id for number in range(4)}
    assert NOW_MS - 2 * DAY_MS < read.since_ms <= NOW_MS - DAY_MS


async def test_the_terminal_says_too_few_to_say_and_json_has_no_number_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World()
    for number in range(12):
        await world.decide(number, Action.REJECT if number else Action.APPROVE, evidence=REVIEW)
    await world.draw(50, 0.5)
    await world.decide(50, Action.REJECT, evidence=APPROVED)
    read = await world.read()
    quality, time = quality_of(read.videos, read.appeals), DecisionTime(40)
    review_stats._print(read, quality, time)
    shown = capsys.readouterr().out
    assert "review: people found something in 11 of 12: 91.7 % (64.6 to 98.5)" in shown
    assert "reject: people found something in 0 of 0; too few to say" in shown
    assert "missed: 1 of 1 that were drawn among approvals; too few to say" in shown
    members = QualityRead(read, quality, time).members()
    assert members["precision"]["review"]["share"] == pytest.approx(11 / 12)
    assert members["precision"]["reject"]["share"] is None
    assert members["labels"][0]["from"]["90"]["hits"] == 11
    assert members["missed"]["missed"] is None


async def test_second_opinions_of_that_time_say_how_often_two_agree_from_ten_on() -> None:
    world = World()
    for number in range(12):
        decided = await world.decide(number, Action.REJECT, evidence=REVIEW)
        said = Action.REJECT if number < 6 else Action.APPROVE if number < 10 else Action.ESCALATE
        await world.opine(decided, said, at_ms=NOW_MS - (2 * DAY_MS if number == 0 else 0))
    read = await world.read()
    # Who passes a video on says neither; and one was given before.
    opinions = quality_of(read.videos, read.appeals, read.opinions).opinions
    assert (opinions.hits, opinions.n) == (5, 9)
    told = agreement_members(opinions)
    assert told == {"hits": 5, "n": 9, "share": None, "low": None, "high": None}
    told = agreement_members(Proportion(9, 10))
    # Wilson's interval of 9 in 10.
    assert (told["share"], round(told["low"], 3), round(told["high"], 3)) == (0.9, 0.596, 0.982)


async def test_an_opinion_on_a_video_that_is_sealed_counts_nowhere() -> None:
    world = World()
    decided = await world.decide(1, Action.REJECT, evidence=REVIEW)
    await world.opine(decided, Action.REJECT)
    row = await world.reviews.get(decided.video_id)
    assert row is not None
    await world.reviews.write(replace(row, sealed=True), row)
    assert (await world.read()).opinions == []
