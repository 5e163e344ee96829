import re
from collections.abc import Collection, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain import taxonomy
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import DEFAULT_POLICY_TEXT, Judgement, Policy, UnknownName, Verdict
from reelsift.domain.rules import Action
from reelsift.domain.segments import Segment

MODERATION = Analysis.CONTENT_MODERATION


def seen(*path: str, highest: float, start_ms: int = 0, analysis: Analysis = MODERATION) -> Segment:
    return Segment(
        analysis=analysis,
        label=path[-1],
        parents=path[:-1],
        start_ms=start_ms,
        end_ms=start_ms + 1000,
        samples=2,
        max_confidence=highest,
        mean_confidence=highest / 2,
        peak_ms=start_ms + 500,
    )


def with_parents(label_path: tuple[str, ...], highest: float) -> list[Segment]:
    """As Rekognition answers: the parents come along, as confident as the label."""
    return [seen(*label_path[: n + 1], highest=highest) for n in range(len(label_path))]


def judge(
    policy: Policy, segments: Iterable[Segment], analysed: Collection[Analysis] = frozenset(Analysis)
) -> Judgement:
    """The judgement of a video of which all is analysed, unless said otherwise."""
    return policy.judge(segments, analysed)


def verdict(
    policy: Policy, segments: Iterable[Segment], analysed: Collection[Analysis] = frozenset(Analysis)
) -> Verdict:
    return judge(policy, segments, analysed).verdict


class TestThresholds:
    policy = Policy.parse(
        """
        default: {review: 80, alert: 96}
        content_moderation:
          Violence: {review: 70, reject: 99, alert: off}
          Graphic Violence: {reject: 90}
          Self-Harm: {review: 10}
          Weapons: off
        labels:
          Vehicle: {review: 60}
          Tank: {reject: 75}
        """
    )

    @pytest.mark.parametrize(
        ("path", "thresholds"),
        [
            (("Violence", "Graphic Violence", "Self-Harm"), (10, 90, None)),
            (("Violence", "Graphic Violence"), (70, 90, None)),
            (("Violence",), (70, 99, None)),
            (("Violence", "Weapons"), (None, None, None)),
            (("Violence", "Weapons", "Trebuchet"), (None, None, None)),
            (("Alcohol",), (80, None, 96)),
            (("Levitation",), (80, None, 96)),
        ],
    )
    def test_the_most_specific_label_that_names_a_threshold_wins(
        self, path: tuple[str, ...], thresholds: tuple[float | None, ...]
    ) -> None:
        assert tuple(self.policy.threshold(action, MODERATION, path) for action in Action) == thresholds

    @pytest.mark.parametrize(
        ("path", "thresholds"),
        [
            (("Person",), (None, None, None)),
            (("Vehicle",), (60, None, 96)),
            (("Vehicle", "Tank"), (60, 75, 96)),
            (("Violence",), (None, None, None)),
        ],
    )
    def test_labels_of_label_detection_count_only_where_named(
        self, path: tuple[str, ...], thresholds: tuple[float | None, ...]
    ) -> None:
        assert tuple(self.policy.threshold(action, Analysis.LABELS, path) for action in Action) == thresholds

    def test_case_does_not_matter(self) -> None:
        assert self.policy.threshold(Action.REVIEW, MODERATION, ("VIOLENCE", "Self-harm")) == 10

    def test_without_a_default_unknown_labels_are_reviewed_and_alert_at_95(self) -> None:
        policy = Policy.parse("labels: {Tank: off}")
        assert [policy.threshold(action, MODERATION, ("Levitation",)) for action in Action] == [80, None, 95]


