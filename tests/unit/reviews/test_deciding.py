"""Decisions: one transaction each, standing above verdicts, taken back in time or withdrawn."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from reelsift.aws.table import ConditionFailed, Item
from reelsift.domain.decision import Action, EscalationKind, broken_link
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.policy import Verdict
from reelsift.domain.review_item import Claim, ReviewItem
from reelsift.domain.status import Cause, Restriction, Status, VideoStatus
from reelsift.errors import (
    AlreadyWithdrawn,
    DecidedMeanwhile,
    KeyUsed,
    NoSuchDecision,
    NoSuchReason,
    NothingKnown,
    NotWithdrawable,
    OtherContent,
    VideoSealed,
)
from reelsift.reviews.deciding import AT_ONCE_MS
from reelsift.reviews.target import Target
from support.decisions import ANNA, BEN, UNDO_MS, VIDEO, DecidedVideos


async def test_a_decision_makes_the_status_and_a_revision_and_is_told_after_a_while() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    decided = await videos.decide(Action.REJECT, note="clear")
    row = await videos.row()
    assert (row.status, row.revision, row.last_decision, row.standing) == (Status.REJECTED, 2, 1, 1)
    event = row.unpublished[-1]
    assert (event.revision.number, event.revision.by.person, event.revision.decision) == (2, "p-anna", 1)
    assert event.tell_at_ms == row.tell_at_ms == videos.clock.now_ms() + UNDO_MS
    assert [reason.code for reason in event.reasons] == ["nudity"]
    assert decided.decision == (await videos.all_decisions())[0]
    assert decided.decision.revision == 2
    assert decided.decision.private is not None
    assert (decided.decision.private.note, decided.decision.private.etag) == ("clear", "e1")
    assert decided.decision.reasons[0].explanation


async def test_a_restriction_is_a_status_of_its_own_with_its_members() -> None:
    videos = DecidedVideos()
    await videos.decide(
        Action.RESTRICT, age=16, territories=("de", "AT"), warning_label="Blood", demote=True, demonetise=True
    )
    row = await videos.row()
    assert row.status is Status.RESTRICTED
    assert row.restriction == Restriction(16, ("AT", "DE"), "Blood", demote=True, demonetise=True)


async def test_a_video_that_was_never_analysed_can_be_decided() -> None:
    videos = DecidedVideos()
    decided = await videos.decide(Action.REJECT)
    assert decided.row.revision == 1
    assert decided.decision.automated is False
    assert [content.video_id for content in await videos.reviews.contents_of_key("videos", "a/clip.mp4")] == [
        VIDEO.video_id
    ]


async def test_of_a_video_of_which_nothing_is_known_nothing_is_decided() -> None:
    videos = DecidedVideos()
    request = DecisionRequest(action=Action.APPROVE).checked()
    with pytest.raises(NothingKnown):
        await videos.deciding.decide(Target("0" * 40), request, ANNA)
    assert not videos.table.rows


async def test_no_verdict_changes_what_a_person_decided() -> None:
    videos = DecidedVideos()
    await videos.decide(Action.APPROVE)
    row = await videos.judge(Verdict.REJECT)
    assert (row.status, row.revision) == (Status.APPROVED, 1)


async def test_what_was_known_is_copied_and_makes_the_detection_automated() -> None:
    evidence = {"reasons": [{"label": "Explicit Nudity", "max_confidence": 98.0}], "policy": "abc"}
    videos = DecidedVideos(evidence=evidence)
    decided = await videos.decide(Action.REJECT)
    stored = (await videos.all_decisions())[0]
    assert stored.private is not None
    assert stored.private.evidence == evidence
    assert decided.decision.automated


async def test_a_changed_verdict_refuses_nobody() -> None:
    """The status moves between the read and the write, again and again."""
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    attempts = iter(range(2, 6))

    async def judged_meanwhile(_row: VideoStatus) -> None:
        if (attempt := next(attempts, None)) is not None:
            await videos.judge(Verdict.APPROVE if attempt % 2 else Verdict.REVIEW, attempt=attempt)

    videos.deciding._read_evidence = judged_meanwhile
    await videos.decide(Action.REJECT)
    row = await videos.row()
    assert (row.status, row.last_decision) == (Status.REJECTED, 1)
    assert [revision.number for revision in row.history] == list(range(1, row.revision + 1))


async def test_of_two_who_decide_at_once_one_is_told_of_the_other() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    both_have_read = asyncio.Barrier(2)

    async def wait(_row: VideoStatus) -> None:
        await both_have_read.wait()

    videos.deciding._read_evidence = wait
    outcomes = await asyncio.gather(
        videos.decide(Action.APPROVE, ANNA), videos.decide(Action.REJECT, BEN), return_exceptions=True
    )
    told = [outcome for outcome in outcomes if isinstance(outcome, DecidedMeanwhile)]
    assert len(told) == 1
    (decision,) = await videos.all_decisions()
    assert (told[0].last, told[0].seen, told[0].by, told[0].action) == (1, 0, decision.by, str(decision.action))


async def test_who_has_seen_an_older_decision_is_refused_and_who_has_seen_it_is_not() -> None:
    videos = DecidedVideos()
    await videos.decide(Action.APPROVE)
    with pytest.raises(DecidedMeanwhile) as refused:
        await videos.decide(Action.REJECT, BEN, seen=0)
    assert (refused.value.last, refused.value.action, refused.value.at_ms) == (1, "approve", videos.clock.now_ms())
    with pytest.raises(DecidedMeanwhile):
        await videos.decide(Action.REJECT, BEN, seen=2)
    await videos.decide(Action.REJECT, BEN, seen=1)
    assert (await videos.row()).status is Status.REJECTED


async def test_other_content_than_was_seen_is_not_decided() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    with pytest.raises(OtherContent):
        await videos.decide(Action.REJECT, etag="e2")
    await videos.decide(Action.REJECT, etag="e1")


async def test_under_one_key_it_is_decided_once() -> None:
    videos = DecidedVideos()
    first = await videos.decide(Action.REJECT, key="ticket 7")
    again = await videos.decide(Action.REJECT, key="ticket 7")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.decision == first.decision
    assert len(await videos.all_decisions()) == 1
    with pytest.raises(KeyUsed) as used:
        await videos.decide(Action.APPROVE, key="ticket 7")
    assert (used.value.video_id, used.value.number) == (VIDEO.video_id, 1)


async def test_of_many_who_ask_at_once_under_one_key_one_decides_and_all_hear_of_it() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)

    async def pause(_row: VideoStatus) -> None:
        await asyncio.sleep(0)

    videos.deciding._read_evidence = pause
    decided = await asyncio.gather(*(videos.decide(Action.REJECT, key="k") for _ in range(5)))
    assert sorted(each.repeated for each in decided) == [False, True, True, True, True]
    assert {each.decision.number for each in decided} == {1}


async def test_withdrawn_in_time_neither_is_told() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.APPROVE)
    await videos.tell()
    await videos.decide(Action.REJECT)
    withdrawn = await videos.decide(Action.WITHDRAW, BEN, decision=1)
    row = await videos.row()
    assert (row.status, row.revision, row.standing, row.last_decision) == (Status.APPROVED, 3, 0, 2)
    assert row.unpublished == ()
    assert [revision.cause for revision in row.history] == [Cause.VERDICT, Cause.DECISION, Cause.WITHDRAWN]
    assert (withdrawn.decision.withdraws, withdrawn.decision.status) == (1, None)


async def test_withdrawn_later_the_verdict_counts_again_and_both_are_told() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.APPROVE)
    await videos.decide(Action.REJECT)
    await videos.tell()
    await videos.decide(Action.WITHDRAW, decision=1)
    row = await videos.row()
    assert [event.revision.status for event in row.unpublished] == [Status.APPROVED]
    # Whoever decides tells nobody: a worker has to look after it at once.
    assert row.tell_at_ms == AT_ONCE_MS


async def test_below_a_withdrawn_decision_the_newest_that_is_not_stands() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    await videos.decide(Action.RESTRICT, age=16)
    await videos.decide(Action.APPROVE)
    await videos.decide(Action.REJECT)
    await videos.decide(Action.WITHDRAW, decision=2)
    row = await videos.row()
    assert (row.status, row.standing) == (Status.REJECTED, 3)
    await videos.decide(Action.WITHDRAW, decision=3)
    row = await videos.row()
    assert (row.status, row.standing, row.restriction) == (Status.RESTRICTED, 1, Restriction(16))
    await videos.decide(Action.WITHDRAW, decision=1)
    row = await videos.row()
    assert (row.status, row.standing, row.last_decision) == (Status.IN_REVIEW, 0, 6)


async def test_what_cannot_be_withdrawn_is_told_why() -> None:
    videos = DecidedVideos()
    with pytest.raises(NoSuchDecision) as missing:
        await videos.decide(Action.WITHDRAW, decision=1)
    assert missing.value.last == 0
    await videos.decide(Action.REJECT)
    await videos.decide(Action.WITHDRAW, decision=1)
    await videos.decide(Action.APPROVE)
    with pytest.raises(AlreadyWithdrawn):
        await videos.decide(Action.WITHDRAW, decision=1)
    with pytest.raises(NotWithdrawable):
        await videos.decide(Action.WITHDRAW, decision=2)


async def test_an_escalation_waits_for_another_person_and_stands() -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.APPROVE)
    await videos.decide(Action.ESCALATE)
    row = await videos.judge(Verdict.APPROVE, attempt=2)
    assert (row.status, row.standing, row.history[-1].cause) == (Status.IN_REVIEW, 1, Cause.ESCALATED)


@pytest.mark.parametrize("kind", EscalationKind)
async def test_an_escalation_of_a_kind_seals_the_video_and_is_told_at_once(kind: EscalationKind) -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    decided = await videos.decide(Action.ESCALATE, kind=kind)
    assert (decided.row.status, decided.row.sealed, decided.decision.kind) == (Status.REJECTED, True, kind)
    event = decided.row.unpublished[-1]
    assert (event.revision.status, event.is_due(0)) == (Status.REJECTED, True)
    row = await videos.row()
    assert (row.sealed, row.video, row.verdict, row.reasons) == (True, None, None, ())
    with pytest.raises(ConditionFailed):
        await videos.judge(Verdict.APPROVE, attempt=2)


async def test_a_sealed_video_is_decided_by_nobody_here() -> None:
    videos = DecidedVideos()
    await videos.decide(Action.REJECT)
    for row in videos.table.rows.values():
        if row["part"] == "status":
            row["sealed"] = True
    with pytest.raises(VideoSealed):
        await videos.decide(Action.APPROVE)


async def test_a_reason_that_is_not_in_the_catalogue_is_refused() -> None:
    videos = DecidedVideos()
    with pytest.raises(NoSuchReason) as refused:
        await videos.decide(Action.REJECT, reasons=("boredom",))
    assert (refused.value.code, "nudity" in refused.value.codes) == ("boredom", True)


async def test_decisions_are_chained_and_a_change_is_found() -> None:
    videos = DecidedVideos()
    for action in (Action.REJECT, Action.APPROVE, Action.REJECT):
        await videos.decide(action, note="x")
    decisions = await videos.all_decisions()
    assert broken_link(decisions, 3) is None
    assert broken_link(decisions[:2], 3) == 3
    assert broken_link(decisions[1:], 3) == 1
    for part, name, before, after in (
        ("decision#000002", "record", '"approve"', '"reject"'),
        ("decision#000002", "private", '"x"', '"y"'),
    ):
        row = videos.table.rows[VIDEO.video_id, part]
        kept = row[name]
        row[name] = kept.replace(before, after)
        assert row[name] != kept
        assert broken_link(await videos.all_decisions(), 3) in {2, 3}
        row[name] = kept


async def test_what_is_private_can_be_forgotten_and_the_chain_holds() -> None:
    videos = DecidedVideos(evidence={"reasons": []})
    await videos.decide(Action.REJECT, note="a name")
    await videos.decide(Action.APPROVE)
    del videos.table.rows[VIDEO.video_id, "decision#000001"]["private"]
    first, second = await videos.all_decisions()
    assert (first.private, first.action) == (None, Action.REJECT)
    assert second.private is not None
    assert broken_link([first, second], 2) is None
    assert "a name" not in str(first.record())


async def test_a_video_that_was_forgotten_and_has_come_again_is_known_by_what_it_holds() -> None:
    videos = DecidedVideos()
    await videos.decide(Action.REJECT)
    await videos.tell()
    await videos.reviews.entomb(await videos.row())
    assert (await videos.row()).video is None
    # By its id alone, as an appeal would be decided: it stays unknown.
    request = DecisionRequest(action=Action.APPROVE).checked()
    await videos.deciding.decide(Target(VIDEO.video_id), request, ANNA)
    row = await videos.row()
    assert (row.video, row.status, row.revision) == (None, Status.APPROVED, 2)
    await videos.decide(Action.REJECT)
    row = await videos.row()
    assert (row.video, row.revision, row.last_decision) == (VIDEO, 3, 3)
    assert broken_link(await videos.all_decisions(), 3) is None


class _Items:
    """Parts of the transaction that others add, which may be refused."""

    def __init__(self, videos: "DecidedVideos") -> None:
        self.table = videos.table
        self.seen: list[tuple[Status | None, str | None]] = []
        self.refuse = 0

    async def of_video(self, video_id: str) -> Sequence[ReviewItem]:
        assert video_id
        return ()

    async def second_opinions(self) -> float:
        return 0.0

    async def claim_of(self, video_id: str) -> Claim | None:
        return Claim(video_id, "c", "verdict", "p-ben", "p-ben", 0, 0, 0)

    async def decision_parts(self, now: VideoStatus, *, appeal: str | None = None) -> Mapping[str, Item]:
        self.seen.append((now.status, appeal))
        condition = "attribute_exists(#video_id)" if len(self.seen) <= self.refuse else None
        item = self.table.transact_put({"video_id": now.video_id, "part": "item#verdict", "closed": True}, condition)
        return {"item verdict": item}


async def test_what_people_were_asked_is_closed_in_the_same_transaction() -> None:
    videos = DecidedVideos()
    items = _Items(videos)
    items.refuse = 2
    videos.deciding._items = items
    decided = await videos.decide(Action.REJECT)
    assert videos.table.rows[VIDEO.video_id, "item#verdict"]["closed"]
    assert decided.interrupted is not None
    assert decided.interrupted.by == "p-ben"
    assert items.seen == [(Status.REJECTED, None)] * 3
    assert (await videos.row()).last_decision == 1


async def test_decisions_of_a_day_are_found_by_it() -> None:
    videos = DecidedVideos()
    await videos.decide(Action.REJECT)
    found = [decision for shard in range(8) async for decision in videos.decisions.of_day("1970-01-01", shard)]
    assert [decision.number for decision in found] == [1]
