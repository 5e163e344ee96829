import os

import pytest
import typer
from typer.testing import CliRunner

from reelsift.cli import aws_environment


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", *aws_environment._KEYS):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_a_profile_that_was_asked_for_wins_over_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    aws_environment.use("staging", None)
    assert os.environ["AWS_PROFILE"] == "staging"
    assert "AWS_ACCESS_KEY_ID" not in os.environ


def test_the_region_other_tools_read_counts_for_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws_environment.use(None, None)
    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_a_region_that_was_asked_for_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    aws_environment.use(None, "eu-north-1")
    assert (os.environ["AWS_REGION"], os.environ["AWS_DEFAULT_REGION"]) == ("eu-north-1", "eu-north-1")


def test_a_command_takes_the_flags_after_its_name() -> None:
    app = typer.Typer()
    seen: list[tuple[str, str | None]] = []

    @app.command()
    @aws_environment.asks_aws
    def look(what: str) -> None:
        seen.append((what, os.environ.get("AWS_REGION")))

    result = CliRunner().invoke(app, ["here", "--region", "eu-north-1"])
    assert (result.exit_code, seen) == (0, [("here", "eu-north-1")])
