import pytest

from reelsift.domain import policy_lists
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.combination import MOST_COMBINATIONS
from reelsift.domain.content_type import ContentType
from reelsift.domain.policy_document import read_policy_document
from reelsift.domain.policy_yaml import PolicyError
from reelsift.domain.rules import DEFAULT_THRESHOLDS, Action, Rules

KEYS = ", ".join(
    (
        *("default", "ignore_in", "on_failed", "audit_approvals", "second_opinions", "queues", "due_hours", "together"),
        *(a for a in Analysis if a.spec.judging is not Judging.NEVER),
    )
)


def read_rules(text: str) -> Rules:
    return read_policy_document(text).rules


def test_off_may_be_written_as_yaml_likes() -> None:
    rules = read_rules('content_moderation: {A: off, B: null, C: "off", D: ~, E: {review: off, reject: ~}}')
    moderation = rules.by_name[Analysis.CONTENT_MODERATION]
    assert all(moderation[label].thresholds == dict.fromkeys(Action) for label in "abcd")
    assert moderation["e"].thresholds == {Action.REVIEW: None, Action.REJECT: None}


def test_the_default_completes_what_it_does_not_name() -> None:
    assert read_rules("default: {reject: 99}").default.thresholds == {**DEFAULT_THRESHOLDS, Action.REJECT: 99.0}
    assert read_rules("default: off").default.thresholds == dict.fromkeys(Action)


def test_a_section_that_is_off_is_switched_off_and_one_that_is_empty_is_not() -> None:
    assert read_rules("content_moderation: off").switched_off == {Analysis.CONTENT_MODERATION}
    assert read_rules('content_moderation: "off"').switched_off == {Analysis.CONTENT_MODERATION}
    assert read_rules("default: off\ncontent_moderation:\n").switched_off == frozenset()


