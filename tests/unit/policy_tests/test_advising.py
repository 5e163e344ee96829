"""Advice is made of decisions and stored results, and its file is a policy."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelsift.cli import policy_advise
from reelsift.domain.analysis import Analysis
from reelsift.domain.decided_video import DecidedVideo
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.result import encode_result
from reelsift.domain.rules import Action
from reelsift.domain.segments import Segment
from reelsift.domain.status import Status
from reelsift.policy_tests import advising
from reelsift.policy_tests.decided_videos import Decided
from reelsift.policy_tests.weighing import advised_document, weigh
from reelsift.reports.policy_test_report import DecisionTime
from support.memory_stores import settings

MODERATION, TEXT = Analysis.CONTENT_MODERATION, Analysis.TEXT
POLICY = Policy.parse(
    """
    content_moderation:
      Weapons: {review: 60}
      Alcohol: {review: 70, at_least: 2 s}
    text: {threats: {words: kill, review: 85}}
    together: {armed: {content_moderation: [Weapons, Gambling], within: 1 s, review: 50}}
    """
)


def seen(label: str, confidence: float, *, end_ms: int = 1_000, analysis: Analysis = MODERATION) -> Segment:
    return Segment(analysis, label, (), 0, end_ms, 1, confidence, confidence, 0)


class Stored:
    """Results by video."""

    def __init__(self) -> None:
        self.results: dict[str, bytes] = {}
        self.settings = settings()
        self.jobs = self.work = self

    def add(self, name: str, *segments: Segment, seen_from: float | None = None) -> None:
        head = {"model_version": "7.0"} | ({} if seen_from is None else {"seen_from": seen_from})
        self.results[name] = encode_result(head, segments)

    async def of_video(self, video_id: str) -> list[Any]:
        answered = SimpleNamespace(result_key=video_id)
        return [SimpleNamespace(analysis=MODERATION, newest_answer=answered)] if video_id in self.results else []

    async def pieces(self, key: str) -> Any:
        yield self.results[key]


def decided(name: str, status: Status = Status.REJECTED) -> DecidedVideo:
    return DecidedVideo(name, Verdict.REVIEW, {}, status)


async def weighed(stored: Stored, *names: str) -> Any:
    return await weigh(cast("Any", stored), POLICY, [decided(name) for name in names])


async def test_labels_have_their_confidences_and_thresholds_and_what_was_asked_for() -> None:
    stored = Stored()
    stored.add("a", seen("Weapons", 55), seen("Weapons", 88), seen("kill", 90, analysis=TEXT), seen_from=65)
    weighing = await weighed(stored, "a", "gone")
    (one,) = weighing.weighed
    assert (one.confidences, one.fixed) == ({(MODERATION, "Weapons"): 88, (TEXT, "threats"): 90}, False)
    weapons = weighing.thresholds[MODERATION, "Weapons"]
    assert (weapons.review, weapons.reject, weapons.least) == (60, None, 65)
    assert weighing.gone == 1


@pytest.mark.parametrize(
    ("segments", "fixed"),
    [
        ([seen("Alcohol", 90, end_ms=1_000)], False),
        ([seen("Alcohol", 90, end_ms=2_000)], True),
        ([seen("Weapons", 55), seen("Gambling", 55)], True),
    ],
)
async def test_what_no_threshold_alone_decides_is_no_label_to_be_advised_on(
    segments: list[Segment], *, fixed: bool
) -> None:
    stored = Stored()
    stored.add("a", *segments)
    (one,) = (await weighed(stored, "a")).weighed
    assert one.fixed is fixed
    assert (MODERATION, "Alcohol") not in one.confidences


def test_the_document_has_what_is_advised_and_is_a_policy() -> None:
    policy = Policy.parse(
        "content_moderation: {weapons: {review: 60, at_least: 2 s}, Alcohol: off}\ndefault: {alert: 90}"
    )
    advised = {(MODERATION, "Weapons"): {Action.REJECT: 95.0}, (MODERATION, "Alcohol"): {Action.REVIEW: 99.0}}
    made = Policy.parse(json.dumps(advised_document(policy.document, advised)))
    rules = made.rules.by_name[MODERATION]
    assert rules["weapons"].thresholds == {Action.REVIEW: 60, Action.REJECT: 95}
    assert rules["alcohol"].thresholds == {Action.REVIEW: 99, Action.REJECT: None, Action.ALERT: None}
    assert made.rules.default.thresholds[Action.ALERT] == 90


async def test_advice_is_told_with_its_interval_and_written_as_a_policy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = Stored()
    videos = [decided(f"{number}", Status.REJECTED if number % 50 else Status.APPROVED) for number in range(900)]
    for video in videos:
        stored.add(video.video_id, seen("Weapons", 90))

    async def live(_deployment: Any) -> Any:
        return SimpleNamespace(policy=POLICY)

    async def read(_deployment: Any, since_ms: int, _now_ms: int) -> Decided:
        return Decided(since_ms, videos)

    async def time(_deployment: Any) -> DecisionTime:
        return DecisionTime(36)

    for name, function in (("read_live", live), ("read_decided", read), ("decision_time", time)):
        monkeypatch.setattr(advising, name, function)
    advised = await advising.advise_by(cast("Any", stored), 0.95, 0.05, since_ms=0, now_ms=1)
    assert advised.thresholds == {(MODERATION, "Weapons"): {Action.REJECT: 60.0}}
    policy_advise.print_advice(advised, 95, 5)
    shown = capsys.readouterr().out
    assert "advised" in shown
    assert "too few to say" in shown
    members = policy_advise.members(advised)
    assert members["reject"][0]["precision"]["n"] < 900
    assert members["review"]["outcome"] == "too_few"
    policy_advise._write(tmp_path / "advised.yaml", advised)
    made = Policy.parse((tmp_path / "advised.yaml").read_text())
    assert made.rules.by_name[MODERATION]["weapons"].thresholds[Action.REJECT] == 60
    assert made.needs == POLICY.needs
