"""The policies of the documentation: each can be used, has no doubts, and judges as it says of itself."""

from pathlib import Path

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.policy_doubts import doubts_of
from reelsift.domain.segments import Segment
from reelsift.policies import read_policy
from support.example_consumer import PATH

FOLDER = PATH.parent / "policies"
MODERATION, LABELS, TEXT, CUES = Analysis.CONTENT_MODERATION, Analysis.LABELS, Analysis.TEXT, Analysis.SEGMENTS


def example(name: str) -> Policy:
    return read_policy(FOLDER / f"{name}.yaml")


def seen(
    *path: str,
    sure: float = 95,
    start_s: float = 0,
    length_s: float = 10,
    analysis: Analysis = MODERATION,
    kind: str = "",
) -> list[Segment]:
    """A label with what stands above it, as Rekognition reports it."""
    start_ms, end_ms = round(start_s * 1_000), round((start_s + length_s) * 1_000)
    types = {"types": [kind], "samples": 1, "max_confidence": sure, "peak_ms": start_ms}
    details = {"content_types": [types]} if kind else {}
    return [
        Segment(analysis, path[n], path[:n], start_ms, end_ms, 1, sure, sure, start_ms, details)
        for n in range(len(path))
    ]


def judge(policy: Policy, *labels: list[Segment]) -> Judgement:
    return policy.judge([segment for label in labels for segment in label], frozenset(Analysis))


def verdict(policy: Policy, *labels: list[Segment]) -> str:
    return str(judge(policy, *labels).verdict)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_nothing_of_an_example_is_doubted(file: Path) -> None:
    policy = read_policy(file)
    assert doubts_of(policy, {}) == []
    assert policy.needs


def test_a_marketplace_is_held_up_by_no_single_frame_and_looks_for_contacts() -> None:
    policy = example("video-marketplace")
    nudity = ("Explicit", "Explicit Nudity", "Exposed Female Nipple")
    assert verdict(policy, seen("Alcohol", sure=95, length_s=4)) == "approve"
    assert verdict(policy, seen("Alcohol", sure=95, length_s=5)) == "review"
    assert verdict(policy, seen("Levitation", sure=99, length_s=0.5)) == "approve"
    assert verdict(policy, seen(*nudity, sure=97, length_s=0.5)) == "reject"
    assert verdict(policy, seen("call +49 170 5550100", sure=95, analysis=TEXT)) == "review"
    swimwear = ("Swimwear or Underwear", "Female Swimwear or Underwear")
    assert verdict(policy, seen(*swimwear, sure=99)) == "approve"
    pills = seen("Drugs & Tobacco", "Products", "Pills", sure=85)
    contact = seen("Telegram: goodpills", sure=85, start_s=30, analysis=TEXT)
    assert verdict(policy, pills) == "review"
    together = judge(policy, pills, contact)
    assert (str(together.verdict), {peak.category for peak in together.rejects}) == ("reject", {"Drugs by post"})
    assert policy.handling.queue_of(together.rejects[0].path) == ("urgent", 5)


def test_a_channel_for_children_takes_slapstick_for_slapstick_and_nothing_else() -> None:
    policy = example("childrens-channel")
    fight = ("Violence", "Physical Violence")
    assert verdict(policy, seen("Violence", sure=85, kind="Animated")) == "approve"
    assert verdict(policy, seen("Violence", sure=85)) == "review"
    assert verdict(policy, seen("Violence", sure=95, kind="Animated")) == "review"
    assert verdict(policy, seen(*fight, sure=85, kind="Illustrated")) == "review"
    assert verdict(policy, seen("Explicit", "Explicit Nudity", sure=85, kind="Animated")) == "reject"
    assert verdict(policy, seen("Levitation", sure=60)) == "review"
    cast = seen("EndCredits", start_s=60, length_s=60, analysis=CUES)
    assert verdict(policy, cast, seen("www.studio.example", start_s=70, analysis=TEXT)) == "approve"
    assert verdict(policy, cast, seen("www.studio.example", start_s=10, analysis=TEXT)) == "review"


def test_a_news_archive_rejects_nothing_and_puts_warnings_in_order() -> None:
    policy = example("news-archive")
    corpses = ("Visually Disturbing", "Death and Emaciation", "Corpses")
    assert verdict(policy, seen(*corpses, sure=100)) == "review"
    assert verdict(policy, seen("Explicit", "Explicit Nudity", sure=100)) == "review"
    assert verdict(policy, seen("Violence", sure=92, length_s=4)) == "approve"
    assert verdict(policy, seen("Violence", sure=92, length_s=5)) == "review"
    assert verdict(policy, seen("Violence", sure=92, kind="Illustrated")) == "approve"
    child = seen("Person", "Child", sure=80, start_s=12, analysis=LABELS)
    assert verdict(policy, child) == "approve"
    both = judge(policy, seen("Violence", sure=80, length_s=1, start_s=10), child)
    assert {peak.category for peak in both.reviews} == {"Children and violence"}
    assert policy.handling.queue_of(both.reviews[0].path) == ("warnings", 3)
