"""What policies have made of videos wrongly: each check finds it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from chaos.cast import Subject
from chaos.checks_of_policies import CHECKS
from chaos.evidence import Evidence
from chaos.expectations import Expectations
from chaos.kinds import BUILT_IN, KINDS, LENIENT

FIRST, LAST = "20261130-080000-abc", "20261130-080100-def"
VIDEOS = ("clean", "alert", "harmless")


def expected() -> Expectations:
    kinds = {kind.name: kind for kind in KINDS}
    known = Expectations(quota=2)
    known.subjects = {f"{name}.mp4": Subject(f"{name}.mp4", kinds[name], 1000) for name in VIDEOS}
    return known


def status(name: str, verdict: str) -> dict[str, Any]:
    return {"video_id": name, "part": "status", "key": f"{name}.mp4", "verdict": verdict, "epoch": 3}


def line(batch: str, name: str, verdict: str) -> dict[str, Any]:
    return {
        "batch": f"{batch}#0",
        "line": name,
        "key": f"{name}.mp4",
        "status": "SUCCEEDED",
        "verdict": verdict,
        "billed_ms": 0,
    }


def records() -> dict[str, Any]:
    """A lenient policy followed the built-in one, acted on one video, and was taken back; then that acted on all."""
    tables: dict[str, list[dict[str, Any]]] = {
        "batches": [
            {
                "batch_id": FIRST,
                "part": "meta",
                "state": "Cancelled",
                "stopped": "policy_changed",
                "total": 1,
                "reevaluation": {"epoch": 2},
            },
            {"batch_id": LAST, "part": "meta", "state": "Complete", "total": 3, "reevaluation": {"epoch": 3}},
            {"batch_id": "hold", "part": "switch", "entries": 2},
        ],
        "reviews": [status("clean", "approve"), status("alert", "reject"), status("harmless", "approve")],
        "outcomes": [
            line(FIRST, "harmless", "review"),
            line(LAST, "clean", "approve"),
            line(LAST, "alert", "reject"),
            line(LAST, "harmless", "approve"),
        ],
    }
    return {
        "ledger": [],
        "tables": tables,
        "waiting": {},
        "dead": {},
        "alerts": [],
        "events": [],
        "appeals": [],
        "answers": [
            {"act": 0, "deed": "apply", "epoch": 2},
            {"act": 1, "deed": "reevaluate", "batch": FIRST},
            {"act": 2, "deed": "apply", "epoch": 3},
            {"act": 3, "deed": "reevaluate", "batch": LAST},
        ],
        "tags": {},
        "policies": {1: BUILT_IN, 2: LENIENT, 3: BUILT_IN},
        "span_ms": (0, 1000),
    }


def broken(change: Callable[[dict[str, Any]], Any]) -> dict[str, list[str]]:
    """What each check finds once the records were changed."""
    wrong = deepcopy(records())
    change(wrong)
    found = {check.__name__: list(check(expected(), Evidence(**wrong))) for check in CHECKS}
    return {name: words for name, words in found.items() if words}


def test_books_that_are_right_break_no_promise() -> None:
    assert broken(lambda _: None) == {}


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], Any], str, str]] = {
    "a verdict is of the policy before": (
        lambda it: it["tables"]["reviews"][1].update(verdict="approve", epoch=2),
        "verdicts_are_of_the_live_policy",
        "alert.mp4 is judged approve by epoch 2, not reject by 3",
    ),
    "a verdict is not what the policy says": (
        lambda it: it["tables"]["reviews"][2].update(verdict="review"),
        "verdicts_are_of_the_live_policy",
        "harmless.mp4 is judged review by epoch 3, not approve by 3",
    ),
    "a version is lost": (
        lambda it: it["policies"].pop(2),
        "each_policy_is_a_version",
        "there are the epochs [1, 3]",
    ),
    "a version was made twice": (
        lambda it: it["policies"].update({4: BUILT_IN}),
        "each_policy_is_a_version",
        "there are 4 versions, of which people have made 2",
    ),
    "somebody was told of a version that there is not": (
        lambda it: it["answers"].append({"act": 4, "deed": "apply", "epoch": 9}),
        "each_policy_is_a_version",
        "somebody was told of epoch 9",
    ),
    "a re-evaluation does not end": (
        lambda it: it["tables"]["batches"][1].update(state="Active"),
        "each_reevaluation_has_its_lines",
        f"{LAST} is ('Active', None)",
    ),
    "the last re-evaluation was stopped": (
        lambda it: it["tables"]["batches"][1].update(state="Cancelled", stopped="policy_changed"),
        "each_reevaluation_has_its_lines",
        f"{LAST} is ('Cancelled', 'policy_changed')",
    ),
    "a line is missing": (
        lambda it: it["tables"]["outcomes"].pop(),
        "each_reevaluation_has_its_lines",
        f"{LAST} says it has 3 lines, there are 2",
    ),
    "a video has two lines": (
        lambda it: it["tables"]["outcomes"].append(line(LAST, "alert", "reject")),
        "each_reevaluation_has_its_lines",
        f"{LAST} has 2 lines of alert.mp4",
    ),
    "a line says what another policy says": (
        lambda it: it["tables"]["outcomes"][0].update(verdict="approve"),
        "each_reevaluation_has_its_lines",
        f"the line of {FIRST} about harmless.mp4 ended as ('SUCCEEDED', 'approve', 0) by the policy lenient",
    ),
    "somebody was told of a batch that there is not": (
        lambda it: it["answers"].append({"act": 4, "deed": "reevaluate", "batch": "lost"}),
        "each_reevaluation_has_its_lines",
        "somebody was told of lost",
    ),
    "something is held": (
        lambda it: it["tables"]["batches"][2].update(events={"by": "ann"}),
        "nothing_is_held",
        "events are held",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_wrong_entry_is_found(change: str) -> None:
    make_wrong, check, words = CHANGES[change]
    found = broken(make_wrong)
    assert any(words in line for line in found.get(check, [])), found


def test_every_check_is_seen_to_fail() -> None:
    assert {check for _, check, _ in CHANGES.values()} == {check.__name__ for check in CHECKS}
