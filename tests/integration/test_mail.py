"""Mail for people: the first alert at once, then at most one mail a window, and nothing lost."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.mail import Outbox
from reelsift.domain.alert import Alert, alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import LineId
from reelsift.domain.mail_digest import Mention
from reelsift.domain.policy import Peak, Verdict
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict, alert_id
from reelsift.jobs.alerts import mailing as mailing_module
from reelsift.jobs.alerts.mailing import Mailing
from reelsift.runtime.clock import Clock, SystemClock, now_ms
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support.clocks import SetClock, WrongClock
from support.deployed_cloud import DEPLOYMENT
from support.forks import Forks
from support.jobs import make_job
from support.parts import mailing_of, publisher_of
from support.patience import PATIENCE_S
from support.world import ALERTING, World, eventually

WINDOW_S = 0.6


@pytest.fixture
def name(cloud: CloudProcess, forks: Forks, monkeypatch: pytest.MonkeyPatch) -> str:
    """The deployment of the cloud, which this process' environment names."""
    aws = {variable: value for variable, value in cloud.env.items() if variable.startswith("AWS_")}
    settings = forks.deployed().settings
    own = {"AWS_REGION": "us-east-1", "REELSIFT_MAIL_WINDOW_S": str(WINDOW_S)}
    for variable, value in {**aws, **own, **settings}.items():
        monkeypatch.setenv(variable, value)
    return DEPLOYMENT


@dataclass(frozen=True)
class Received:
    """A mail as a subscriber has it, and when it was sent (epoch seconds)."""

    subject: str
    text: str
    mail_id: str
    sent: float

    @property
    def alerts(self) -> int:
        digest = re.match(r"(\d+) alerts were raised", self.text)
        return int(digest.group(1)) if digest else 1


