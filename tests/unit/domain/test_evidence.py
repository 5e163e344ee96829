"""What of a video counts: names and Ids, what is written, and what is seen only in its credits."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.result import peak_members, read_segment, segment_members
from reelsift.domain.segments import Segment

MODERATION, LABELS, TEXT = Analysis.CONTENT_MODERATION, Analysis.LABELS, Analysis.TEXT
CELEBRITIES, SEGMENTS = Analysis.CELEBRITIES, Analysis.SEGMENTS


def seen(
    analysis: Analysis,
    label: str,
    start_ms: int = 0,
    end_ms: int = 1_000,
    highest: float = 99,
    details: Mapping[str, Any] | None = None,
) -> Segment:
    return Segment(analysis, label, (), start_ms, end_ms, 1, highest, highest, start_ms, details or {})


def verdict(policy: str, *segments: Segment) -> Verdict:
    return Policy.parse(policy).judge(segments, frozenset(Analysis)).verdict


class TestWriting:
    policy = Policy.parse(
        """
        text:
          Threats: {words: [kill, white power], reject: 90}
          adverts: {words: [sale, kill], patterns: ['t\\.me/\\S+'], review: 80, alert: off}
        """
    )

    def test_a_text_stands_below_each_rule_that_looks_for_it(self) -> None:
        judgement = self.policy.judge([seen(TEXT, "SALE: to kill for", highest=85)], frozenset(Analysis))
        assert [peak.path for peak in judgement.reviews] == [("adverts", "SALE: to kill for")]
        judgement = self.policy.judge([seen(TEXT, "SALE: to kill for", highest=96)], frozenset(Analysis))
        assert [peak.path for peak in judgement.rejects] == [("Threats", "SALE: to kill for")]
        assert [peak.path for peak in judgement.reviews] == [("adverts", "SALE: to kill for")]
        assert [peak.path for peak in judgement.alerts] == [("Threats", "SALE: to kill for")]
        assert judgement.alerts[0].category == "Threats"

    def test_each_spelling_is_looked_at(self) -> None:
        spellings = {"spellings": {"SA1E": 7, "SALE": 1}}
        assert verdict("text: {a: {words: sale, review: 80}}", seen(TEXT, "SA1E", details=spellings)) == "review"
        assert verdict("text: {a: {words: sale, review: 80}}", seen(TEXT, "SA1E")) == "approve"

    def test_what_no_rule_looks_for_says_nothing(self) -> None:
        judgement = self.policy.judge([seen(TEXT, "skill", highest=100)], frozenset(Analysis))
        assert (judgement.verdict, judgement.alerts) == (Verdict.APPROVE, ())

    def test_a_text_that_reads_like_the_name_of_a_rule_has_no_part_in_it(self) -> None:
        policy = "text: {sale: {words: kill, reject: 50}, kill: {words: sale, review: 50}}"
        assert verdict(policy, seen(TEXT, "sale")) == "review"

    def test_two_texts_of_one_rule_are_told_apart(self) -> None:
        judgement = self.policy.judge([seen(TEXT, "Kill them", 5_000), seen(TEXT, "kill us")], frozenset(Analysis))
        assert [peak.label for peak in judgement.rejects] == ["kill us", "Kill them"]


class TestCelebrities:
    policy = "celebrities: {Beyonce Knowles: {review: 80}, 1AbC2dE: {reject: 80}}"

    def test_a_person_is_known_by_name_without_accents(self) -> None:
        assert verdict(self.policy, seen(CELEBRITIES, "Beyoncé Knowles")) == "review"

    def test_a_person_is_known_by_an_id_before_the_name(self) -> None:
        known = {"id": "1AbC2dE", "urls": []}
        assert verdict(self.policy, seen(CELEBRITIES, "Jane Doe", details=known)) == "reject"
        assert verdict(self.policy, seen(CELEBRITIES, "Beyoncé Knowles", details=known)) == "reject"

    def test_two_people_of_one_name_are_told_apart(self) -> None:
        segments = [
            seen(CELEBRITIES, "Jane Doe", highest=99, details={"id": "other"}),
            seen(CELEBRITIES, "Jane Doe", highest=70, details={"id": "1AbC2dE"}),
        ]
        assert verdict(self.policy, *segments) == "approve"

    def test_two_people_of_one_name_are_told_by_their_ids(self) -> None:
        segments = [
            seen(CELEBRITIES, "Jane Doe", highest=highest, details={"id": known_as})
            for known_as, highest in (("1AbC2dE", 99), ("2ab", 95))
        ]
        policy = Policy.parse("celebrities: {Jane Doe: {review: 80, alert: 80}}")
        judgement = policy.judge(segments, frozenset(Analysis))
        for peaks in (judgement.reasons, judgement.alerts):
            assert [peak_members(peak)["id"] for peak in peaks] == ["1AbC2dE", "2ab"]
        (of_label,) = policy.judge([seen(MODERATION, "Weapons", highest=99)], frozenset(Analysis)).reasons
        assert "id" not in peak_members(of_label)

    def test_whoever_is_not_named_says_nothing(self) -> None:
        assert verdict(self.policy, seen(CELEBRITIES, "Jane Doe", highest=100)) == "approve"


class TestIgnoredStretches:
    policy = "ignore_in: [EndCredits, OpeningCredits]\ncontent_moderation: {Alcohol: {review: 80}}"
    credits = (seen(SEGMENTS, "EndCredits", 60_000, 90_000), seen(SEGMENTS, "OpeningCredits", 0, 5_000))

    @pytest.mark.parametrize(
        ("start_ms", "end_ms", "expected"),
        [
            (60_000, 90_000, "approve"),
            (70_000, 70_000, "approve"),
            (0, 5_000, "approve"),
            (59_999, 70_000, "review"),
            (80_000, 90_001, "review"),
            (5_001, 5_002, "review"),
            (0, 90_000, "review"),
        ],
    )
    def test_what_is_seen_only_there_is_left_out(self, start_ms: int, end_ms: int, expected: str) -> None:
        assert verdict(self.policy, *self.credits, seen(MODERATION, "Alcohol", start_ms, end_ms)) == expected

    def test_what_is_read_until_the_credits_end_is_left_out_though_its_end_lies_a_step_later(self) -> None:
        policy = Policy.parse("ignore_in: EndCredits\ntext: {a: {words: kill, review: 50}}")

        def read(*times: int) -> Iterator[Segment]:
            page = {
                "JobStatus": "SUCCEEDED",
                "TextDetections": [
                    {"Timestamp": at_ms, "TextDetection": {"Type": "LINE", "DetectedText": "kill", "Confidence": 99.0}}
                    for at_ms in times
                ],
            }
            # As a verdict over several jobs has them: from stored results.
            for segment in Answer.of(TEXT, [page]).segments():
                yield read_segment(json.loads(json.dumps(segment_members(segment))))

        def verdict(*times: int) -> Verdict:
            # Rekognition ends a stretch with its last frame.
            return policy.judge([seen(SEGMENTS, "EndCredits", 60_000, 89_960), *read(*times)], set(Analysis)).verdict

        assert verdict(88_500, 89_000, 89_500) == "approve"
        assert verdict(89_000, 89_500, 90_000) == "review"
        assert verdict(59_500, 60_000) == "review"

    def test_stretches_that_touch_are_one(self) -> None:
        policy = "ignore_in: [EndCredits, BlackFrames]"
        parts = [seen(SEGMENTS, "EndCredits", 0, 10_000), seen(SEGMENTS, "BlackFrames", 10_000, 12_000)]
        assert verdict(policy, *parts, seen(MODERATION, "Alcohol", 9_000, 11_000)) == "approve"
        apart = [parts[0], seen(SEGMENTS, "BlackFrames", 10_001, 12_000)]
        assert verdict(policy, *apart, seen(MODERATION, "Alcohol", 9_000, 11_000)) == "review"

    def test_where_there_is_no_such_stretch_nothing_is_left_out(self) -> None:
        assert verdict(self.policy, seen(MODERATION, "Alcohol", 60_000, 90_000)) == "review"

    def test_peak_and_times_are_of_what_is_left(self) -> None:
        alcohol = [
            seen(MODERATION, "Alcohol", 70_000, 71_000, highest=99),
            seen(MODERATION, "Alcohol", 20_000, 21_000, highest=85),
        ]
        (peak,) = Policy.parse(self.policy).judge([*self.credits, *alcohol], frozenset(Analysis)).reviews
        assert (peak.max_confidence, peak.peak_ms, peak.ranges_ms) == (85, 20_000, ((20_000, 21_000),))

    def test_a_rule_may_say_otherwise_for_itself(self) -> None:
        policy = (
            "ignore_in: EndCredits\ncontent_moderation: {Weapons: {ignore_in: off}, Violence: {ignore_in: [Slate]}}"
        )
        stretches = (*self.credits, seen(SEGMENTS, "Slate", 20_000, 30_000))
        assert verdict(policy, *stretches, seen(MODERATION, "Weapons", 60_000, 61_000)) == "review"
        assert verdict(policy, *stretches, seen(MODERATION, "Violence", 60_000, 61_000)) == "review"
        assert verdict(policy, *stretches, seen(MODERATION, "Violence", 20_000, 21_000)) == "approve"

    def test_it_holds_for_every_analysis_but_that_of_the_stretches(self) -> None:
        policy = self.policy + "\ntext: {a: {words: kill, review: 50}}\nsegments: {EndCredits: {review: 50}}"
        judgement = Policy.parse(policy).judge([*self.credits, seen(TEXT, "kill", 60_000, 61_000)], frozenset(Analysis))
        assert [peak.path for peak in judgement.reviews] == [("EndCredits",)]

    def test_it_needs_no_analysis(self) -> None:
        policy = Policy.parse(self.policy)
        assert policy.needs == {MODERATION}
        assert policy.judge([], {MODERATION}).verdict == "approve"