def test_an_empty_section_is_no_error() -> None:
    assert read_rules("default: {}\nlabels:\n").by_name[Analysis.LABELS] == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", f"the policy needs at least one of the keys {KEYS}"),
        ("- Violence", f"the policy needs at least one of the keys {KEYS}"),
        ("default: {", "the policy is not YAML: "),
        ("defualt: {}", f"defualt: there is no such key; there are {KEYS}"),
        (
            "content_moderation: {Violence: {reveiw: 50}}",
            "content_moderation.Violence.reveiw: there is no such key; there are review, reject, alert, at_least,",
        ),
        (
            "content_moderation: {Violence: {review: high}}",
            "content_moderation.Violence.review: must be a number from 0 to 100, or off",
        ),
        ("default: {alert: on}", "default.alert: must be a number from 0 to 100, or off"),
        ("default: {alert: .nan}", "default.alert: must be a number from 0 to 100, or off"),
        ("default: {alert: 100.5}", "default.alert: must lie between 0 and 100, is 100.5"),
        ("default: {alert: -1}", "default.alert: must lie between 0 and 100, is -1"),
        (
            "content_moderation: {Violence: 50}",
            "content_moderation.Violence: must be off, or thresholds for review, reject, alert",
        ),
        ("content_moderation: 50", "content_moderation: must be labels, each with its thresholds"),
        (
            "content_moderation: {Violence: {review: 95, reject: 90}}",
            "content_moderation.Violence: review (95) must not lie above reject (90)",
        ),
        ("labels:\n  Tank: off\n  tank: off\n", "line 3: tank stands there for the second time"),
        ("labels:\n  off: {review: 5}\n", "line 2: a key must be text; put it in quotes"),
        # What was found by fuzzing, each once raised something else.
        ("default: {review: " + "9" * 400 + "}", "default.review: must lie between 0 and 100"),
        ("default: {review: " + "9" * 5000 + "}", "line 1: this cannot be read as int"),
        ("default:\n  review: 2001-99-99\n", "line 2: this cannot be read as timestamp"),
        ("default: !!timestamp now", "line 1: this cannot be read as timestamp"),
        ("default: !!bool maybe", "line 1: this cannot be read as bool"),
        ("? !!str [a]\n: b", "line 1: a key must be text; put it in quotes"),
        ('"\\UFFFFFFFF": off', "the policy has an escape in quotes that stands for no character"),
        ('"\\U00110000": off', "the policy has an escape in quotes that stands for no character"),
        ('"def\\ud800": off', "line 1: half a surrogate pair stands for no character"),
        ("[" * 100_000, "the policy is nested too deeply"),
    ],
)
def test_an_error_is_a_sentence_that_names_the_key(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read_rules(text)
    assert str(raised.value).startswith(sentence)


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(PolicyError) as raised:
        read_rules("default: {alert: x}\nlabels: {Tank: {review: 101}}")
    assert str(raised.value).splitlines() == [
        "default.alert: must be a number from 0 to 100, or off",
        "labels.Tank.review: must lie between 0 and 100, is 101",
    ]


def test_of_a_thousand_errors_fifty_are_told_and_a_name_of_any_length_is_cut() -> None:
    with pytest.raises(PolicyError) as raised:
        read_rules("\n".join(f"{'x' * 500}{number}: off" for number in range(1000)))
    sentences = str(raised.value).splitlines()
    assert sentences[-1] == "and 950 more"
    assert (len(sentences), max(map(len, sentences)) < 150 + len(KEYS)) == (51, True)


def test_where_yaml_cannot_be_read_is_told_in_a_line() -> None:
    with pytest.raises(PolicyError, match=r"^the policy is not YAML: line 1, column 5: [^\n]+$"):
        read_rules("a: b: c")


def text_rule(rule: str) -> str:
    return f"text: {{slurs: {{{rule}}}}}"


WORDS, MODERATION = Analysis.TEXT, Analysis.CONTENT_MODERATION


def test_a_rule_on_text_has_words_patterns_and_thresholds_of_its_own() -> None:
    rule = read_rules(text_rule("words: [Foo, two WORDS], patterns: 'b.r', review: 70, ignore_in: [EndCredits]"))
    slurs = rule.by_name[WORDS]["slurs"]
    assert (slurs.thresholds, slurs.ignore_in) == ({Action.REVIEW: 70}, frozenset({"endcredits"}))
    assert slurs.sought is not None
    assert slurs.sought.phrases == frozenset({("foo",), ("two", "words")})
    assert slurs.sought.patterns == frozenset({"b.r"})


def test_one_word_needs_no_list_and_a_rule_that_is_off_needs_no_words() -> None:
    assert read_rules(text_rule("words: foo, review: 70")).by_name[WORDS]["slurs"].gives_verdict
    assert not read_rules("text: {slurs: off}").by_name[WORDS]["slurs"].gives_verdict


def test_what_is_ignored_nowhere_is_not_the_same_as_what_is_not_said() -> None:
    rules = read_rules("ignore_in: EndCredits\nlabels: {Gun: {ignore_in: off}, Tank: {review: 5}}")
    assert rules.default.ignore_in == frozenset({"endcredits"})
    assert rules.ignore_in(Analysis.LABELS, ["gun"]) == frozenset()
    assert rules.ignore_in(Analysis.LABELS, ["tank"]) == {"endcredits"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (text_rule("review: 80"), "text.slurs: needs words, a words_file or patterns"),
        (text_rule("words: [], review: 80"), "text.slurs: needs words, a words_file or patterns"),
        (text_rule("words: {a: b}"), "text.slurs.words: must be a list"),
        (text_rule("words: [a, 1488]"), "text.slurs.words: 1488 is no text; put it in quotes"),
        (text_rule("words: [on]"), "text.slurs.words: an entry is no text; put it in quotes"),
        (text_rule("words: ['!?']"), "text.slurs.words: '!?' has neither letter nor digit: only a pattern can find it"),
        (text_rule(f"words: [{'a ' * 21}]"), "text.slurs.words: 'a a a"),
        (text_rule(f"words: [{'a' * 1_001}]"), "text.slurs.words: 'aaa"),
        (
            text_rule("words_file: slurs.txt"),
            "text.slurs.words_file: no file lies beside this policy: its words must stand in `words`",
        ),
        (text_rule("words_file: [a]"), "text.slurs.words_file: must be the name of a file"),
        (text_rule("patterns: ['(?=a)b']"), "text.slurs.patterns: '(?=a)b' cannot be used: invalid perl operator: (?="),
        (text_rule("patterns: ['a*']"), "text.slurs.patterns: 'a*' cannot be used: it matches a text without"),
        (text_rule("words: [a], review: 90, reject: 80"), "text.slurs: review (90) must not lie above reject (80)"),
        (
            text_rule("word: [a]"),
            "text.slurs.word: there is no such key; there are review, reject, alert, at_least, ignore_in, words,",
        ),
        ("text: [foo]", "text: must be rules, each with words or patterns and thresholds"),
        ("text: {slurs: [foo]}", "text.slurs: must be off, or words or patterns and thresholds for review, reject"),
        ("ignore_in: 5", "ignore_in: must be a list"),
        ("default: {ignore_in: [EndCredits]}", "default.ignore_in: there is no such key; there are review, reject"),
    ],
)
def test_an_error_in_a_list_is_a_sentence_that_names_the_key(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read_rules(text)
    assert str(raised.value).startswith(sentence)


def test_all_lists_of_a_policy_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_lists, "MOST_WORDS", 1_500)
    words = "\n".join(map(str, range(1_500)))
    assert read_policy_document(text_rule("words_file: a"), lambda _: words).rules.by_name[WORDS]["slurs"].sought
    with pytest.raises(PolicyError, match=r"^text\.b\.words: all rules of a policy together may have 1,500 words"):
        read_policy_document("text: {a: {words_file: a}, b: {words: one}}", lambda _: words)
    patterns = ", ".join(f"a{number}" for number in range(policy_lists.MOST_PATTERNS))
    with pytest.raises(
        PolicyError, match=r"^text\.b\.patterns: all rules of a policy together may have 1,000 patterns"
    ):
        read_rules(f"text: {{a: {{patterns: [{patterns}]}}, b: {{patterns: one}}}}")


