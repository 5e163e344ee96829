"""How good verdicts are: only what was looked at for certain, or by a draw, says anything of them."""

from typing import Any

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.decided_video import DecidedVideo, Drawn, decided_video
from reelsift.domain.decision import Action, Decision, Private
from reelsift.domain.policy import Verdict
from reelsift.domain.quality import quality_of, says_something
from reelsift.domain.status import Status

MODERATION = Analysis.CONTENT_MODERATION
WEAPONS = (MODERATION, "Weapons")
STATUS = {Action.APPROVE: Status.APPROVED, Action.REJECT: Status.REJECTED, Action.ESCALATE: Status.IN_REVIEW}


def decision(number: int, action: Action, verdict: str | None = "review", **members: Any) -> Decision:
    reason = {"analysis": "content_moderation", "label": "Weapons", "parents": ["Violence"], "max_confidence": 88.0}
    text = {"analysis": "text", "label": "kill them", "parents": ["threats"], "max_confidence": 95.0}
    evidence = (
        None if verdict is None else {"verdict": verdict, "reasons": [reason, text] if verdict == "review" else []}
    )
    private = Private("00", evidence=evidence)
    return Decision(
        video_id="v",
        number=number,
        action=action,
        by="p",
        principal="p",
        at_ms=number,
        status=STATUS.get(action),
        private_digest=private.digest,
        private=private,
        **members,
    )


def test_a_video_is_what_people_say_of_it_by_now_beside_what_the_policy_had_said_at_first() -> None:
    video = decided_video([decision(1, Action.REJECT), decision(2, Action.APPROVE, "approve")], None)
    assert video is not None
    assert (video.verdict, video.status, video.weight) == (Verdict.REVIEW, Status.APPROVED, 1.0)
    assert video.reasons == {WEAPONS: 88.0, (Analysis.TEXT, "threats"): 95.0}


def test_a_decision_that_was_taken_back_says_nothing() -> None:
    taken_back = [decision(1, Action.REJECT), decision(2, Action.WITHDRAW, withdraws=1)]
    assert decided_video(taken_back, None) is None
    assert decided_video([decision(1, Action.ESCALATE)], None) is None


@pytest.mark.parametrize(
    ("decisions", "drawn"),
    [
        # Approved, and looked at because somebody wanted to.
        ([decision(1, Action.REJECT, "approve")], None),
        # Drawn once, and of a verdict that would have sent it to review anyhow.
        ([decision(1, Action.REJECT, "review")], Drawn(0.01, 0)),
        # What was known then came before the time, or was forgotten.
        ([decision(2, Action.REJECT)], None),
        ([decision(1, Action.REJECT, None)], None),
    ],
)
def test_what_is_no_sample_counts_for_nothing(decisions: list[Decision], drawn: Drawn | None) -> None:
    assert decided_video(decisions, drawn) is None


def test_what_was_drawn_stands_for_as_many_as_its_chance_says() -> None:
    video = decided_video([decision(1, Action.REJECT, "approve")], Drawn(0.005, 0))
    assert video is not None
    assert (video.weight, video.is_wrong) == (200.0, True)


def video(verdict: Verdict, status: Status, confidence: float = 0, probability: float | None = None) -> DecidedVideo:
    reasons = {WEAPONS: confidence} if confidence else {}
    return DecidedVideo("v", verdict, reasons, status, probability)


def test_precision_is_by_verdict_and_by_label_from_each_confidence_on() -> None:
    review = [video(Verdict.REVIEW, Status.RESTRICTED, 85)] * 12 + [video(Verdict.REVIEW, Status.APPROVED, 65)] * 8
    reject = [video(Verdict.REJECT, Status.REJECTED, 97)] * 15 + [video(Verdict.REJECT, Status.RESTRICTED, 96)] * 5
    quality = quality_of([*review, *reject], [True, False, False])
    assert {verdict: (share.hits, share.n) for verdict, share in quality.by_verdict.items()} == {
        Verdict.REVIEW: (12, 20),
        Verdict.REJECT: (15, 20),
    }
    by_band = {band: (share.hits, share.n) for band, share in quality.by_label[WEAPONS].items()}
    assert by_band == {50: (32, 40), 60: (32, 40), 70: (32, 32), 80: (32, 32), 90: (20, 20), 95: (20, 20)}
    assert (quality.appeals.hits, quality.appeals.n) == (1, 3)
    assert says_something(quality.by_verdict[Verdict.REVIEW])
    assert not says_something(quality.appeals)


def test_what_was_missed_is_estimated_from_ten_events_on() -> None:
    clean = [video(Verdict.APPROVE, Status.APPROVED, probability=0.005)] * 4_890
    wrong = [video(Verdict.APPROVE, Status.REJECTED, probability=0.005)] * 10
    missed = quality_of([*clean, *wrong]).missed.members()
    assert {name: missed[name] for name in ("drawn", "found", "approved", "missed")} == {
        "drawn": 4_900,
        "found": 10,
        "approved": 980_000,
        "missed": 2_000,
    }
    assert (round(missed["low"], -1), round(missed["high"], -1)) == (960, 3_680)
    few = quality_of([*clean, *wrong[:9]]).missed.members()
    assert (few["found"], few["missed"], few["low"], few["high"], few["share"]) == (9, None, None, None, None)
