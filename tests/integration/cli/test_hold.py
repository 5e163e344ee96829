"""Holding and releasing from the command line: who, when and why are seen wherever somebody looks."""

import json

from integration.cli.conftest import Deployed
from integration.cli.rows import make_batch


def test_a_hold_is_shown_by_every_look_at_the_deployment_until_it_is_released(deployed: Deployed) -> None:
    deployed.do(lambda deployment: make_batch(deployment, "b1", ["1.mp4"]))
    assert "hold" not in deployed.cli("status").stdout
    held = deployed.cli("hold", "--starts", "--note", "the bill\x1b[31m", "--json")
    assert held.exit_code == 0, held.stderr
    (hold,) = json.loads(held.stdout)["held"]
    assert (hold["kind"], hold["note"], hold["by"].startswith("arn:")) == ("starts", "the bill\x1b[31m", True)
    assert json.loads(held.stdout)["changed"] == ["starts"]
    for command in (("status",), ("status", "b1")):
        shown = deployed.cli(*command).stdout
        words = "".join(shown.split())
        assert f"by{hold['by']}(thebill" in words
        assert "`reelsiftrelease--starts`goeson" in words
        assert "\x1b" not in shown
    assert json.loads(deployed.cli("status", "--json").stdout)["held"] == [hold]
    assert json.loads(deployed.cli("status", "b1", "--json").stdout)["starts_held"] == hold
    findings = [json.loads(line) for line in deployed.cli("doctor", "--json").stdout.splitlines()]
    (found,) = [finding for finding in findings if finding["subject"] == "holds"]
    assert (found["grade"], "the bill" in found["state"], "release" in found["mend"]) == ("warning", True, True)

    released = deployed.cli("release")
    assert "starts go on, within 5 s" in released.stderr
    assert json.loads(deployed.cli("status", "--json").stdout)["held"] == []
    assert json.loads(deployed.cli("status", "b1", "--json").stdout)["starts_held"] is None


def test_without_an_option_all_is_held_and_each_turn_is_in_the_audit(deployed: Deployed) -> None:
    assert deployed.cli("hold", "--note", "an incident").exit_code == 0
    assert "were held already" in deployed.cli("hold", "--tags").stderr
    left = deployed.cli("release", "--events", "--starts")
    assert "tags have been held for" in left.stderr

    entries = [json.loads(line) for line in deployed.cli("hold", "--log", "--json").stdout.splitlines()]
    assert [(entry["number"], entry["held"], entry["kinds"], entry["note"]) for entry in entries] == [
        (2, False, ["starts", "events"], ""),
        (1, True, ["starts", "events", "tags"], "an incident"),
    ]
    words = "".join(deployed.cli("hold", "--log").stdout.split())
    assert f"heldstarts,eventsandtags{entries[0]['by']}anincident" in words
    assert "released" in words


def test_a_note_that_is_too_long_changes_nothing(deployed: Deployed) -> None:
    refused = deployed.cli("hold", "--note", "x" * 1001)
    assert (refused.exit_code, "1,001 characters" in refused.stderr) == (2, True)
    assert json.loads(deployed.cli("status", "--json").stdout)["held"] == []