def moderation_rule(rule: str) -> str:
    return f"content_moderation: {{Weapons: {{{rule}}}}}"


def combination(rule: str) -> str:
    return f"text: {{Threats: {{words: kill}}}}\ntogether: {{armed: {{{rule}}}}}"


@pytest.mark.parametrize(
    ("written", "length_ms"),
    [("2 s", 2_000), ("1.5s", 1_500), ("500 ms", 500), ("0.5 min", 30_000), ("360 min", 21_600_000), ("0.4 ms", 0)],
)
def test_how_long_a_label_is_seen_is_said_with_its_unit(written: str, length_ms: int) -> None:
    rule = read_rules(moderation_rule(f"review: 80, at_least: {written}")).by_name[MODERATION]["weapons"]
    assert rule.at_least_ms == ({Action.REVIEW: length_ms} if length_ms else {})


def test_one_length_of_time_is_that_of_every_threshold_beside_it() -> None:
    text = moderation_rule("review: 80, reject: 95, alert: off, at_least: 2 s")
    assert read_rules(text).by_name[MODERATION]["weapons"].at_least_ms == {Action.REVIEW: 2_000, Action.REJECT: 2_000}
    text = moderation_rule("review: 80, reject: 95, at_least: {reject: 2 s}")
    assert read_rules(text).by_name[MODERATION]["weapons"].at_least_ms == {Action.REJECT: 2_000}
    assert read_rules("default: {review: 80, at_least: 1 s}").default.at_least_ms == {Action.REVIEW: 1_000}


def test_pictures_of_a_kind_may_have_thresholds_of_their_own() -> None:
    rules = read_rules(moderation_rule("review: 80, animated: {review: 95}, illustrated: off"))
    assert rules.by_name[MODERATION]["weapons"].by_content == {
        ContentType.ANIMATED: {Action.REVIEW: 95.0},
        ContentType.ILLUSTRATED: dict.fromkeys(Action),
    }
    assert read_rules("default: {animated: {review: 99}}").default.by_content == {
        ContentType.ANIMATED: {Action.REVIEW: 99.0}
    }


