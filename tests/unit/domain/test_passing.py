"""What passes a policy: for how long, in what kind of pictures, and together with what. Against plain counting."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.segments import Segment

MODERATION, LABELS, TEXT, SEGMENTS = Analysis.CONTENT_MODERATION, Analysis.LABELS, Analysis.TEXT, Analysis.SEGMENTS
Kind = tuple[tuple[str, ...], float]
"""A kind of pictures, and the highest confidence in them."""


def seen(
    label: str,
    start_ms: int,
    end_ms: int,
    confidence: float = 99,
    *kinds: Kind,
    analysis: Analysis = MODERATION,
    parents: tuple[str, ...] = (),
) -> Segment:
    details: dict[str, Any] = {}
    if kinds:
        details["content_types"] = [
            {"types": list(types), "samples": 1, "max_confidence": highest, "peak_ms": start_ms + number}
            for number, (types, highest) in enumerate(kinds)
        ]
    return Segment(analysis, label, parents, start_ms, end_ms, 1, confidence, confidence, start_ms, details)


def judge(policy: str, *segments: Segment) -> Judgement:
    return Policy.parse(policy).judge(segments, frozenset(Analysis))


def verdict(policy: str, *segments: Segment) -> str:
    return str(judge(policy, *segments).verdict)


class TestTime:
    policy = "content_moderation: {Weapons: {review: 80, reject: 95, at_least: {reject: 2 s}}}"

    @pytest.mark.parametrize(
        ("stretches", "expected"),
        [
            ([(0, 2_000)], "reject"),
            ([(0, 1_999)], "review"),
            ([(0, 1_000), (60_000, 61_000)], "reject"),
            # Where they lie over each other they count once.
            ([(0, 1_500), (500, 1_999)], "review"),
            ([(0, 1_500), (500, 2_000)], "reject"),
            ([(5_000, 5_000)], "review"),
        ],
    )
    def test_all_stretches_of_a_label_count_together(self, stretches: list[tuple[int, int]], expected: str) -> None:
        assert verdict(self.policy, *(seen("Weapons", *stretch) for stretch in stretches)) == expected

    def test_only_stretches_at_or_above_the_threshold_count(self) -> None:
        below, above = seen("Weapons", 0, 10_000, 94), seen("Weapons", 20_000, 21_500, 95)
        assert verdict(self.policy, below, above) == "review"
        judgement = judge(self.policy, below, above, seen("Weapons", 30_000, 30_500, 96))
        assert [peak.ranges_ms for peak in judgement.rejects] == [((20_000, 21_500), (30_000, 30_500))]

    def test_it_goes_with_the_threshold_that_it_stands_beside(self) -> None:
        policy = """
        default: {review: 50, at_least: 1 s}
        content_moderation:
          Violence: {review: 80, at_least: 2 s}
          Graphic Violence: {review: 60}
          Weapons: {reject: 90}
        """
        graphic = seen("Graphic Violence", 0, 500, 70, parents=("Violence",))
        weapons = seen("Weapons", 0, 1_500, 85, parents=("Violence",))
        assert verdict(policy, graphic) == "review"
        assert verdict(policy, weapons) == "approve"
        assert verdict(policy, weapons, seen("Weapons", 3_000, 3_500, 85, parents=("Violence",))) == "review"
        assert verdict(policy, seen("Alcohol", 0, 999)) == "approve"
        assert verdict(policy, seen("Alcohol", 0, 1_000)) == "review"

    def test_what_is_ignored_is_not_counted(self) -> None:
        policy = "ignore_in: EndCredits\ncontent_moderation: {Weapons: {review: 80, at_least: 2 s}}"
        cast = seen("EndCredits", 60_000, 90_000, analysis=SEGMENTS)
        assert verdict(policy, cast, seen("Weapons", 0, 1_500), seen("Weapons", 70_000, 71_500)) == "approve"
        assert verdict(policy, cast, seen("Weapons", 0, 1_500), seen("Weapons", 50_000, 51_500)) == "review"

    def test_all_texts_that_a_rule_finds_count_together(self) -> None:
        policy = "text: {threats: {words: [kill, die], review: 80, at_least: 2 s}, other: {words: [die], alert: 50}}"
        texts = [seen("I will kill you", 0, 1_200, analysis=TEXT), seen("die", 1_200, 2_000, analysis=TEXT)]
        assert {peak.label for peak in judge(policy, *texts).reviews} == {"I will kill you", "die"}
        assert verdict(policy, texts[0], seen("sale", 1_200, 9_000, analysis=TEXT)) == "approve"

    @given(
        st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), st.sampled_from([70, 80, 90])), max_size=8),
        st.integers(0, 30),
    )
    def test_time_is_what_counting_each_millisecond_gives(
        self, stretches: list[tuple[int, int, int]], at_least: int
    ) -> None:
        policy = f"content_moderation: {{Weapons: {{review: 80, at_least: {at_least} ms}}}}"
        counted = {
            at_ms
            for start, length, confidence in stretches
            if confidence >= 80
            for at_ms in range(start, start + length)
        }
        any_passes = any(confidence >= 80 for _, _, confidence in stretches)
        expected = "review" if any_passes and len(counted) >= at_least else "approve"
        segments = (seen("Weapons", start, start + length, sure) for start, length, sure in stretches)
        assert verdict(policy, *segments) == expected


class TestKinds:
    policy = """
    content_moderation:
      Violence: {review: 60, reject: 90, animated: {review: 95, reject: off}}
      Blood: {review: 70, illustrated: off}
    """
    plain, animated, drawn = (), ("Animated",), ("Illustrated",)

    @pytest.mark.parametrize(
        ("kinds", "expected"),
        [
            ([((), 92)], "reject"),
            ([(("Animated",), 92)], "approve"),
            ([(("Animated",), 96)], "review"),
            ([(("Animated", "Illustrated"), 92)], "approve"),
            ([(("Illustrated",), 92)], "reject"),
            ([(("Sports",), 92)], "reject"),
            # A stretch that runs on from a cartoon into a street is held against both.
            ([(("Animated",), 92), ((), 50)], "approve"),
            ([(("Animated",), 92), ((), 60)], "review"),
            ([(("Animated",), 92), ((), 91)], "reject"),
        ],
    )
    def test_pictures_of_a_kind_have_their_own_thresholds(self, kinds: list[Kind], expected: str) -> None:
        highest = max(confidence for _, confidence in kinds)
        assert verdict(self.policy, seen("Violence", 0, 1_000, highest, *kinds)) == expected

    def test_a_result_that_does_not_tell_the_kind_is_of_none(self) -> None:
        assert verdict(self.policy, seen("Violence", 0, 1_000, 92)) == "reject"

    def test_the_nearest_rule_that_has_a_word_on_an_action_holds_for_all_kinds(self) -> None:
        cartoon = (("Animated",), 80.0)
        assert verdict(self.policy, seen("Blood", 0, 1_000, 80, cartoon, parents=("Violence",))) == "review"
        assert verdict(self.policy, seen("Gore", 0, 1_000, 80, cartoon, parents=("Violence",))) == "approve"
        assert verdict(self.policy, seen("Blood", 0, 1_000, 80, (("Illustrated",), 80.0))) == "approve"

    def test_of_two_kinds_that_a_rule_speaks_of_the_stricter_counts(self) -> None:
        policy = "content_moderation: {Violence: {review: 50, animated: {review: 90}, illustrated: {review: 70}}}"
        both = ("Animated", "Illustrated")
        assert verdict(policy, seen("Violence", 0, 1_000, 69, (both, 69))) == "approve"
        assert verdict(policy, seen("Violence", 0, 1_000, 70, (both, 70))) == "review"

    def test_a_peak_is_that_of_the_pictures_that_passed(self) -> None:
        policy = "content_moderation: {Violence: {review: 60, animated: {review: 99}}}"
        (peak,) = judge(policy, seen("Violence", 5_000, 9_000, 90, (("Animated",), 90), ((), 65))).reviews
        assert (peak.max_confidence, peak.peak_ms, peak.threshold) == (65, 5_001, 60)
        assert peak.ranges_ms == ((5_000, 9_000),)

    def test_a_stretch_of_two_kinds_that_both_pass_is_one_stretch(self) -> None:
        policy = "content_moderation: {Violence: {review: 60, animated: {review: 70}, at_least: 2 s}}"
        mixed = seen("Violence", 0, 1_500, 90, (("Animated",), 90), ((), 65))
        assert verdict(policy, mixed) == "approve"
        (peak,) = judge(policy, mixed, seen("Violence", 2_000, 2_500, 80, (("Animated",), 80))).reviews
        assert (peak.ranges_ms, peak.max_confidence, peak.threshold) == (((0, 1_500), (2_000, 2_500)), 90, 70)


class TestTogether:
    policy = """
    content_moderation: {Weapons: {review: off}, Alcohol: {review: off}, Violence: {review: off}}
    text: {threats: {words: kill, alert: off}}
    together:
      Armed and drunk: {content_moderation: [Weapons, Alcohol], within: 5 s, review: 70, reject: 90}
      Threat: {text: threats, labels: Weapon, within: 0 s, review: 80}
    """

    @pytest.mark.parametrize(
        ("drunk", "expected"),
        [
            ((6_000, 7_000, 95), "reject"),
            ((6_001, 7_000, 95), "approve"),
            ((0, 1_000, 89), "review"),
            ((0, 500, 69), "approve"),
        ],
    )
    def test_each_must_reach_the_threshold_and_none_lie_further_from_another(
        self, drunk: tuple[int, int, float], expected: str
    ) -> None:
        assert verdict(self.policy, seen("Weapons", 0, 1_000, 99), seen("Alcohol", *drunk)) == expected

    def test_all_that_takes_part_is_a_reason_below_the_combination(self) -> None:
        judgement = judge(
            self.policy,
            seen("Weapons", 0, 1_000, 92, parents=("Violence",)),
            seen("Weapons", 3_600_000, 3_600_500, 99, parents=("Violence",)),
            seen("Alcohol", 2_000, 3_000, 95),
        )
        assert [(peak.path, peak.max_confidence, peak.ranges_ms) for peak in judgement.rejects] == [
            (("Armed and drunk", "Alcohol"), 95, ((2_000, 3_000),)),
            (("Armed and drunk", "Violence", "Weapons"), 92, ((0, 1_000),)),
        ]
        assert judgement.reviews == ()

    def test_a_label_counts_by_itself_as_well(self) -> None:
        policy = self.policy.replace("Weapons: {review: off}", "Weapons: {review: 60}")
        judgement = judge(policy, seen("Weapons", 0, 1_000, 75), seen("Alcohol", 0, 1_000, 75))
        assert {peak.path for peak in judgement.reviews} == {
            ("Weapons",),
            ("Armed and drunk", "Weapons"),
            ("Armed and drunk", "Alcohol"),
        }

    def test_members_may_be_of_several_analyses_and_stand_for_what_is_below_them(self) -> None:
        words = seen("I kill you", 0, 1_000, 90, analysis=TEXT)
        gun = seen("Gun", 1_000, 2_000, 85, analysis=LABELS, parents=("Weapon",))
        assert {peak.path for peak in judge(self.policy, words, gun).reviews} == {
            ("Threat", "threats", "I kill you"),
            ("Threat", "Weapon", "Gun"),
        }
        assert (
            verdict(self.policy, words, seen("Gun", 1_001, 2_000, 85, analysis=LABELS, parents=("Weapon",))) != "review"
        )

    def test_what_a_combination_may_reject_or_send_to_review_is_needed(self) -> None:
        assert Policy.parse(self.policy).needs == {MODERATION, TEXT, LABELS}
        alone = Policy.parse("content_moderation: off\ntogether: {x: {labels: [A, B], within: 1 s, alert: 50}}")
        assert alone.needs == frozenset()
        named = "content_moderation: off\ntogether: {x: {content_moderation: A, labels: B, within: 1 s, review: 50}}"
        assert Policy.parse(named).needs == {MODERATION, LABELS}

    def test_alerts_have_the_threshold_of_default_unless_it_says_otherwise(self) -> None:
        alerts = judge(self.policy, seen("Weapons", 0, 1, 96), seen("Alcohol", 0, 1, 96)).alerts
        assert ("Armed and drunk", "Weapons") in {peak.path for peak in alerts}
        deaf = self.policy.replace("reject: 90}", "reject: 90, alert: off}")
        assert {peak.path for peak in judge(deaf, seen("Weapons", 0, 1, 96), seen("Alcohol", 0, 1, 96)).alerts} == {
            ("Weapons",),
            ("Alcohol",),
        }

    def test_members_are_left_out_where_the_combination_ignores_them(self) -> None:
        cast = seen("EndCredits", 60_000, 90_000, analysis=SEGMENTS)
        both = seen("Weapons", 61_000, 62_000), seen("Alcohol", 61_000, 62_000)
        everywhere = self.policy.rstrip() + "\n    ignore_in: EndCredits\n"
        assert verdict(self.policy, cast, *both) == "reject"
        assert verdict(everywhere, cast, *both) == "approve"
        here = everywhere.replace("within: 5 s, ", "within: 5 s, ignore_in: off, ")
        assert verdict(here, cast, *both) == "reject"

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["A", "B", "C", "D"]),
                st.integers(0, 20),
                st.integers(0, 6),
                st.sampled_from([60, 80, 90]),
            ),
            max_size=9,
        ),
        st.integers(0, 6),
    )
    def test_it_holds_where_some_choice_of_one_each_lies_near_enough(
        self, stretches: list[tuple[str, int, int, int]], within: int
    ) -> None:
        rule = {"labels": ["A", "B", "C"], "within": f"{within} ms", "review": 80, "alert": "off"}
        policy = json.dumps({"together": {"all three": rule}, "default": "off"})
        segments = [
            seen(name, start, start + length, confidence, analysis=LABELS)
            for name, start, length, confidence in stretches
        ]
        choices = product(
            *([one for one in segments if one.label == name and one.max_confidence >= 80] for name in "ABC")
        )
        near = [choice for choice in choices if all(b.start_ms - a.end_ms <= within for a in choice for b in choice)]
        expected = {(one.label, one.start_ms, one.end_ms) for choice in near for one in choice}
        reviews = judge(policy, *segments).reviews
        assert {(peak.label, *span) for peak in reviews for span in peak.ranges_ms} == expected
