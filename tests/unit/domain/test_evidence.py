"""What of a video counts: what is written."""

from collections.abc import Mapping
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.segments import Segment

TEXT = Analysis.TEXT


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