def test_a_combination_names_what_is_seen_by_several_analyses() -> None:
    rules = read_rules(combination("content_moderation: [Weapons, Alcohol], text: THREATS, within: 5 s, review: 70"))
    armed = rules.together["armed"]
    assert {(member.analysis, member.name) for member in armed.members} == {
        (MODERATION, "weapons"),
        (MODERATION, "alcohol"),
        (WORDS, "threats"),
    }
    assert (armed.within_ms, armed.thresholds, armed.ignore_in) == (5_000, {Action.REVIEW: 70}, None)
    assert read_rules("default: off\ntogether: off").together == {}


NO_UNIT = "content_moderation.Weapons.at_least: must be a number with its unit: 500 ms, 2 s or 1.5 min"
BEHIND = "what is seen together, within, and thresholds"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (moderation_rule("review: 80, at_least: 2"), NO_UNIT),
        (moderation_rule("review: 80, at_least: 2 h"), NO_UNIT),
        (moderation_rule("review: 80, at_least: -1 s"), NO_UNIT),
        (
            moderation_rule("review: 80, at_least: 361 min"),
            "content_moderation.Weapons.at_least: must not be longer than 6 hours",
        ),
        (moderation_rule("at_least: 2 s"), "content_moderation.Weapons: at_least must stand beside a threshold"),
        (moderation_rule("review: off, at_least: 2 s"), "content_moderation.Weapons: at_least must stand beside"),
        (
            moderation_rule("review: 80, at_least: {reject: 2 s}"),
            "content_moderation.Weapons: at_least is said of reject, for which no threshold stands beside it",
        ),
        (
            moderation_rule("review: 80, at_least: {rejekt: 2 s}"),
            "content_moderation.Weapons.at_least: there is no such key as rejekt; there are review, reject, alert",
        ),
        (
            moderation_rule("animated: {revue: 80}"),
            "content_moderation.Weapons.animated.revue: there is no such key; there are review, reject, alert",
        ),
        (
            moderation_rule("animated: 80"),
            "content_moderation.Weapons.animated: must be off, or thresholds for review, reject, alert",
        ),
        (
            moderation_rule("illustrated: {review: 90, reject: 80}"),
            "content_moderation.Weapons.illustrated: review (90) must not lie above reject (80)",
        ),
        ("labels: {Gun: {animated: off}}", "labels.Gun.animated: there is no such key; there are review, reject,"),
        (combination("labels: [Gun, Person]"), "together.armed.within: is missing: how far apart they may be seen"),
        (combination("labels: Gun, within: 5 s"), "together.armed: must name 2 to 5 things that are seen together"),
        (combination("labels: [a, b, c, d, e, f], within: 5 s"), "together.armed: must name 2 to 5 things"),
        (combination("labels: [Gun, gun], within: 5 s"), "together.armed: must name 2 to 5 things"),
        (
            combination("labels: Gun, text: treats, within: 5 s"),
            "together.armed.text: text has no rule treats; there are Threats",
        ),
        (
            combination("labels: [Gun, Person], faces: Face, within: 5 s"),
            "together.armed.faces: there is no such key; there are review, reject, alert, within, ignore_in, content_",
        ),
        ("together: {armed: 5}", f"together.armed: must be off, or {BEHIND} for review, reject, alert"),
        ("together: [armed]", f"together: must be combinations, each with {BEHIND}"),
        (
            "together:\n" + "".join(f"  c{n}: {{labels: [A, B], within: 1 s}}\n" for n in range(MOST_COMBINATIONS + 1)),
            "together: has 101 combinations; there may be 100",
        ),
    ],
)
def test_an_error_in_what_is_said_of_time_kinds_and_combinations_names_the_key(text: str, sentence: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read_rules(text)
    assert str(raised.value).startswith(sentence)
