"""What holds for every policy and every video."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any, Literal, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.content_type import ContentType
from reelsift.domain.folding import fold_accents
from reelsift.domain.policy import Judgement, Policy, Verdict
from reelsift.domain.result import read_segment, segment_members
from reelsift.domain.segments import Segment

_Value = TypeVar("_Value")

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
ACTIONS = ("review", "reject", "alert")
JUDGED = tuple(analysis for analysis in Analysis if analysis.spec.judging is not Judging.NEVER)

NUMBERS = (0, 1, 30, 49, 50, 51, 80, 99, 100)
"""Few, so that a confidence often is a threshold, or just beside one."""

Threshold = int | Literal["unsaid"] | None
"""Of an action; `unsaid` where the policy does not speak of it, None where it says that there is no threshold."""

# Each strategy is made once: an example draws from a hundred of them, and hypothesis looks all through a new one.
booleans = st.booleans()
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


# One draw, not one for each action: a policy has many.
thresholds = st.sampled_from(EVERY_THRESHOLD).map(dict)
lengths = st.integers(0, 25).map("{} ms".format)
for_kinds = st.one_of(st.just({}), st.fixed_dictionaries({}, optional=dict.fromkeys(ContentType, thresholds)))
"""What a rule can say of pictures of a kind; mostly nothing."""

RULES = ("first rule", "second rule")
rules_named = {
    analysis: st.sets(st.sampled_from(RULES if analysis.spec.judging is Judging.WRITING else NAMES[analysis]))
    for analysis in JUDGED
}
words = st.sets(st.sampled_from(WORDS), min_size=1).map(sorted)
patterns = st.sampled_from([(), ("k.ll",), (r"\d+", "sale")]).map(list)
mostly = st.sampled_from([True, True, True, False])
combination_names = st.sampled_from([(), (), ("kill",), ("kill", "one")])
distances = st.integers(0, 8).map("{} ms".format)


@cache
def any_of(*values: _Value) -> st.SearchStrategy[_Value]:
    return st.sampled_from(values)


@cache
def members_of(*things: tuple[Analysis, str]) -> st.SearchStrategy[list[tuple[Analysis, str]]]:
    return st.lists(st.sampled_from(things), min_size=2, max_size=3, unique=True)


@st.composite
def documents(draw: st.DrawFn, *, ignoring: bool = True) -> Document:
    """Policies of every section, with words, and with stretches that are ignored if `ignoring`."""
    document: Document = {"default": draw(thresholds)}
    for analysis in JUDGED:
        section: Document = {}
        for name in draw(rules_named[analysis]):
            section[name] = draw(thresholds)
            if analysis.spec.judging is Judging.WRITING:
                section[name]["words"] = draw(words)
                section[name]["patterns"] = draw(patterns)
            if ignoring and draw(booleans):
                section[name]["ignore_in"] = draw(stretch_names)
            if analysis is Analysis.CONTENT_MODERATION:
                section[name] |= draw(for_kinds)
            draw_time(draw, section[name])
        document[str(analysis)] = section if draw(mostly) else "off"
    document["default"] |= draw(for_kinds)
    draw_time(draw, document["default"])
    if ignoring:
        document["ignore_in"] = draw(stretch_names)
    rules = list(document["text"]) if isinstance(document["text"], dict) else []
    document["together"] = draw(combinations(rules, ignoring=ignoring))
    return document


def draw_time(draw: st.DrawFn, rule: Document) -> None:
    """Perhaps adds to a rule for how long it wants to see something, where it has a threshold for that."""
    stated = {action for said in said_by(rule) for action in ACTIONS if isinstance(said.get(action), int)}
    if bool(stated) and draw(booleans):
        chosen = draw(any_of(*sorted(stated)))
        rule["at_least"] = {chosen: draw(lengths)}


def said_by(rule: Document) -> list[Document]:
    """The thresholds of a rule, and those for pictures of each kind."""
    return [rule, *(rule[kind] for kind in ContentType if kind in rule)]


@st.composite
def combinations(draw: st.DrawFn, rules: list[str], *, ignoring: bool) -> Document:
    things: list[tuple[Analysis, str]] = [
        (analysis, name) for analysis in JUDGED if analysis is not Analysis.TEXT for name in NAMES[analysis]
    ]
    things += [(Analysis.TEXT, rule) for rule in rules]
    section: Document = {}
    for name in draw(combination_names):
        section[name] = draw(thresholds) | {"within": draw(distances)}
        for analysis, thing in draw(members_of(*things)):
            section[name].setdefault(str(analysis), []).append(thing)
        if ignoring and draw(booleans):
            section[name]["ignore_in"] = draw(stretch_names)
    return section


analyses = st.sampled_from(list(Analysis))
moments = st.integers(0, 20)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    analysis = draw(analyses)
    label = draw(any_of(*NAMES[analysis]))
    start_ms, end_ms = sorted((draw(moments), draw(moments)))
    highest = float(draw(numbers))
    details: dict[str, Any] = {}
    if analysis is Analysis.TEXT:
        details["spellings"] = {label: 1, draw(any_of(*NAMES[analysis])): 1}
    if analysis is Analysis.CELEBRITIES and draw(booleans):
        details["id"] = draw(any_of("1AbC2dE", "jane doe"))
    if analysis is Analysis.CONTENT_MODERATION and draw(booleans):
        details["content_types"] = draw(content_types(highest, start_ms))
    return Segment(analysis, label, (), start_ms, end_ms, 1, highest, highest, start_ms, details)


KINDS: tuple[list[str], ...] = ([], ["Animated"], ["Illustrated"], ["Animated", "Illustrated"], ["Sports"])
some_kinds = st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique_by=tuple)


@st.composite
def content_types(draw: st.DrawFn, highest: float, start_ms: int) -> list[Document]:
    """How sure a label was in pictures of each kind, in one of them as sure as in all."""
    kinds = draw(some_kinds)
    surest = draw(any_of(*range(len(kinds))))
    confidences = [highest if number == surest else min(highest, draw(numbers)) for number in range(len(kinds))]
    return [
        {"types": kind, "samples": 1, "max_confidence": float(confidence), "peak_ms": start_ms}
        for kind, confidence in zip(kinds, confidences, strict=True)
    ]


def made(analysis: Analysis, label: str, confidence: float) -> Segment:
    """Seen for longer than any rule asks, and by moderation in pictures of every kind."""
    details: Document = {"spellings": {label: 1}} if analysis is Analysis.TEXT else {}
    if analysis is Analysis.CONTENT_MODERATION:
        samples = {"samples": 1, "max_confidence": confidence, "peak_ms": 0}
        details["content_types"] = [{"types": kinds, **samples} for kinds in KINDS]
    return Segment(analysis, label, (), 0, 30, 1, confidence, confidence, 0, details)


def seen_of(analysis: Analysis) -> tuple[str, ...]:
    """Labels of which each rule on an analysis finds one."""
    return (*NAMES[analysis], "kill for sale 50 nothing") if analysis is Analysis.TEXT else NAMES[analysis]


videos = st.lists(segments(), max_size=12)
some_analyses = st.sets(analyses)


def parse(document: Document) -> Policy:
    """As what is stored is read: YAML would take as long as all the rest. By the first law both are the same policy."""
    return Policy.stored(json.dumps(document))


def strictness(judgement: Judgement) -> int:
    return STRICTNESS.index(judgement.verdict)


@given(documents(), st.sampled_from([None, "words.txt"]))
def test_a_stored_document_is_the_policy_that_it_was_made_of_and_stands_alone(
    document: Document, file: str | None
) -> None:
    text = document["text"]
    if file is not None and text != "off":
        text["of a file"] = {"words_file": file, "words": "und", "review": 70}
    policy = Policy.parse(json.dumps(document), lambda _: "straße # a comment\n\nkill for\noff\n\u2028 1488\n")
    stored = Policy.stored(policy.document)
    assert (stored.digest, stored.handling) == (policy.digest, policy.handling)
    assert (stored.needs, stored.unknown, stored.fractions) == (policy.needs, policy.unknown, policy.fractions)
    assert (stored.document, stored.document_digest) == (policy.document, policy.document_digest)
    assert "words_file" not in stored.document


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
        for rule in list(section.values()) if isinstance(section, dict) else ():
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
    """Stricter: a threshold that stands there is lower, or must be reached for less time, or members of a combination
    may lie further apart, or a rule on text has a further word.
    """
    stricter = json.loads(json.dumps(document))
    rules = list(rules_of(stricter))
    rule = data.draw(st.sampled_from(rules))
    if rule.get("words") and data.draw(st.booleans()):
        rule["words"].append(data.draw(st.sampled_from(WORDS)))
    if "at_least" in rule and data.draw(st.booleans()):
        rule["at_least"] = {
            action: f"{data.draw(st.integers(0, int(length.removesuffix(' ms'))))} ms"
            for action, length in rule["at_least"].items()
        }
    if "within" in rule and data.draw(st.booleans()):
        rule["within"] = f"{int(rule['within'].removesuffix(' ms')) + data.draw(st.integers(0, 20))} ms"
    rule = data.draw(st.sampled_from(said_by(rule)))
    for action in ACTIONS:
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
def test_just_below_the_lowest_confidence_nothing_changes_a_judgement(document: Document) -> None:
    """Of every label, beside all that there may be."""
    policy = parse(document)
    video = [made(analysis, name, 100) for analysis in Analysis for name in seen_of(analysis)]
    for analysis in Analysis:
        least = policy.lowest(analysis)
        below = [number for number in NUMBERS if least is None or number < least]
        unseen = [made(analysis, name, max(below)) for name in seen_of(analysis)] if below else []
        assert policy.judge([*video, *unseen], ALL) == policy.judge(video, ALL)


@given(documents(), videos, some_analyses)
def test_what_goes_by_no_name_that_counts_changes_no_judgement(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    policy = parse(document)
    names = {analysis: policy.names(analysis) for analysis in Analysis}
    kept = [
        segment
        for segment in video
        if (named := names[segment.analysis]) is None or not named.isdisjoint(map(fold_accents, segment.path))
    ]
    assert policy.judge(kept, analysed) == policy.judge(video, analysed)


@given(documents(ignoring=False))
def test_the_lowest_confidence_is_no_lower_than_it_must_be(document: Document) -> None:
    """Of what every rule is held against, long enough and at that confidence, something counts."""
    policy = parse(document)
    for analysis in Analysis:
        least = policy.lowest(analysis)
        if least is None:
            continue
        of_all = [made(other, name, 100) for other in Analysis if other is not analysis for name in seen_of(other)]
        video = [made(analysis, name, least) for name in seen_of(analysis)]
        # A default that every label's own rule overrules may be too low.
        overruled = any(least in thresholds.values() for thresholds in policy.rules.default.every_threshold)
        assert overruled or policy.judge([*of_all, *video], ALL) != policy.judge(of_all, ALL)


@given(documents(), videos, some_analyses)
def test_how_long_and_in_what_pictures_changes_nothing_where_no_rule_asks(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    for rule in rules_of(document):
        rule.pop("at_least", None)
        for kind in ContentType:
            rule.pop(kind, None)
    plain = [replace(segment, details={}) if "content_types" in segment.details else segment for segment in video]
    policy, said_of_all = parse(document), json.loads(json.dumps(document))
    for rule in rules_of(said_of_all):
        stated = [action for action in ACTIONS if isinstance(rule.get(action), int)]
        if stated and "within" not in rule:
            rule["at_least"] = dict.fromkeys(stated, "0 s")
    assert policy.judge(plain, analysed) == policy.judge(video, analysed)
    assert parse(said_of_all).judge(video, analysed) == policy.judge(video, analysed)
    assert parse(said_of_all).digest == policy.digest


@given(documents(), videos, some_analyses)
def test_thresholds_for_a_kind_that_are_those_for_all_change_nothing(
    document: Document, video: list[Segment], analysed: set[Analysis]
) -> None:
    for rule in rules_of(document):
        for kind in ContentType:
            rule.pop(kind, None)
        lengths = rule.pop("at_least", {})
        if kept := {action: lengths[action] for action in lengths if isinstance(rule.get(action), int)}:
            rule["at_least"] = kept
    alike = json.loads(json.dumps(document))
    moderation = alike["content_moderation"]
    for rule in moderation.values() if isinstance(moderation, dict) else ():
        rule["animated"] = {action: rule[action] for action in ACTIONS if action in rule}
    before, after = parse(document).judge(video, analysed), parse(alike).judge(video, analysed)
    assert after == before


def rules_of(document: Document) -> Iterator[Document]:
    """All rules of a policy, combinations and the default too."""
    yield document["default"]
    for section, rules in document.items():
        if isinstance(rules, dict) and section != "default":
            yield from (rule for rule in rules.values() if isinstance(rule, dict))


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
    louder: Document = {
        section: {name: rule | {"words": [word.upper() for word in rule["words"]]} for name, rule in rules.items()}
        if section == Analysis.TEXT and rules != "off"
        else rules
        for section, rules in document.items()
    }
    assert parse(louder).digest == parse(document).digest


@given(documents())
def test_the_digest_changes_with_a_word(document: Document) -> None:
    document["text"], document["together"] = {"rule": {"words": ["kill"], "review": 80}}, {}
    before = parse(document).digest
    document["text"]["rule"]["words"].append("maim")
    assert parse(document).digest != before