class TestJudging:
    policy = Policy.parse("content_moderation: {Violence: {review: 60, reject: 90, alert: 95}}")

    @pytest.mark.parametrize(
        ("highest", "expected"),
        [(59.99, "approve"), (60, "review"), (89.99, "review"), (90, "reject"), (94.99999, "reject"), (95, "reject")],
    )
    def test_a_threshold_is_reached_at_or_above_it(self, highest: float, expected: str) -> None:
        judgement = judge(self.policy, [seen("Violence", highest=highest)])
        assert judgement.verdict == expected
        assert bool(judgement.alerts) == (highest >= 95)

    def test_the_maximum_decides_not_the_mean(self) -> None:
        assert verdict(self.policy, [seen("Violence", highest=91)]) is Verdict.REJECT

    def test_a_video_without_segments_is_approved(self) -> None:
        judgement = judge(self.policy, [])
        assert (judgement.verdict, judgement.alerts, judgement.reasons) == (Verdict.APPROVE, (), ())

    def test_one_rejected_label_rejects_the_video_and_the_others_are_still_told(self) -> None:
        judgement = judge(self.policy, [seen("Violence", highest=97), seen("Alcohol", highest=85)])
        assert judgement.verdict is Verdict.REJECT
        assert [peak.label for peak in judgement.rejects] == ["Violence"]
        assert [peak.label for peak in judgement.reviews] == ["Alcohol"]
        assert judgement.reasons == judgement.rejects

    def test_an_alert_names_a_label_once_with_the_times_that_reach_the_threshold(self) -> None:
        segments = [
            seen("Violence", highest=96, start_ms=9000),
            seen("Violence", highest=99, start_ms=5000),
            seen("Violence", highest=94, start_ms=0),
        ]
        (peak,) = judge(self.policy, segments).alerts
        assert (peak.max_confidence, peak.peak_ms, peak.threshold) == (99, 5500, 95)
        assert peak.ranges_ms == ((5000, 6000), (9000, 10_000))

    def test_a_label_comes_before_its_equally_confident_parent(self) -> None:
        judgement = judge(self.policy, with_parents(("Violence", "Weapons"), 97))
        assert [peak.label for peak in judgement.alerts] == ["Weapons", "Violence"]

    def test_label_detection_alone_changes_nothing(self) -> None:
        judgement = judge(Policy.built_in(), [seen("Alcohol", highest=100, analysis=Analysis.LABELS)])
        assert (judgement.verdict, judgement.alerts) == (Verdict.APPROVE, ())

    @given(st.permutations([seen("Violence", highest=h, start_ms=s) for h, s in ((61, 0), (93, 2000), (93, 4000))]))
    def test_the_order_of_segments_changes_nothing(self, segments: list[Segment]) -> None:
        judgement = judge(self.policy, segments)
        assert (judgement.verdict, judgement.rejects[0].peak_ms) == (Verdict.REJECT, 2500)


class TestNeeds:
    @pytest.mark.parametrize(
        ("rules", "needs"),
        [
            ("default: {review: 80}", {MODERATION}),
            ("default: off", {MODERATION}),
            ("labels: {Gun: {review: 80}}", {MODERATION, Analysis.LABELS}),
            ("labels: {Weapon: {alert: 80}, Gun: {reject: 80}}", {MODERATION, Analysis.LABELS}),
            ("labels: {Gun: {alert: 80}}", {MODERATION}),
            ("labels: {Gun: off}", {MODERATION}),
            ("labels: off", {MODERATION}),
            ("content_moderation: off\nlabels: {Gun: {review: 80}}", {Analysis.LABELS}),
            ("content_moderation: off\nlabels: {Gun: {alert: 80}}", set()),
        ],
    )
    def test_moderation_unless_it_is_off_and_what_is_reviewed_or_rejected_by_name(
        self, rules: str, needs: set[Analysis]
    ) -> None:
        assert Policy.parse(rules).needs == needs

    policy = Policy.parse("labels: {Gun: {review: 80}}")

    def test_what_is_missing_is_named_and_nothing_is_approved_without_it(self) -> None:
        judgement = judge(self.policy, [], {MODERATION})
        assert (judgement.verdict, judgement.missing) == (Verdict.INCOMPLETE, (Analysis.LABELS,))
        assert verdict(self.policy, [], {MODERATION, Analysis.LABELS}) is Verdict.APPROVE

    def test_what_was_found_counts_whatever_is_missing(self) -> None:
        judgement = judge(self.policy, [seen("Weapon", "Gun", highest=90, analysis=Analysis.LABELS)], {Analysis.LABELS})
        assert (judgement.verdict, judgement.missing) == (Verdict.REVIEW, (MODERATION,))

    def test_a_policy_that_needs_nothing_clears_nothing(self) -> None:
        assert verdict(Policy.parse("content_moderation: off"), []) is Verdict.INCOMPLETE

    def test_what_is_switched_off_is_not_judged(self) -> None:
        policy = Policy.parse("content_moderation: off\nlabels: {Gun: {review: 80}}")
        judgement = judge(policy, with_parents(("Violence", "Weapons"), 99))
        assert (judgement.verdict, judgement.alerts) == (Verdict.APPROVE, ())


