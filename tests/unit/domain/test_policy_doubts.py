"""What a policy says and hardly means, in sentences; and that nothing is doubted without a reason."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.domain.doubt import Doubt
from reelsift.domain.policy import Policy
from reelsift.domain.policy_doubts import doubts_of
from reelsift.domain.segments import Segment

MODERATION = Analysis.CONTENT_MODERATION


def doubts(policy: str, **options: Any) -> list[Doubt]:
    return doubts_of(Policy.parse(policy), options)


@pytest.mark.parametrize(
    ("policy", "heirs"),
    [
        ("Suggestive: {review: 90}", "Non-Explicit Nudity of Intimate parts and Kissing and Swimwear or Underwear"),
        ("graphic male nudity: {reject: 90}", "Exposed Male Genitalia"),
        # AWS says nothing of it alone, but of its category.
        ("Partial Nudity: {review: 70}", "Non-Explicit Nudity of Intimate parts and Kissing and Swimwear or Underwear"),
        ("Tobacco Products: {review: 90}", "Drugs & Tobacco"),
        ("{Drugs: {review: 90}, Weapons: {review: 90}}", "Drugs & Tobacco"),
    ],
)
def test_a_label_that_rekognition_reports_no_more_is_told_with_what_it_reports_in_its_place(
    policy: str, heirs: str
) -> None:
    rules = policy if policy.startswith("{") else f"{{{policy}}}"
    told = [doubt.state for doubt in doubts(f"content_moderation: {rules}") if "version 6" in doubt.state]
    assert told == [f"only version 6 of the taxonomy reports it; version 7 reports {heirs} in its place"]


@pytest.mark.parametrize(
    "policy",
    [
        "{Suggestive: {review: 90}, Swimwear or Underwear: {review: 95}}",
        "{Graphic Male Nudity: {reject: 90}, Explicit: {reject: 90}}",
        "{Weapons: {review: 90}, Female Swimwear Or Underwear: {review: 90}, Hanging: {review: 90}}",
        "{Drug Use: {review: 60}, Drugs & Tobacco: {review: 60}}",
    ],
)
def test_who_names_what_is_reported_in_its_place_or_above_that_is_told_nothing(policy: str) -> None:
    assert [doubt.state for doubt in doubts(f"content_moderation: {policy}") if "version 6" in doubt.state] == []


def test_what_is_reported_in_the_place_of_a_label_is_there() -> None:
    older = {path[-1] for path in taxonomy.paths(taxonomy.V6)}
    now = {path[-1] for path in taxonomy.paths(taxonomy.V7)}
    assert set(taxonomy.SUCCESSORS) <= older - now
    assert {heir for heirs in taxonomy.SUCCESSORS.values() for heir in heirs} <= now
    assert taxonomy.successors("Weapons") == taxonomy.successors("nobody knows it") == ()


def test_of_the_built_in_policy_nothing_is_doubted() -> None:
    assert doubts_of(Policy.built_in(), {}) == []


@pytest.mark.parametrize(
    ("policy", "sentence", "mend"),
    [
        (
            "content_moderation: {Wepons: {review: 90}}",
            "content_moderation names Wepons, which nobody knows: it has no effect there",
            "did you mean Weapons?",
        ),
        (
            "together: {a: {content_moderation: [Wepons, Alcohol], within: 5 s, review: 70}}",
            "content_moderation names Wepons, which nobody knows: it has no effect there",
            "did you mean Weapons?",
        ),
        (
            "default: {review: 0.8, alert: 0.9}",
            "all thresholds lie below 1, so that nearly every label passes them",
            "write confidences from 0 to 100",
        ),
        (
            "content_moderation: {Violence: {review: 60}, Weapons: {review: 90}}",
            (
                "content_moderation.Weapons: review 90 has no effect: where there is Weapons, Rekognition is as sure of"
                " Violence, which is sent to review at 60"
            ),
            "make Violence as mild (review 90), and write what is stricter for labels below that need it",
        ),
        (
            "content_moderation: {Hate Symbols: {reject: 90}, Nazi Party: {reject: off}}",
            (
                "content_moderation.Nazi Party: reject off has no effect: where there is Nazi Party, Rekognition is as"
                " sure of Hate Symbols, which is rejected at 90"
            ),
            "switch reject off for Hate Symbols, and write it for the other labels below",
        ),
        # By default, and for the time that it takes.
        (
            "content_moderation: {Weapons: {review: 80, at_least: 2 s}}",
            (
                "content_moderation.Weapons: review 80 for 2 s has no effect: where there is Weapons, Rekognition is as"
                " sure of Violence, which is sent to review at 80"
            ),
            "make Violence as mild (review 80 for 2 s), and write what is stricter for labels below that need it",
        ),
        (
            "labels: {Gun: {alert: off}, Tank: off}",
            "nothing that labels names has a threshold: it has no effect that Gun, Tank stand there",
            "give it a threshold for review, reject or alert, or take it out",
        ),
        (
            "text: {a: {words: kill, review: 90, at_least: 500 ms}}",
            "text.a: at_least of 500 ms has no effect: a single sample of text counts about 500 ms",
            "say a longer time, or take it out",
        ),
        (
            "content_moderation: {Graphic Violence Or Gore: {animated: {review: 95}}}",
            (
                "content_moderation.Graphic Violence Or Gore: what it says of animated has no effect: the taxonomy with"
                " this label tells no kinds of pictures"
            ),
            "name the label of version 7",
        ),
        (
            r"text: {a: {patterns: ['\pL+'], review: 90}}",
            r"text.a: the pattern \pL+ finds 94% of ordinary texts, and so nearly everything",
            "write it closer to what you mean",
        ),
        (
            "together: {a: {labels: [Gun, Person], within: 5 s, alert: off}}",
            "together.a: it has no threshold, and so no effect",
            "give it one for review, reject or alert",
        ),
        (
            "together: {a: {content_moderation: [Weapons, Alcohol], within: 5 s, review: 80}}",
            "together.a: it changes no verdict: Weapons alone has thresholds that are no higher",
            "lower its thresholds, or raise those of what it names",
        ),
        (
            "together: {a: {content_moderation: [Violence, Weapons], within: 5 s, review: 70}}",
            "together.a: it names Violence, which is reported wherever Weapons is: that asks for nothing more",
            "take out Violence, or name another label",
        ),
        (
            "content_moderation: {Alcohol: off}\nqueues: {Alcohol: drinks}",
            "queues: Alcohol has a queue, and never leads there: it has no threshold for review or reject",
            "give it one, or take it out there",
        ),
        (
            "text: {a: {words: kill, alert: 90}}\nqueues: {a: words}",
            "queues: a has a queue, and never leads there: it has no threshold for review or reject",
            "give it one, or take it out there",
        ),
        (
            "queues: {Alcohol: drinks}\ndue_hours: {drinkz: 4}",
            "due_hours: no label leads to the queue drinkz",
            "name it in `queues`, or take it out",
        ),
    ],
)
def test_a_doubt_says_what_is_so_and_what_to_do(policy: str, sentence: str, mend: str) -> None:
    (doubt,) = doubts(policy)
    assert (doubt.sentence, doubt.mend) == (sentence, mend)


@pytest.mark.parametrize(
    "policy",
    [
        # What is stricter than what stands above it, or asks for more where that one asks for more as well.
        "content_moderation: {Violence: {review: 90}, Weapons: {review: 60}}",
        "content_moderation: {Violence: {review: 60, at_least: 5 s}, Weapons: {review: 90}}",
        "content_moderation: {Violence: {ignore_in: [EndCredits], review: 60}, Weapons: {review: 90, ignore_in: off}}",
        "content_moderation: {Levitation: off}\ndefault: {alert: off}",
        # Text that only a combination needs.
        "text: {a: {words: kill, alert: off}}\ntogether: {b: {text: a, labels: Gun, within: 1 s, review: 90}}",
        "labels: {Gun: {alert: off}, Tank: {review: 80}}",
        "labels: {Gun: {review: 80, at_least: 201 ms}}",
        r"text: {a: {patterns: ['\pL+\.com'], words: [the], review: 90}}",
        # A combination that is milder on cartoons, or takes less time, than its members.
        (
            "content_moderation: {Weapons: {review: 80, animated: off}, Alcohol: {review: 90}, Violence: off}\n"
            "together: {a: {content_moderation: [Weapons, Alcohol], within: 5 s, review: 80}}"
        ),
        (
            "default: {review: 80, at_least: 2 s}\n"
            "together: {a: {content_moderation: [Weapons, Alcohol], within: 5 s, review: 80}}"
        ),
        # What is below a label, what a combination names, and where a kind of pictures has a threshold.
        "content_moderation: {Violence: off, Weapons: {review: 80}}\nqueues: {Violence: v}",
        (
            "content_moderation: {Violence: off, Alcohol: off}\nqueues: {Violence: v, Weapons: w, a: c}\n"
            "together: {a: {content_moderation: [Weapons, Alcohol], within: 5 s, review: 80}}"
        ),
        "content_moderation: {Alcohol: {review: off, animated: {review: 90}}}\nqueues: {Alcohol: a}",
        "labels: {Vehicle: {review: 80}, Tank: off}\nqueues: {Tank: tanks}\ndue_hours: {failures: 1, default: 3}",
    ],
)
def test_what_has_an_effect_is_not_doubted(policy: str) -> None:
    assert [doubt for doubt in doubts(policy) if "nobody knows" not in doubt.state] == []


def test_thresholds_below_what_is_seen_are_doubted_by_the_options_of_the_deployment() -> None:
    policy = "content_moderation: {Explicit: {review: 60}}"
    assert doubts(policy) == []
    (doubt,) = doubts(policy, min_confidence=70)
    assert doubt.sentence == (
        "of content_moderation a threshold lies below 70, the lowest at 60; but nothing below 70 is seen"
        " (REELSIFT_MIN_CONFIDENCE)"
    )


def test_a_combination_is_seen_as_soon_as_the_least_sure_of_its_members() -> None:
    policy = "text: {a: {words: kill, alert: off}}\ntogether: {b: {text: a, labels: Gun, within: 1 s, review: 60}}"
    assert doubts(policy) == []
    assert "of labels a threshold lies below 70" in doubts(policy, min_confidence=70)[0].state


PATHS = sorted({path for path in taxonomy.paths(taxonomy.V7) if len(path) > 1})
thresholds = st.one_of(st.none(), st.sampled_from([50, 60, 70, 80, 90]))
lengths = st.sampled_from([0, 1, 5])


@given(st.sampled_from(PATHS), thresholds, thresholds, lengths, lengths, st.integers(50, 100), st.integers(0, 7))
def test_a_threshold_that_is_doubted_for_what_stands_above_changes_no_verdict(
    path: tuple[str, ...],
    upper: int | None,
    lower: int | None,
    upper_s: int,
    lower_s: int,
    confidence: int,
    seen_s: int,
) -> None:
    """Whatever is seen: Rekognition reports what stands above a label with it, as sure."""

    def rule(threshold: int | None, length_s: int) -> str:
        said = "off" if threshold is None else threshold
        return f"{{review: {said}" + (f", at_least: {length_s} s}}" if threshold is not None and length_s else "}")

    top, label = path[0], path[-1]
    policy = f'content_moderation: {{"{top}": {rule(upper, upper_s)}, "{label}": {rule(lower, lower_s)}}}'
    without = f'content_moderation: {{"{top}": {rule(upper, upper_s)}}}'
    segments = [
        Segment(MODERATION, path[n], path[:n], 0, seen_s * 1_000, 1, float(confidence), float(confidence), 0)
        for n in range(len(path))
    ]
    doubted = any(doubt.place == f"content_moderation.{label}" for doubt in doubts(policy))
    judged = [Policy.parse(text).judge(segments, {MODERATION}).verdict for text in (policy, without)]
    if doubted:
        assert judged[0] == judged[1]
