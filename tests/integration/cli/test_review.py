"""`review`: what waits, who gets it, and what becomes of it, from the command line."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from integration.cli.rows import LATELY
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.domain.decision import Action
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.handling import DEFAULT_QUEUE, Handling, QueueRule
from reelsift.domain.policy import Verdict
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import Video
from reelsift.policy_versions.current import LiveHandling
from reelsift.reviews.claim_watch import ClaimWatch
from reelsift.reviews.claims import claim_desk
from reelsift.reviews.composition import deciding
from reelsift.reviews.desk import worker_items
from reelsift.reviews.second_opinions import second_opinions
from reelsift.reviews.target import Target
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.faults import Faults
from reelsift.settings import load_settings
from support.acting import acting
from support.clocks import SetClock
from support.live import always
from support.reviewing import STILL_S, peak, reviewing, verdict

HANDLING = Handling(queues={"violence": QueueRule("rough")})


def in_review(deployed: Deployed, name: str, confidence: float = 90.0, label: str = "Alcohol") -> str:
    """A video that a worker leaves to people; gives its id."""
    video = Video(deployed.data_bucket, name, f"etag of {name}")

    async def settle(deployment: Deployment) -> None:
        row = judged(VideoStatus.new(video), verdict(Verdict.REVIEW, peak(label, confidence), of=video))
        row = await deployment.reviews.write(replace(row, context={"owner": "o-1"}), None)
        await worker_items(deployment, always(HANDLING), SystemClock()).settle(row)

    deployed.do(settle)
    return video.video_id


def printed(deployed: Deployed, *arguments: str) -> list[dict[str, Any]]:
    """The objects that a command prints, one a line."""
    result = deployed.cli("review", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_program_reviews_what_waits_the_highest_rank_first(deployed: Deployed) -> None:
    low, high = in_review(deployed, "low.mp4", 80.0), in_review(deployed, "high.mp4", 99.0)
    assert [item["video_id"] for item in printed(deployed, "list")] == [high, low]
    (given,) = printed(deployed, "next")
    assert (given["video_id"], given["video"]) == (high, f"s3://{deployed.data_bucket}/high.mp4")
    assert (given["cause"], given["queue"], given["status"]) == ("verdict", DEFAULT_QUEUE, "in_review")
    assert given["context"] == {"owner": "o-1"}
    assert [reason["label"] for reason in given["evidence"]["reasons"]] == ["Alcohol"]
    assert [claim["video_id"] for claim in printed(deployed, "list", "--claimed")] == [high]
    assert [item["video_id"] for item in printed(deployed, "list")] == [low]
    assert printed(deployed, "renew", high)[0]["counter"] == 1
    assert deployed.cli("decide", high, "approve").exit_code == 0
    assert printed(deployed, "list", "--claimed") == []
    assert deployed.cli("review", "renew", high).exit_code == 1


def test_what_is_skipped_is_for_others_today(deployed: Deployed) -> None:
    video_id = in_review(deployed, "a.mp4")
    assert printed(deployed, "next")[0]["video_id"] == video_id
    assert printed(deployed, "skip", video_id) == [{"video_id": video_id, "skipped": True}]
    nothing = deployed.cli("review", "next")
    assert (nothing.exit_code, nothing.stdout) == (4, "")
    assert "nothing waits that you may have" in nothing.stderr
    # A name that is typed makes nobody another person.
    assert deployed.cli("review", "next", "--as", "somebody else").exit_code == 4


def test_a_queue_is_named_and_one_that_is_mistyped_is_told_with_those_there_are(deployed: Deployed) -> None:
    rough = in_review(deployed, "a.mp4", label="Violence")
    in_review(deployed, "b.mp4", 99.0)
    mistyped = deployed.cli("review", "next", "--queue", "ruogh")
    assert mistyped.exit_code == 1
    assert "there are default, rough" in mistyped.stderr
    assert printed(deployed, "next", "--queue", "rough")[0]["video_id"] == rough


def test_somebody_asks_for_a_look_at_a_video_that_nobody_has_analysed(deployed: Deployed) -> None:
    deployed.put_video("new.mp4")
    location = f"s3://{deployed.data_bucket}/new.mp4"
    (asked,) = printed(deployed, "add", location, "--note", "is this ours?", "--due", "2026-01-02")
    assert (asked["cause"], asked["text"], asked["due"]) == ("requested", "is this ours?", "2026-01-02T00:00:00+00:00")
    again = deployed.cli("review", "add", location, "--note", "look again")
    assert "it waits already: requested" in again.stderr
    (given,) = printed(deployed, "next")
    assert (given["video"], given["text"]) == (location, "is this ours?")
    assert (given["status"], given["evidence"]) == (None, None)


def test_an_appeal_is_not_for_who_has_decided_and_is_opened_once(deployed: Deployed) -> None:
    video_id = in_review(deployed, "a.mp4")
    early = deployed.cli("review", "add", video_id, "--appeal", "7", "--text", "it is art")
    assert early.exit_code == 1
    assert "nobody has decided" in early.stderr
    assert deployed.cli("decide", video_id, "reject", "--reason", "nudity").exit_code == 0
    (appeal,) = printed(deployed, "add", video_id, "--appeal", "7", "--text", "it is art")
    assert (appeal["cause"], appeal["appeal"], appeal["queue"]) == ("appeal", "7", "appeals")
    # Whoever runs these commands has decided it.
    assert deployed.cli("review", "next").exit_code == 4

    async def other(deployment: Deployment) -> Any:
        return await claim_desk(deployment, always(HANDLING), SystemClock()).next(reviewing("another"))

    assert deployed.do(other).item.text == "it is art"


def another_decides(deployed: Deployed, video_id: str, *requests: DecisionRequest) -> None:
    """Somebody else has decided a video, and a worker draws."""

    async def decide(deployment: Deployment) -> None:
        with acting("reviewer"):
            carries_out = deciding(deployment, ReasonCatalogue.built_in())
            for request in requests:
                await carries_out.decide(Target(video_id), request.checked(), reviewing("another"))
        with acting("task"):
            handling = LiveHandling(deployment)
            items = worker_items(deployment, handling, SystemClock())
            await second_opinions(deployment, items, handling, asyncio.Event(), SystemClock()).step()

    deployed.do(decide)


def test_a_second_opinion_is_given_without_knowing_it_and_told_where_it_is_asked_for(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REELSIFT_POLICY_DOCUMENT", "{second_opinions: 100 %}")
    monkeypatch.setenv("REELSIFT_UNDO_S", "0")
    first = in_review(deployed, "a.mp4", 99.0)
    (undecided,) = printed(deployed, "list")
    another_decides(deployed, first, DecisionRequest(action=Action.REJECT, reasons=("nudity",), note="from 0:40"))
    second, third = in_review(deployed, "b.mp4", 80.0), in_review(deployed, "c.mp4", 70.0)
    another_decides(deployed, second, DecisionRequest(action=Action.APPROVE))
    # What was taken back is asked about by nobody.
    taken_back = (DecisionRequest(action=Action.APPROVE), DecisionRequest(action=Action.WITHDRAW, decision=1))
    another_decides(deployed, third, *taken_back)
    listed = printed(deployed, "list")
    assert [item["video_id"] for item in listed] == [first, second, third]
    assert listed[0] == undecided | {name: listed[0][name] for name in ("created", "due")}
    assert {item["cause"] for item in printed(deployed, "list", "--queue", "second_opinions")} == {"second_opinion"}
    (given,) = printed(deployed, "next")
    assert (given["video_id"], given["cause"], given["claim"]["item"]) == (first, "verdict", "verdict")
    assert (given["status"], given["last_decision"], given["also"]) == ("in_review", 0, [])
    decided = deployed.cli(
        "decide", first, "reject", "--reason", "hate", "--seen-decision", f"{given['last_decision']}", "--json"
    )
    assert decided.exit_code == 0, decided.stderr
    told = json.loads(decided.stdout)
    assert (told["opinion"], told["decision"], told["agrees"]) == (1, None, True)
    assert "taken down as a second opinion" in decided.stderr
    # Given knowingly, without a claim, to a row of a file, and not twice.
    (said,) = printed(deployed, "opinion", second, "reject", "--reason", "nudity", "--note", "look at 0:40")
    assert (said["opinion"], said["agrees"]) == (1, False)
    assert deployed.cli("review", "opinion", second, "approve").exit_code == 1
    monkeypatch.setenv("REELSIFT_UNDO_S", "600")
    assert deployed.cli("review", "opinion", second, "withdraw").exit_code == 0
    assert deployed.cli("review", "opinion", first, "withdraw", "--as", "somebody").exit_code == 1
    monkeypatch.setenv("REELSIFT_UNDO_S", "0")
    (said,) = printed(deployed, "opinion", second, "reject", "--reason", "nudity", "--note", "look at 0:40")
    refused = deployed.cli("decide", second, "approve", "--seen-decision", "1")
    assert refused.exit_code == 1
    assert "a third person" in refused.stderr
    assert "withdraw --decision 1" in refused.stderr
    history = [json.loads(line) for line in deployed.cli("show", second, "--history", "--json").stdout.splitlines()]
    (opined,) = [line["opined"] for line in history if "opined" in line]
    assert (opined["decision"], opined["action"], opined["private"]["note"]) == (1, "reject", "look at 0:40")
    file = tmp_path / "opinions.csv"
    assert deployed.cli("review", "export", "--opinions", str(file)).exit_code == 0
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert {(row["video_id"], row["agrees"], row["note"]) for row in rows} == {
        (first, "true", ""),
        (second, "false", "look at 0:40"),
    }
    stats = json.loads(deployed.cli("review", "stats", "--json", *LATELY).stdout)["second_opinions"]
    assert (stats["hits"], stats["n"], stats["share"]) == (1, 2, None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--text", "x"], "--text is what an appeal says"),
        (["--appeal", "7", "--note", "x"], "an appeal has a --text, and no --note"),
        (["--appeal", "#7"], "the id of an appeal has up to 64 letters"),
        (["--note", "x" * 4001], "a text has 4,000 characters at most, not 4,001"),
        (["--queue", "Rough Ones"], "is no name of a queue"),
        (["--as", " "], "a name has 1 to 100 characters"),
    ],
)
def test_what_cannot_be_asked_for_is_told(deployed: Deployed, arguments: list[str], sentence: str) -> None:
    result = deployed.cli("review", "add", "0" * 40, *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_of_a_video_that_nobody_knows_nothing_is_asked(deployed: Deployed) -> None:
    result = deployed.cli("review", "add", "0" * 40)
    assert result.exit_code == 1
    assert "nothing is known" in result.stderr


def test_twenty_reviewers_at_once_get_twenty_videos(deployed: Deployed) -> None:
    """Each with connections of their own, as twenty processes have."""
    videos = {in_review(deployed, f"{number}.mp4") for number in range(20)}

    async def review(number: int) -> str | None:
        async with open_deployment(load_settings()) as deployment:
            claimed = await claim_desk(deployment, always(HANDLING), SystemClock()).next(reviewing(f"r{number}"))
            return None if claimed is None else claimed.item.video_id

    async def all_at_once(_: Deployment) -> list[str | None]:
        return await asyncio.gather(*(review(number) for number in range(20)))

    assert sorted(map(str, deployed.do(all_at_once))) == sorted(videos)


def test_what_somebody_has_left_wakes_a_worker_and_waits_again(deployed: Deployed) -> None:
    video_id = in_review(deployed, "a.mp4")
    clock = SetClock(SystemClock().now_ms() - 3_600_000)

    def by_another(work: Callable[[Deployment], Awaitable[Any]]) -> Any:
        return deployed.do(work)

    by_another(lambda deployment: claim_desk(deployment, always(HANDLING), clock).next(reviewing("gone")))
    assert deployed.cli("review", "next").exit_code == 4
    url = deployed.client("sqs").get_queue_url(QueueName=f"{deployed.name}-completion")["QueueUrl"]
    (tick,) = deployed.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert json.loads(tick["Body"]) == {"reelsift": "tick"}

    async def watch(deployment: Deployment) -> None:
        watching = ClaimWatch(
            review_items=deployment.review_items, faults=Faults(deployment.metrics), still_s=STILL_S, clock=clock
        )
        await watching.step()
        clock.move(STILL_S + 1)
        await watching.step()

    deployed.do(watch)
    assert printed(deployed, "next")[0]["video_id"] == video_id