class TestBuiltIn:
    policy = Policy.built_in()

    def test_names_no_label_the_taxonomy_does_not_know(self) -> None:
        assert self.policy.unknown == ()

    def test_alerts_at_95_for_every_moderation_label(self) -> None:
        for tree in (taxonomy.V6, taxonomy.V7):
            for path in taxonomy.paths(tree):
                assert self.policy.threshold(Action.ALERT, MODERATION, path) == 95

    @pytest.mark.parametrize(
        ("label", "parent"),
        [
            ("Exposed Male Genitalia", "Explicit Nudity"),
            ("Explicit Sexual Activity", "Explicit"),
            ("Graphic Male Nudity", "Explicit Nudity"),
            ("Sexual Activity", "Explicit Nudity"),
            ("Blood & Gore", "Graphic Violence"),
            ("Graphic Violence Or Gore", "Violence"),
            ("Self Injury", "Violence"),
            ("Corpses", "Death and Emaciation"),
            ("Pills", "Products"),
            ("Drug Use", "Drugs"),
            ("Nazi Party", "Hate Symbols"),
        ],
    )
    def test_harm_is_rejected_when_sure_and_reviewed_when_likely(self, label: str, parent: str) -> None:
        path = taxonomy.path(label, parent)
        assert verdict(self.policy, with_parents(path, 98)) is Verdict.REJECT
        assert verdict(self.policy, with_parents(path, 75)) is Verdict.REVIEW
        assert verdict(self.policy, with_parents(path, 20)) is Verdict.APPROVE

    @pytest.mark.parametrize(
        ("label", "parent"),
        [
            ("Female Swimwear or Underwear", "Swimwear or Underwear"),
            ("Female Swimwear Or Underwear", "Suggestive"),
            ("Kissing on the Lips", "Non-Explicit Nudity of Intimate parts and Kissing"),
            ("Drinking", "Alcohol Use"),
            ("Gambling", ""),
            ("Smoking", "Drugs & Tobacco Paraphernalia & Use"),
            ("Smoking", "Tobacco"),
            ("Middle Finger", "Rude Gestures"),
        ],
    )
    def test_what_is_lawful_is_never_rejected_and_reviewed_only_when_sure(self, label: str, parent: str) -> None:
        path = taxonomy.path(label, parent)
        assert verdict(self.policy, with_parents(path, 100)) is not Verdict.REJECT
        assert verdict(self.policy, with_parents(path, 85)) is Verdict.APPROVE

    @pytest.mark.parametrize("tree", [taxonomy.V6, taxonomy.V7])
    def test_no_parent_is_stricter_than_a_label_below_it(self, tree: taxonomy.Tree) -> None:
        """Parents are reported along with their labels, so a stricter one would overrule the label's own threshold."""
        for path in taxonomy.paths(tree):
            for action in (Action.REVIEW, Action.REJECT):
                own = self.policy.threshold(action, MODERATION, path)
                above = self.policy.threshold(action, MODERATION, path[:-1]) if len(path) > 1 else None
                assert above is None or (own is not None and own <= above), (action, path)


class TestDigest:
    def test_comments_order_and_layout_leave_it_alone(self) -> None:
        one = Policy.parse("content_moderation:\n  Violence: {reject: 90, review: 60}\n  Alcohol: off\n")
        two = Policy.parse(
            "# mild\ncontent_moderation: {alcohol: off, VIOLENCE: {review: 60.0, reject: 90}}\nlabels:\n"
        )
        assert one.digest == two.digest

    def test_a_threshold_changes_it(self) -> None:
        assert Policy.parse("default: {review: 80}").digest != Policy.parse("default: {review: 81}").digest

    def test_switching_an_analysis_off_changes_it(self) -> None:
        assert Policy.parse("content_moderation: off").digest != Policy.parse("content_moderation:").digest

    def test_it_is_derived_once_and_so_is_what_is_needed(self) -> None:
        """It follows from every word of the policy, of which there may be thousands, and each verdict names it."""
        policy = Policy.parse("text: {Slurs: {words: [slur], review: 60}}")
        assert policy.digest is policy.digest
        assert policy.needs is policy.needs

    def test_off_is_not_the_same_as_not_said(self) -> None:
        said = Policy.parse("content_moderation: {Alcohol: {review: off}}")
        unsaid = Policy.parse("content_moderation: {Alcohol: {}}")
        assert said.digest != unsaid.digest


def test_the_examples_in_the_default_are_ones_that_can_be_used() -> None:
    """They are comments without a space behind the sign, or with two: what is left is the policy with all of them."""
    start = DEFAULT_POLICY_TEXT.index("labels: {}")
    examples = re.sub(r"^#(?=\w|  )", "", DEFAULT_POLICY_TEXT[start:], flags=re.MULTILINE).replace(": {}", ":")
    policy = Policy.parse(DEFAULT_POLICY_TEXT[:start] + examples, lambda name: f"a word of {name}")
    assert policy.unknown == ()
    assert policy.needs == {analysis for analysis in Analysis if analysis.spec.judging is not Judging.NEVER}


def test_the_default_is_text_a_user_can_edit() -> None:
    assert Policy.parse(DEFAULT_POLICY_TEXT).digest == Policy.built_in().digest


def test_a_mistyped_moderation_label_is_told_a_label_of_label_detection_cannot_be() -> None:
    policy = Policy.parse("content_moderation: {Nuditty: off, smoking: off}\nlabels: {Nuditty: off}")
    assert policy.unknown == (UnknownName("content_moderation", "Nuditty", "Nudity"),)
