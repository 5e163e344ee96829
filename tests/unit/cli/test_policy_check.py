"""`reelsift policy check`: offline, and with the options of the environment."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from reelsift.cli.main import app
from reelsift.domain.policy import Policy


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["policy", "check", *arguments])


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "policy.yaml"


def test_a_policy_without_doubts_can_be_used(write: Path) -> None:
    write.write_text("content_moderation: {Alcohol: {review: 95}}\nignore_in: EndCredits")
    result = check("policy.yaml", "--strict")
    assert (result.exit_code, result.stdout.splitlines()[:2]) == (
        0,
        ["policy.yaml can be used", "needs content_moderation"],
    )


def test_doubts_are_told_and_end_a_strict_check_with_1(write: Path) -> None:
    write.write_text("content_moderation: {Wepons: {review: 95}}")
    result = check("policy.yaml")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "policy.yaml can be used, with 1 doubt")
    assert "did you mean Weapons?" in result.stdout
    assert check("policy.yaml", "--strict").exit_code == 1


def test_json_has_digests_needs_and_doubts(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "content_moderation: {Alcohol: {review: 60}}\nignore_in: EndCredits"
    write.write_text(text)
    monkeypatch.setenv("REELSIFT_MIN_CONFIDENCE", "70")
    policy = Policy.parse(text)
    assert json.loads(check("policy.yaml", "--json").stdout) == {
        "digest": policy.digest,
        "handling_digest": policy.handling.digest,
        "needs": ["content_moderation"],
        "ignores": ["endcredits"],
        "doubts": [
            {
                "place": "content_moderation",
                "state": "of content_moderation a threshold lies below 70, the lowest at 60; but nothing below 70 is"
                " seen (REELSIFT_MIN_CONFIDENCE)",
                "mend": "lower the setting, or raise the thresholds to it",
            }
        ],
    }


def test_what_cannot_be_used_is_an_error_with_a_sentence_for_each_key(write: Path) -> None:
    write.write_text("default: {alert: x}\nlabels: {Tank: {review: 101}}")
    result = check("policy.yaml")
    assert result.exit_code == 2
    assert "default.alert: must be a number from 0 to 100, or off" in result.stderr
    assert "labels.Tank.review: must lie between 0 and 100, is 101" in result.stderr


def test_an_option_of_the_environment_that_cannot_be_is_told(write: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write.write_text("default: {review: 80}")
    monkeypatch.setenv("REELSIFT_MIN_CONFIDENCE", "many")
    result = check("policy.yaml")
    assert (result.exit_code, "REELSIFT_MIN_CONFIDENCE takes a number" in result.stderr) == (2, True)
