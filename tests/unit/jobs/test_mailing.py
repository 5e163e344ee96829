"""A mail that SNS refuses as wrong is tried a few times; then plain words take its place, and later alerts go out."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from reelsift.aws.mail import Outbox
from reelsift.domain.mail_digest import Mail, Mention
from reelsift.domain.video import ObjectRef
from reelsift.jobs.alerts.mailing import MOST_REFUSALS, Mailing
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.memory_stores import MemoryMetrics, settings
from support.memory_table import MemoryTable


@pytest.fixture(autouse=True)
def _no_tracebacks() -> Iterator[None]:
    with capture_logs():
        yield


class RefusedOutbox(Outbox):
    """`code` is what SNS says of every mail but those whose subject begins with `accepts`."""

    def __init__(self, code: str) -> None:
        super().__init__(MemoryTable("outcomes"), cast("Any", None), "topic")
        self.code = code
        self.accepts = "reelsift: 1 alerts"
        self.tried = 0
        self.sent: list[Mail] = []

    async def publish(self, mail: Mail, deployment: str) -> None:
        assert deployment == "reelsift"
        self.tried += 1
        if not mail.subject.startswith(self.accepts):
            raise ClientError({"Error": {"Code": self.code, "Message": "m"}}, "Publish")
        self.sent.append(mail)


class Office:
    def __init__(self, code: str) -> None:
        self.outbox = RefusedOutbox(code)
        self.clock = SetClock()
        self.metrics = MemoryMetrics()

    async def windows(self, times: int) -> None:
        """So many windows, each of another worker."""
        for _ in range(times):
            mailing = Mailing(
                outbox=self.outbox,
                metrics=self.metrics,
                faults=Faults(self.metrics),
                settings=settings(),
                stop=asyncio.Event(),
                timings=Timings(),
                clock=self.clock,
            )
            self.clock.move(61)
            with suppress(ClientError):
                await mailing.mail_due()


async def office(code: str) -> Office:
    made = Office(code)
    await made.outbox.note(
        Mention("a" * 32, ObjectRef("b", "k\x07.mp4"), "reject", ("Explicit",), "Explicit", 98.0, 1, 1, "title", "text")
    )
    return made


async def test_after_five_refusals_people_get_plain_words_and_the_outbox_is_empty() -> None:
    refused = await office("InvalidParameter")
    await refused.windows(MOST_REFUSALS + 3)
    assert [mail.subject for mail in refused.outbox.sent] == ["reelsift: 1 alerts"]
    assert refused.outbox.tried == MOST_REFUSALS + 1
    assert (await refused.outbox.read())[1] is False


async def test_where_the_plain_words_are_refused_too_later_alerts_still_get_their_turn() -> None:
    refused = await office("InvalidParameter")
    refused.outbox.accepts = "nothing"
    await refused.windows(MOST_REFUSALS)
    assert (await refused.outbox.read())[1] is False
    assert refused.metrics.counted["ProgramFailures",] == 2


async def test_an_outage_is_waited_out() -> None:
    away = await office("AuthorizationError")
    await away.windows(50)
    assert (away.outbox.sent, (await away.outbox.read())[1]) == ([], True)