class Office:
    """A deployment with queues behind its topics, in which a test reads what was sent."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self._queues: dict[str, str] = {}
        self._received: dict[str, list[dict[str, Any]]] = {"mail": [], "alerts": []}

    async def subscribe(self) -> None:
        sqs, settings = self.deployment.clients.sqs, self.deployment.settings
        for kind, topic in (("mail", settings.mail_topic_arn), ("alerts", settings.alerts_topic_arn)):
            if topic is None:
                continue
            self._queues[kind] = (await sqs.create_queue(QueueName=f"{settings.deployment}-{kind}-seen"))["QueueUrl"]
            answer = await sqs.get_queue_attributes(QueueUrl=self._queues[kind], AttributeNames=["QueueArn"])
            arn = answer["Attributes"]["QueueArn"]
            await self.deployment.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    async def _messages(self, kind: str) -> list[dict[str, Any]]:
        sqs = self.deployment.clients.sqs
        while messages := (
            await sqs.receive_message(QueueUrl=self._queues[kind], MaxNumberOfMessages=10, VisibilityTimeout=600)
        ).get("Messages"):
            self._received[kind] += [json.loads(message["Body"]) for message in messages]
        return self._received[kind]

    async def mails(self) -> list[Received]:
        return sorted(
            (
                Received(
                    one["Subject"],
                    one["Message"],
                    one["MessageAttributes"]["mail_id"]["Value"],
                    sent(one["Timestamp"]),
                )
                for one in await self._messages("mail")
            ),
            key=lambda mail: mail.sent,
        )

    async def alerts(self) -> list[str]:
        return [one["MessageAttributes"]["alert_id"]["Value"] for one in await self._messages("alerts")]

    def mailing(
        self, stop: asyncio.Event, clock: Clock = SystemClock(), deployment: str = DEPLOYMENT
    ) -> tuple[Outbox, Mailing]:
        """The mail of one worker, which knows nothing of another's; `deployment` is what mails call it."""
        own = self.deployment.outbox
        assert own is not None
        outbox = Outbox(own.table, own.client, own.topic_arn)
        settings = self.deployment.settings.model_copy(update={"deployment": deployment})
        return outbox, mailing_of(replace(self.deployment, settings=settings), outbox, stop, clock)

    async def waiting(self) -> int:
        assert self.deployment.outbox is not None
        return len([mention async for mention in self.deployment.outbox.waiting(1000)])

    async def told(self, alerts: int, what: str) -> list[Received]:
        """The mails, once they have told of so many alerts and nothing waits any more."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            mails = await self.mails()
            if sum(mail.alerts for mail in mails) >= alerts and not await self.waiting():
                return mails
            if time.monotonic() > deadline:
                raise AssertionError(what, mails)
            await asyncio.sleep(0.05)


def sent(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()


def told_once(mails: list[Received]) -> int:
    """How many alerts were told, but for mails that may tell again what another worker was too slow to take out."""
    return sum(mail.alerts for mail in mails if "perhaps sent" not in mail.text)


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Office]:
    settings = load_settings()
    assert settings.deployment == name
    async with open_deployment(settings) as deployment:
        office = Office(deployment)
        await office.subscribe()
        yield office


@asynccontextmanager
async def running(*mailings: Mailing, stop: asyncio.Event) -> AsyncIterator[None]:
    """Runs them as loops do, faults and all."""

    async def loop(mailing: Mailing) -> None:
        while not stop.is_set():
            try:
                await mailing.step()
            except ClientError:
                await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(loop(mailing)) for mailing in mailings]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def mention(number: int, confidence: float = 96) -> Mention:
    return Mention(
        alert_id=f"{number:032x}",
        ref=ObjectRef("clips", f"{number}.mp4"),
        verdict="reject" if number % 3 else "review",
        categories=("Violence",),
        label="Violence > Gore",
        confidence=confidence,
        peak_ms=500,
        settled_ms=now_ms(),
        subject=f"alert {number}",
        text=f"The full text of alert {number}.\n",
    )


async def test_the_first_alert_is_mailed_at_once_and_what_follows_in_the_window_as_one_digest(
    name: str,
) -> None:
    stop, clock = asyncio.Event(), SetClock()
    async with opened(name) as office:
        outbox, mailing = office.mailing(stop, clock, "clips")
        async with running(mailing, stop=stop):
            await outbox.note(mention(0))
            first = await office.told(1, "the first mail")
            assert first[0].text.startswith("The full text of alert 0.\n")
            for number in range(1, 8):
                await outbox.note(mention(number))
            assert len(await office.mails()) == 1, "the window is closed"
            clock.move(WINDOW_S)
            mails = await office.told(8, "the digest")
    assert [mail.alerts for mail in mails] == [1, 7]
    assert mails[1].subject.startswith("reelsift clips: 7 alerts (5 reject, 2 review)")
    assert mails[0].mail_id != mails[1].mail_id


async def test_a_single_alert_of_a_later_window_is_mailed_in_full(name: str) -> None:
    stop = asyncio.Event()
    async with opened(name) as office:
        outbox, mailing = office.mailing(stop)
        async with running(mailing, stop=stop):
            for number in range(2):
                await outbox.note(mention(number))
                await outbox.note(mention(number))  # a close that was repeated
                mails = await office.told(number + 1, "a mail of its own")
    assert [mail.subject for mail in mails] == ["alert 0", "alert 1"]


def flagged(number: int) -> tuple[Job, Alert]:
    """A job that has just been settled, and the alert of its video."""
    video = Video("clips", f"{number}.mp4", f"{number:032x}", size=1)
    peak = Peak(Analysis.CONTENT_MODERATION, "Gore", ("Violence",), 96.5, 500, 95.0, ((0, 500),))
    line = LineId("direct-2026-11-22", f"{number}", 0)
    now = now_ms()
    job = make_job(
        video=video,
        analysis=Analysis.CONTENT_MODERATION,
        attempt=1,
        state=JobState.SETTLED,
        by=line,
        model_settings="m",
        created_ms=now,
        due_at_ms=now,
        ended_ms=now,
        settled_ms=now,
    )
    basis = Basis({Analysis.CONTENT_MODERATION: 1}, "policy")
    verdict = VideoVerdict(video, Verdict.REJECT, (), basis, (peak,), judged_ms=now)
    return job, alert([peak], alert_id=alert_id(video.video_id, basis, [peak]), verdict=verdict, deployment="reels")


async def test_a_storm_of_alerts_is_few_mails_that_tell_of_all_and_programs_get_every_one(name: str) -> None:
    stop = asyncio.Event()
    storm = 300
    async with opened(name) as office:
        deployment = office.deployment
        publisher = publisher_of(deployment)
        mailings = [office.mailing(stop)[1] for _ in range(2)]
        assert deployment.outbox is not None
        mailings.append(mailing_of(deployment, deployment.outbox, stop))
        async with running(*mailings, stop=stop):
            began = time.monotonic()
            for start in range(0, storm, 30):
                jobs = [flagged(number) for number in range(start, start + 30)]
                await asyncio.gather(*(publisher.settled(job, [its_alert]) for job, its_alert in jobs))
            mails = await office.told(storm, "all alerts told")
            lasted_s = time.monotonic() - began
        assert len(set(await office.alerts())) == storm
    assert told_once(mails) <= storm
    assert len(mails) <= lasted_s / WINDOW_S + 2


async def test_clocks_that_disagree_by_hours_neither_flood_nor_delay(name: str) -> None:
    hour_ms = 3_600_000
    stop, stop_fast = asyncio.Event(), asyncio.Event()
    async with opened(name) as office:
        offices = [
            office.mailing(stop_fast, WrongClock(hour_ms)),
            office.mailing(stop, WrongClock(-hour_ms)),
            office.mailing(stop),
        ]
        fast, slow, right = (mailing for _, mailing in offices)
        async with (
            running(fast, stop=stop_fast),
            running(slow, stop=stop),
            running(right, stop=stop),
        ):
            began = time.monotonic()
            for number in range(20):
                await offices[number % 3][0].note(mention(number))
                await asyncio.sleep(WINDOW_S / 10)
            # What it has written is believed by nobody once it is gone.
            stop_fast.set()
            for number in range(20, 40):
                await offices[1 + number % 2][0].note(mention(number))
                await asyncio.sleep(WINDOW_S / 10)
            mails = await office.told(40, "all told")
            lasted_s = time.monotonic() - began
    # Each process may believe the time of the last mail once, at its first look.
    assert len(mails) <= lasted_s / WINDOW_S + 1 + len(offices)
    assert told_once(mails) <= 40


async def test_an_outage_of_the_mail_topic_loses_nothing_and_ends_in_one_digest(name: str, cloud: CloudProcess) -> None:
    stop = asyncio.Event()
    async with opened(name) as office:
        outbox, mailing = office.mailing(stop)
        rule = {"body_contains": f"{name}-mail", "code": "AuthorizationError", "status": 403}
        outage = cloud.add_fault("error", service="sns", operation="Publish", **rule)

        async def refused(times: int) -> None:
            while cloud.fault(outage)["hits"] < times:  # noqa: ASYNC110 - the cloud is another process
                await asyncio.sleep(0.05)

        async with running(mailing, stop=stop):
            await outbox.note(mention(0))
            await refused(2)
            for number in range(1, 60):
                await outbox.note(mention(number))
            # What was being mailed just now was read before the last of them.
            await refused(cloud.fault(outage)["hits"] + 2)
            assert await office.mails() == []
            cloud.clear_faults()
            mails = await office.told(60, "the digest")
    assert [mail.alerts for mail in mails] == [60]
    assert "perhaps sent" in mails[0].text


async def test_what_one_mail_cannot_tell_comes_with_the_next(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing_module, "ALERTS_A_MAIL", 60)
    stop = asyncio.Event()
    async with opened(name) as office:
        outbox, mailing = office.mailing(stop)
        for number in range(130):
            await outbox.note(mention(number))
        async with running(mailing, stop=stop):
            mails = await office.told(130, "all told")
    assert [mail.alerts for mail in mails] == [60, 60, 10]
    assert ["More wait" in mail.text for mail in mails] == [True, True, False]


async def test_a_stopping_worker_mails_its_last_alerts_and_survives_an_outage_in_that(
    name: str, cloud: CloudProcess
) -> None:
    async with opened(name) as office:
        outbox, mailing = office.mailing(asyncio.Event())
        await outbox.note(mention(0))
        cloud.add_fault("error", service="sns", operation="Publish", times=1, code="AuthorizationError", status=403)
        await mailing.drain()
        assert await office.waiting() == 1
        _, another = office.mailing(asyncio.Event())
        await asyncio.sleep(WINDOW_S)
        await another.drain()
        assert [mail.alerts for mail in await office.mails()] == [1]


async def test_idle_workers_ask_little_and_nothing_while_the_window_is_closed(
    name: str, cloud: CloudProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSIFT_MAIL_WINDOW_S", "30")
    async with opened(name) as office:
        outbox, mailing = office.mailing(asyncio.Event())
        await outbox.note(mention(0))
        await mailing.mail_due()
        await outbox.note(mention(1))
        cloud.clear_requests()
        for _ in range(20):
            await mailing.mail_due()
        assert cloud.requests().get("dynamodb", {}) == {}
        assert len(await office.mails()) == 1


async def test_where_there_is_no_mail_topic_nothing_is_kept_for_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELSIFT_MAIL_TOPIC_ARN")
    async with opened(name) as office:
        deployment = office.deployment
        assert deployment.outbox is None
        job, its_alert = flagged(0)
        await publisher_of(deployment).settled(job, [its_alert])
        rows = [row async for row in deployment.outcomes.table.scan()]
        assert [row for row in rows if row["batch"].startswith("mail")] == []


@pytest.mark.process
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_a_killed_worker_was_about_to_mail_another_mails(when: str, worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName="mail-seen")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    world.client("sns").subscribe(TopicArn=world.env["REELSIFT_MAIL_TOPIC_ARN"], Protocol="sqs", Endpoint=arn)
    mails: list[dict[str, Any]] = []

    def receive() -> None:
        while messages := sqs.receive_message(QueueUrl=url, VisibilityTimeout=600).get("Messages"):
            mails.extend(json.loads(message["Body"]) for message in messages)

    hold = world.cloud.add_fault(
        "hold", times=1, service="sns", operation="Publish", body_contains="reelsift-mail", when=when
    )
    world.put_video("a.mp4", answer=ALERTING)
    world.send_video("a.mp4")
    first = world.worker(mail_window_s="1")
    eventually(lambda: world.cloud.held(hold), "a mail that is about to be sent, or just was")
    first.kill()
    world.cloud.release(hold)
    world.put_video("b.mp4", answer=ALERTING, seed=1)
    world.send_video("b.mp4")
    world.worker(mail_window_s="1")
    world.settle(lines=2)

    def told() -> bool:
        receive()
        return all(any(f"/{key}" in mail["Message"] for mail in mails) for key in ("a.mp4", "b.mp4"))

    eventually(told, "both alerts in mails")
    eventually(lambda: len([row for row in world.rows("outcomes") if row["batch"] == "mail##outbox"]) == 1, "all told")
    again = [mail for mail in mails if "/a.mp4" in mail["Message"]]
    # Killed after the mail was out it is told again, by a mail that bears its number and says so.
    assert len({mail["MessageAttributes"]["mail_id"]["Value"] for mail in again}) == 1
    assert "perhaps sent" in again[-1]["Message"]
