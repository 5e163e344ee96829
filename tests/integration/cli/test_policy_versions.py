"""Policies go live from the command line: what would change is shown, and there is a way back."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.policy_versions import publishing
from reelsift.policy_versions.publishing import propose, publish

TEXT = """
content_moderation: {Weapons: {review: 80, reject: 95}}
text: {threats: {words_file: threats.txt, review: 80}}
audit_approvals: 1 %
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "threats.txt").write_text("kill you # and so on\nmaim\n")
    (tmp_path / "ours.yaml").write_text(TEXT)
    return str(tmp_path / "ours.yaml")


def logged(deployed: Deployed) -> list[dict[str, Any]]:
    return [json.loads(line) for line in deployed.cli("policy", "log", "--json").stdout.splitlines()]


def examined(deployed: Deployed) -> list[dict[str, Any]]:
    """What the doctor finds of the policy."""
    found = map(json.loads, deployed.cli("doctor", "--json").stdout.splitlines())
    return [finding for finding in found if finding["subject"] == "policy"]


def test_the_first_version_can_be_applied_before_any_worker_runs(deployed: Deployed, file: str) -> None:
    assert "no policy is live yet" in deployed.cli("policy", "log").stderr
    shown = deployed.cli("policy", "show")
    assert "this one would be the first version" in shown.stderr
    assert Policy.parse(shown.stdout).digest == Policy.built_in().digest

    applied = deployed.cli("policy", "apply", file, "--note", "ours\x1b[31m", "--yes", "--json")
    assert applied.exit_code == 0, applied.stderr
    assert "epoch 1 is live" in applied.stderr
    (entry,) = logged(deployed)
    assert (entry["epoch"], entry["note"], entry["auto_reject"]) == (1, "ours\x1b[31m", False)
    assert entry["by"].startswith("arn:")
    assert json.loads(applied.stdout) == {
        "before": None,
        "after": entry,
        "needs": ["content_moderation", "text"],
        "changes": None,
    }
    assert "\x1b" not in deployed.cli("policy", "log").stdout
    shown = deployed.cli("policy", "show", "--json")
    rule = json.loads(shown.stdout)["content"]["text"]["threats"]
    assert rule == {"review": 80, "words": ["kill you", "maim"]}, "it stands alone"
    live, lacking = examined(deployed)
    assert (live["grade"], "live as epoch 1, needs content_moderation, text" in live["state"]) == ("ok", True)
    assert lacking["state"].startswith("it needs text, which REELSIFT_ANALYSES does not name")


def test_what_changes_is_shown_before_anything_does(deployed: Deployed, file: str) -> None:
    assert deployed.cli("policy", "apply", file, "--yes").exit_code == 0
    Path(file).write_text(
        TEXT.replace("review: 80, reject: 95", "review: 85, reject: off").replace("threats.txt", "t2")
    )
    Path(file).with_name("t2").write_text("maim\nhurt\n")
    asked = deployed.cli("policy", "apply", file)
    assert (asked.exit_code, "there is no terminal to ask, add --yes" in asked.stderr) == (2, True)
    assert len(logged(deployed)) == 1
    for line in (
        "epoch 1 would be followed by epoch 2",
        "content_moderation > Weapons > review: 80 -> 85",
        "content_moderation > Weapons > reject: 95 -> off",
        "text > threats > words: 1 removed (kill you), 1 added (hurt)",
        "verdicts that were made stay as they are until `reelsift reevaluate`",
        "machines reject: no, as before",
    ):
        assert line in asked.stderr
    assert deployed.cli("policy", "apply", file, "--yes").exit_code == 0
    assert [entry["epoch"] for entry in logged(deployed)] == [2, 1]
    again = deployed.cli("policy", "apply", file, "--yes")
    assert (again.exit_code, "live already, as epoch 2" in again.stderr) == (4, True)


def test_back_to_an_older_version_is_a_newer_epoch(deployed: Deployed, file: str) -> None:
    nothing = deployed.cli("policy", "rollback", "--yes")
    assert (nothing.exit_code, "no older version" in nothing.stderr) == (2, True)
    deployed.cli("policy", "apply", file, "--yes")
    Path(file).write_text("default: {review: 50}")
    deployed.cli("policy", "apply", file, "--yes", "--auto-reject")
    back = deployed.cli("policy", "rollback", "--yes")
    assert back.exit_code == 0, back.stderr
    third, _, first = logged(deployed)
    assert (third["epoch"], third["note"], third["auto_reject"]) == (3, "back to epoch 1", True)
    assert (third["document"], third["judging"]) == (first["document"], first["judging"])
    lost = deployed.cli("policy", "rollback", "9", "--yes")
    assert (lost.exit_code, "never had epoch 9" in lost.stderr) == (2, True)
    lost = deployed.cli("policy", "show", "9")
    assert (lost.exit_code, "never had epoch 9" in lost.stderr) == (2, True)
    older = deployed.cli("policy", "show", "2")
    assert Policy.parse(older.stdout).digest == Policy.parse("default: {review: 50}").digest
    assert "machines reject: yes, by arn:" in older.stderr


def test_only_the_switch_turns_it_and_a_model_that_was_met_since_is_named(deployed: Deployed, file: str) -> None:
    wrong = deployed.cli("policy", "apply")
    assert (wrong.exit_code, "name the FILE" in wrong.stderr) == (2, True)
    deployed.cli("policy", "apply", file, "--yes")
    moderation = Analysis.CONTENT_MODERATION
    deployed.do(lambda deployment: deployment.model_versions.see(moderation, "7.1", now_ms=1))
    turned = deployed.cli("policy", "apply", "--auto-reject", "--yes")
    assert "machines reject: no -> yes" in turned.stderr
    assert "models of content_moderation that were met since then, and count as known now: 7.1" in turned.stderr
    assert "the document says the same" in turned.stderr
    latest, first = logged(deployed)
    assert (latest["auto_reject"], latest["auto_reject_by"], latest["document"]) == (
        True,
        latest["by"],
        first["document"],
    )
    assert latest["known_models"] == {"content_moderation": ["7.1"]}
    back = deployed.cli("policy", "apply", "--no-auto-reject", "--yes")
    assert "machines reject: yes -> no" in back.stderr


def test_whoever_is_second_is_told(deployed: Deployed, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.cli("policy", "apply", file, "--yes")

    async def late(deployment: Any, *args: Any, **members: Any) -> Any:
        mine = await propose(deployment, *args, **members)
        await publish(deployment, await propose(deployment, Policy.built_in()))
        return mine

    monkeypatch.setattr(publishing, "propose", late)
    Path(file).write_text("default: {review: 50}")
    refused = deployed.cli("policy", "apply", file, "--yes")
    assert (refused.exit_code, "somebody else has changed" in refused.stderr) == (1, True)
    assert len(logged(deployed)) == 2


def test_a_document_that_is_gone_is_found_by_the_doctor(deployed: Deployed, file: str) -> None:
    deployed.cli("policy", "apply", file, "--yes")
    key = f"policies/{logged(deployed)[0]['document']}.json"
    deployed.client("s3").delete_object(Bucket=deployed.work_bucket, Key=key)
    (found,) = examined(deployed)
    assert (found["grade"], "is gone from the work bucket" in found["state"]) == ("broken", True)
    shown = deployed.cli("policy", "show")
    assert (shown.exit_code, "is gone from the work bucket" in shown.stderr) == (1, True)
    Path(file).write_text("default: {review: 50}")
    mended = deployed.cli("policy", "apply", file, "--yes")
    assert mended.exit_code == 0, mended.stderr
    assert "cannot be read, so that nothing can be compared" in mended.stderr
