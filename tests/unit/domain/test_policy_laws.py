"""What holds for every policy and every video."""

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, Literal

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Judgement, Policy, Verdict
from reelsift.domain.result import read_segment, segment_members
from reelsift.domain.segments import Segment

ALL = frozenset(Analysis)
STRICTNESS = list(Verdict)
NAMES: Mapping[Analysis, tuple[str, ...]] = {
    Analysis.CONTENT_MODERATION: ("Violence", "Weapons", "Alcohol"),
    Analysis.LABELS: ("Gun", "Person"),
    Analysis.TEXT: ("kill", "to kill for", "SALE 50%"),
    Analysis.CELEBRITIES: ("Jane Doe", "José"),
    Analysis.FACES: ("Face",),
    Analysis.SEGMENTS: ("EndCredits", "Shot", "Slate"),
}
WORDS = ("kill", "kill for", "sale", "50", "nothing")

Document = dict[str, Any]

NUMBERS = (0, 1, 30, 49, 50, 51, 80, 99, 100)
"""Few, so that a confidence often is a threshold, or just beside one."""

Threshold = int | Literal["unsaid"] | None
"""Of an action; `unsaid` where the policy does not speak of it, None where it says that there is no threshold."""

numbers = st.sampled_from(NUMBERS)
stretch_names = st.lists(st.sampled_from(NAMES[Analysis.SEGMENTS]), max_size=2)


def _every_threshold() -> Iterator[Document]:
    """What a rule can say of review, reject and alert: review is at most reject."""
    values: tuple[Threshold, ...] = ("unsaid", None, *NUMBERS)
    for review, reject, alert in product(values, repeat=3):
        if not (isinstance(review, int) and isinstance(reject, int) and review > reject):
            chosen = {"review": review, "reject": reject, "alert": alert}
            yield {action: value for action, value in chosen.items() if value != "unsaid"}


EVERY_THRESHOLD = tuple(_every_threshold())


def thresholds() -> st.SearchStrategy[Document]:
    # One draw, not one for each action: a policy has many.
    return st.sampled_from(EVERY_THRESHOLD).map(dict)


@st.composite
def documents(draw: st.DrawFn, *, ignoring: bool = True) -> Document:
    """Policies of every section, with words, and with stretches that are ignored if `ignoring`."""
    document: Document = {"default": draw(thresholds())}
    for analysis in (one for one in Analysis if one.spec.judging is not Judging.NEVER):
        writing = analysis.spec.judging is Judging.WRITING
        names = ("first rule", "second rule") if writing else NAMES[analysis]
        section: Document = {}
        for name in draw(st.sets(st.sampled_from(names))):
            section[name] = draw(thresholds())
            if writing:
                section[name]["words"] = sorted(draw(st.sets(st.sampled_from(WORDS), min_size=1)))
                section[name]["patterns"] = draw(st.sampled_from([[], ["k.ll"], [r"\d+", "sale"]]))
            if ignoring and draw(st.booleans()):
                section[name]["ignore_in"] = draw(stretch_names)
        document[str(analysis)] = draw(st.sampled_from([section, section, section, "off"]))
    if ignoring:
        document["ignore_in"] = draw(stretch_names)
    return document


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    analysis = draw(st.sampled_from(list(Analysis)))
    label = draw(st.sampled_from(NAMES[analysis]))
    start_ms, end_ms = sorted(draw(st.tuples(st.integers(0, 20), st.integers(0, 20))))
    highest = float(draw(numbers))
    details: dict[str, Any] = {}
    if analysis is Analysis.TEXT:
        details["spellings"] = {label: 1, draw(st.sampled_from(NAMES[analysis])): 1}
    if analysis is Analysis.CELEBRITIES and draw(st.booleans()):
        details["id"] = draw(st.sampled_from(["1AbC2dE", "jane doe"]))
    return Segment(analysis, label, (), start_ms, end_ms, 1, highest, highest, start_ms, details)


def made(analysis: Analysis, label: str, confidence: float) -> Segment:
    details = {"spellings": {label: 1}} if analysis is Analysis.TEXT else {}
    return Segment(analysis, label, (), 0, 1, 1, confidence, confidence, 0, details)


videos = st.lists(segments(), max_size=12)
some_analyses = st.sets(st.sampled_from(list(Analysis)))


def parse(document: Document) -> Policy:
    return Policy.parse(json.dumps(document))


def strictness(judgement: Judgement) -> int:
    return STRICTNESS.index(judgement.verdict)


@given(documents(), videos, some_analyses, st.randoms())
def test_the_order_of_segments_changes_nothing(
    document: Document, video: list[Segment], analysed: set[Analysis], chance: Any
) -> None:
    shuffled = list(video)
    chance.shuffle(shuffled)
    policy = parse(document)
    assert policy.judge(shuffled, analysed) == policy.judge(video, analysed)


@given(documents(ignoring=False), videos, segments(), some_analyses)
def test_more_evidence_never_gives_a_milder_verdict(
    document: Document, video: list[Segment], further: Segment, analysed: set[Analysis]
) -> None:
    policy = parse(document)
    before, after = policy.judge(video, analysed), policy.judge([*video, further], analysed)
    assert strictness(after) >= strictness(before)
    assert {(peak.analysis, peak.path) for peak in before.alerts} <= {
        (peak.analysis, peak.path) for peak in after.alerts
    }


