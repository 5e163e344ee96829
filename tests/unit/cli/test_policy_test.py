"""What `policy test` prints, and what it refuses to say."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reelsift.aws.deployment import Deployment
from reelsift.cli.main import app
from reelsift.domain.analysis import Analysis
from reelsift.domain.status import Status
from support.archive import Archive, seen

MODERATION, LABELS = Analysis.CONTENT_MODERATION, Analysis.LABELS

DRAFT = """
content_moderation:
  Violence: {review: 60, reject: 90}
  Smoking: off
labels:
  Gun: {review: 40}
"""


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Archive:
    """Four videos, judged by the built-in policy."""
    made = Archive()

    async def judge() -> None:
        await made.judged(1, {MODERATION: [seen(MODERATION, "Violence", 70.0)]})
        await made.judged(2, {MODERATION: [seen(MODERATION, "Violence", 95.0)]}, decision=Status.REJECTED)
        await made.judged(3, {MODERATION: [seen(MODERATION, "Smoking", 85.0)]}, batch="b2")
        await made.judged(4, {MODERATION: [], LABELS: [seen(LABELS, "Gun", 60.0)]})

    asyncio.run(judge())
    made.put_part("p", [(1, MODERATION), (2, MODERATION), (3, MODERATION), (4, MODERATION), (4, LABELS)])

    def on_deployment(work: Callable[[Deployment], Awaitable[Any]]) -> Any:
        async def session() -> Any:
            return await work(made.deployment)

        return asyncio.run(session())

    monkeypatch.setattr("reelsift.cli.policy_test.on_deployment", on_deployment)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)
    Path("draft.yaml").write_text(DRAFT, encoding="utf-8")
    return made


def run(*arguments: str, file: str = "draft.yaml") -> Result:
    return CliRunner().invoke(app, ["policy", "test", file, *arguments])


@pytest.mark.usefixtures("archive")
def test_it_says_what_would_move_and_why() -> None:
    result = run()
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    for told in (
        "against 4 videos",
        "4 of 4 videos could be judged",
        "moves videos share",
        "review to reject 1 25.0 %",
        "of these decided by a person 1",
        "Violence (content_moderation) 2 approve to review: 1, review to reject: 1",
        "precision of reject none decided 100.0 % (20.7 to 100.0 %) of 1",
        "90 s a decision, as REELSIFT_DECISION_S says",
        "Gun, 60.0 % at 0:00.5",
        "s3://videos/4.mp4",
    ):
        assert told in words, (told, words)
    assert "without an answer of labels, which the policy needs" in result.stderr
    assert "1 answer of labels was asked from a higher confidence" in result.stderr


@pytest.mark.usefixtures("archive")
def test_programs_get_all_of_it() -> None:
    document = json.loads(run("--json").stdout)
    assert (document["concludes"], document["covered"], document["tested"]) == (True, 1.0, 4)
    assert document["copy"] == {"parts": 1, "unreadable": [], "read_from_results": 0}
    assert {(move["before"], move["after"]): move["videos"] for move in document["moves"]} == {
        ("approve", "review"): 2,
        ("review", "reject"): 1,
        ("approve", "incomplete"): 1,
    }
    assert document["decided"] == 1
    assert document["statuses"] == [{"before": "approved", "after": "in_review", "videos": 3}]
    assert document["review"] == {
        "decision_s": 90,
        "measured_decisions": 0,
        "before": {"items": 0, "hours": 0.0},
        "after": {"items": 3, "hours": 0.075},
    }
    assert {example["video"] for example in document["examples"]} == {f"s3://videos/{n}.mp4" for n in (1, 2, 3, 4)}
    assert {batch["batch"] for batch in document["batches"]} == {"b1", "b2"}
    assert document["unknown"]["missing"] == {"labels": 3}


def test_where_too_little_is_covered_nothing_is_said_of_moves(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.work.objects.clear()
    monkeypatch.setattr("reelsift.policy_tests.run.MOST_READ", 0)
    result = run("--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert not document["concludes"]
    assert "moves" not in document
    assert "nothing is concluded: 0 of 4 videos could be judged" in result.stderr
    assert "policy archive --rebuild" in result.stderr


@pytest.mark.usefixtures("archive")
def test_a_page_has_the_examples_with_their_timelines() -> None:
    result = run("--html", "page.html")
    assert result.exit_code == 0, result.output
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.count('<figure class="timeline"') == 4
    for told in ("test of a policy", "Violence, 95.0 % at 0:00.5", "s3://videos/3.mp4", "review to reject"):
        assert told in page
    assert run("--html", "page.html").exit_code != 0
    assert run("--html", "page.html", "--overwrite").exit_code == 0


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--sample", "0"], "--sample"),
        (["--since", "yesterday"], "--since"),
        (["--html", "."], "is a folder"),
        (["--html", "nodir/page.html"], "there is no folder nodir; make it"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.usefixtures("archive")
def test_a_policy_that_cannot_be_used_is_told() -> None:
    Path("wrong.yaml").write_text("content_moderation: {Violence: {reject: 200}}", encoding="utf-8")
    result = run(file="wrong.yaml")
    assert result.exit_code != 0
    assert "must lie between 0 and 100" in result.stderr
    assert run(file="none.yaml").exit_code != 0


@pytest.mark.usefixtures("archive")
def test_a_sample_says_so() -> None:
    assert "a sample of 2 videos out of 4" in run("--sample", "2").stdout
