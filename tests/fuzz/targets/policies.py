"""Policies, in YAML and in JSON."""

from fuzz.target import Target, hold, hold_words, text_of
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import DEFAULT_POLICY_TEXT, Policy, Verdict
from reelsift.domain.policy_yaml import PolicyError
from reelsift.domain.rules import Action
from reelsift.domain.segments import Segment

_SPELLINGS = {"spellings": {"to kill for": 2, "t0 k\u00efll f\u014fr \ud800": 1}}
_SURE, _DOUBTFUL = (
    [
        *(Segment(analysis, "Violence", (), 0, 500, 1, confidence, confidence, 0) for analysis in Analysis),
        Segment(Analysis.TEXT, "to kill for", (), 0, 500, 1, confidence, confidence, 0, _SPELLINGS),
        Segment(Analysis.CELEBRITIES, "Jane Doe", (), 100, 600, 1, confidence, confidence, 100, {"id": "1AbC2dE"}),
        Segment(Analysis.SEGMENTS, "EndCredits", (), 0, 500, 1, 50, 50, 0),
    ]
    for confidence in (100.0, 1.0)
)
_FILE = "# words\nkill\n  white power\n\u9055\u6cd5\n"

_CLEAN = {Verdict.APPROVE, Verdict.INCOMPLETE}
_ALL = frozenset(Analysis)


def check(data: bytes) -> None:
    """It is a policy or a PolicyError; thresholds are confidences, and more confidence is never judged more mildly."""
    try:
        policy = Policy.parse(text_of(data), lambda _: _FILE)
    except PolicyError as error:
        hold_words(str(error), 20_000)
        return
    hold("a policy has a digest", where=len(policy.digest) == 16)
    rules = policy.rules
    for rule in (rules.default, *(rule for by_name in rules.by_name.values() for rule in by_name.values())):
        for action, threshold in rule.thresholds.items():
            hold("a rule is of an action", where=action in Action)
            hold("a threshold is a confidence", where=threshold is None or 0 <= threshold <= 100)
    order = list(Verdict)
    sure, doubtful = policy.judge(_SURE, _ALL), policy.judge(_DOUBTFUL, _ALL)
    hold("confidence is not judged mildly", where=order.index(sure.verdict) >= order.index(doubtful.verdict))
    hold("a verdict has its reasons", where=(sure.verdict in _CLEAN) == (not sure.reasons))
    hold("nothing is approved unseen", where=policy.judge([], ()).verdict is Verdict.INCOMPLETE)


TARGET = Target(
    check,
    seeds=[
        DEFAULT_POLICY_TEXT.encode()[-700:],
        b"default: {review: 80, reject: off, alert: 95.5}\ncontent_moderation:\n  Violence: {reject: 90}\n",
        b'{"default": {"review": null}, "labels": {"Weapon": {"alert": 50}, "Person": "off"}}',
        b"labels:\n  # nothing\ncontent_moderation: &a\n  Weapons: {review: 1e1, reject: 0x10}\n  'off': off\n",
        b'default: off\nlabels:\n  "\\u00e4": {alert: .nan}\n',
        b"text:\n  a: {words: [kill, white power], words_file: w, review: 80}\n  b: {patterns: ['k.ll'], alert: 5}\n",
        b'{"text": {"a": {"words": ["\\u9055\\u6cd5", "1488"], "patterns": ["(a|a)*b"], "ignore_in": "off"}}}',
        b"ignore_in: [EndCredits]\ncelebrities: {Jane Doe: {review: 8}, 1AbC2dE: off}\nsegments: {Shot: {alert: 1}}",
    ],
    is_json=True,
    longest=768,
    words=(
        *("default", "ignore_in", "review", "reject", "alert", "off", "!!int", "&a", "*a", "<<:"),
        *map(str, Analysis),
        *("words", "words_file", "patterns", "EndCredits", "1AbC2dE", r"\\pL", r"\\Q", "(?i)", "{1000}", "(?P<a>"),
    ),
)