@given(documents(), videos, segments(), some_analyses)
def test_only_a_stretch_that_is_ignored_may_make_a_verdict_milder(
    document: Document, video: list[Segment], further: Segment, analysed: set[Analysis]
) -> None:
    policy = parse(document)
    before, after = policy.judge(video, analysed), policy.judge([*video, further], analysed)
    assert strictness(after) >= strictness(before) or further.analysis.spec.marks_stretches


@given(documents(), videos, some_analyses)
def test_ignoring_never_makes_a_verdict_stricter(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    deaf = json.loads(json.dumps(document))
    deaf.pop("ignore_in")
    for section in deaf.values():
        for rule in section.values() if isinstance(section, dict) else ():
            if isinstance(rule, dict):
                rule.pop("ignore_in", None)
    assert strictness(parse(document).judge(video, analysed)) <= strictness(parse(deaf).judge(video, analysed))


@given(documents(), videos, some_analyses)
def test_without_what_the_policy_needs_no_video_is_approved(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    policy = parse(document)
    judgement = policy.judge(video, analysed)
    assert set(judgement.missing) == policy.needs - analysed
    if judgement.verdict is Verdict.APPROVE:
        assert policy.needs
        assert not judgement.missing
    assert (judgement.verdict in {Verdict.APPROVE, Verdict.INCOMPLETE}) == (not judgement.reasons)


@given(documents(), videos, some_analyses)
def test_what_is_missing_turns_an_approval_into_incomplete_and_changes_nothing_else(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    policy = parse(document)
    whole, part = policy.judge(video, ALL), policy.judge(video, analysed)
    assert whole.reasons == part.reasons
    assert whole.verdict is part.verdict or (whole.verdict, part.verdict) == (Verdict.APPROVE, Verdict.INCOMPLETE)


@given(documents(), videos, some_analyses, st.data())
def test_a_stricter_policy_never_gives_a_milder_verdict(
    document: Document, video: list[Segment], analysed: set[Analysis], data: st.DataObject
) -> None:
    """Stricter: a threshold that stands there is lower, or a rule on text has a further word."""
    stricter = json.loads(json.dumps(document))
    rules = [
        rule
        for section in stricter.values()
        if isinstance(section, dict)
        for rule in section.values()
        if isinstance(rule, dict)
    ] + [stricter["default"]]
    rule = data.draw(st.sampled_from(rules))
    if rule.get("words") and data.draw(st.booleans()):
        rule["words"].append(data.draw(st.sampled_from(WORDS)))
    for action in ("review", "reject", "alert"):
        if rule.get(action) is not None:
            highest = rule.get("reject") if action == "review" else None
            lower = data.draw(st.integers(0, rule[action]))
            rule[action] = lower if highest is None or lower <= highest else rule[action]
    if rule.get("review") is not None and rule.get("reject") is not None:
        rule["review"] = min(rule["review"], rule["reject"])
    mild, strict = parse(document).judge(video, analysed), parse(stricter).judge(video, analysed)
    assert strictness(strict) >= strictness(mild)


@given(documents(), videos, some_analyses)
def test_what_lies_below_the_lowest_confidence_of_its_analysis_changes_no_judgement(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    policy = parse(document)
    lowest = {analysis: policy.lowest(analysis) for analysis in Analysis}
    kept = [
        segment
        for segment in video
        if (least := lowest[segment.analysis]) is not None and segment.max_confidence >= least
    ]
    assert policy.judge(kept, analysed) == policy.judge(video, analysed)


@given(documents())
def test_the_lowest_confidence_is_no_lower_than_it_must_be(document: Document) -> None:
    """Of what every rule is held against, at that confidence, something counts."""
    policy = parse(document)
    for analysis in Analysis:
        least = policy.lowest(analysis)
        if least is None or (analysis is Analysis.SEGMENTS and policy.rules.ignored):
            continue
        video = [made(analysis, name, least) for name in (*NAMES[analysis], "kill sale 50")]
        judgement = policy.judge(video, ALL)
        # A default that every label's own rule overrules is the one number that may be too low.
        overruled = least in policy.rules.default.thresholds.values()
        assert judgement.alerts or judgement.reasons or overruled


@given(documents(), videos)
def test_a_stored_result_is_judged_like_the_answer_that_it_was_made_of(
    document: Document, video: list[Segment]
) -> None:
    policy = parse(document)
    stored = [read_segment(json.loads(json.dumps(segment_members(segment)))) for segment in video]
    assert policy.judge(stored, ALL) == policy.judge(video, ALL)


@given(documents(), st.randoms())
def test_the_digest_follows_what_a_policy_says_and_not_how(document: Document, chance: Any) -> None:
    def rearranged(value: Any) -> Any:
        if isinstance(value, dict):
            members = list(value.items())
            chance.shuffle(members)
            return {name: rearranged(member) for name, member in members}
        if isinstance(value, list):
            return chance.sample(value, len(value)) + value[:1]
        return value

    assert parse(rearranged(document)).digest == parse(document).digest
    louder = {
        section: {name: rule | {"words": [word.upper() for word in rule["words"]]} for name, rule in rules.items()}
        if section == Analysis.TEXT and rules != "off"
        else rules
        for section, rules in document.items()
    }
    assert parse(louder).digest == parse(document).digest


@given(documents())
def test_the_digest_changes_with_a_word(document: Document) -> None:
    document["text"] = {"rule": {"words": ["kill"], "review": 80}}
    before = parse(document).digest
    document["text"]["rule"]["words"].append("maim")
    assert parse(document).digest != before
