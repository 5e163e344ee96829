"""Mail for people: an outbox of alerts in the outcomes table, the window that bounds its mails, and their topic."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.mail_digest import Mail, Mention
from reelsift.domain.video import ObjectRef

if TYPE_CHECKING:
    from types_aiobotocore_sns.client import SNSClient

PAGE = 50
"""Alerts read at a time: an alert's full text may be long."""

_OUTBOX = "mail##outbox"
"""`#` cannot stand in a batch's name, two of them in a row in no outcome's partition."""

_WINDOW = "!window"
"""Before every alert's id, which is hexadecimal: one query sees the window, and whether anything waits."""


@dataclass(frozen=True, slots=True)
class Window:
    """Who may mail, and when.

    `claim` counts the mails begun, and the next may be begun at `due_at_ms` (epoch milliseconds, by the clock of
    whoever began the last). `unfinished` says that alerts of the last mail may still stand in the outbox. `begun_ms` is
    when a mail of its number was begun first: long ago, where SNS refuses it again and again. `refusals` is how often
    SNS has refused its text as wrong.
    """

    claim: int = 0
    due_at_ms: int = 0
    begun_ms: int = 0
    mail_id: str = ""
    unfinished: bool = False
    refusals: int = 0


class Outbox:
    """Alerts that are still to be mailed. `noted` is set where this process has put one in."""

    def __init__(self, table: Table, client: "SNSClient", topic_arn: str) -> None:
        self.table = table
        self.client = client
        self.topic_arn = topic_arn
        self.noted = asyncio.Event()

    async def note(self, mention: Mention) -> None:
        """Put an alert in; one that is in already stays one."""
        await self.table.put(_row(mention))
        self.noted.set()

    async def read(self) -> tuple[Window, bool]:
        """The window, and whether an alert waits."""
        rows = [row async for row in self.table.query("#batch = :batch", limit=2, batch=_OUTBOX)]
        if rows and rows[0]["line"] == _WINDOW:
            return _window(rows[0]), len(rows) > 1
        return Window(), bool(rows)

    async def claim(self, window: Window, *, now_ms: int, due_at_ms: int) -> Window:
        """Take the right to mail until `due_at_ms`. Raises ConditionFailed where another worker has taken it.

        The mail has a number of its own. Where the last one was not finished it has that one's: it may repeat it.
        """
        claimed = Window(
            claim=window.claim + 1,
            due_at_ms=due_at_ms,
            begun_ms=window.begun_ms if window.unfinished else now_ms,
            mail_id=window.mail_id if window.unfinished else uuid.uuid4().hex[:16],
            unfinished=True,
            refusals=window.refusals if window.unfinished else 0,
        )
        await self.table.put(
            {
                **_key(_WINDOW),
                "claim": claimed.claim,
                "due_at_ms": claimed.due_at_ms,
                "begun_ms": claimed.begun_ms,
                "mail_id": claimed.mail_id,
                "unfinished": claimed.unfinished,
                "refusals": claimed.refusals,
            },
            "#claim = :was" if window.claim else "attribute_not_exists(#claim)",
            **({"was": window.claim} if window.claim else {}),
        )
        return claimed

    async def waiting(self, limit: int) -> AsyncIterator[Mention]:
        """Alerts that wait, read consistently, so many at most."""
        after, remaining = _WINDOW, limit
        while remaining > 0:
            page = [
                _mention(row)
                async for row in self.table.query(
                    "#batch = :batch AND #line > :after", limit=min(PAGE, remaining), batch=_OUTBOX, after=after
                )
            ]
            for mention in page:
                yield mention
            if len(page) < min(PAGE, remaining):
                return
            after, remaining = page[-1].alert_id, remaining - len(page)

    async def forget(self, bucket: str, key: str) -> None:
        """Take out the alerts of an object that were not mailed yet."""
        rows = self.table.query(
            "#batch = :batch AND #line > :after",
            filter_expression="#bucket = :bucket AND #key = :key",
            batch=_OUTBOX,
            after=_WINDOW,
            bucket=bucket,
            key=key,
        )
        await self.table.write_many(deletes=[_key(row["line"]) async for row in rows])

    async def publish(self, mail: Mail, deployment: str) -> None:
        """Send a mail to everybody who is subscribed."""
        attributes = {"deployment": deployment, "mail_id": mail.mail_id}
        await self.client.publish(
            TopicArn=self.topic_arn,
            Subject=mail.subject,
            Message=mail.text,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    async def note_refusal(self, window: Window) -> None:
        """Note that SNS has refused the text of the mail of this claim."""
        with suppress(ConditionFailed):
            await self.table.update(
                _key(_WINDOW),
                "SET #refusals = :refusals",
                "#claim = :claim",
                refusals=window.refusals + 1,
                claim=window.claim,
            )

    async def finish(self, window: Window, alert_ids: Sequence[str]) -> None:
        """Take out the alerts that were mailed, and note that the mail of this claim is finished."""
        await self.table.write_many(deletes=[_key(alert_id) for alert_id in alert_ids])
        with suppress(ConditionFailed):
            await self.table.update(
                _key(_WINDOW), "SET #unfinished = :unfinished", "#claim = :claim", unfinished=False, claim=window.claim
            )


def _key(line: str) -> dict[str, str]:
    return {"batch": _OUTBOX, "line": line}


def _window(row: dict[str, Any]) -> Window:
    return Window(
        row["claim"], row["due_at_ms"], row["begun_ms"], row["mail_id"], row["unfinished"], row.get("refusals", 0)
    )


def _row(mention: Mention) -> dict[str, Any]:
    return {
        **_key(mention.alert_id),
        "bucket": mention.ref.bucket,
        "key": mention.ref.key,
        "verdict": mention.verdict,
        "categories": list(mention.categories),
        "label": mention.label,
        "confidence": mention.confidence,
        "peak_ms": mention.peak_ms,
        "settled_ms": mention.settled_ms,
        "subject": mention.subject,
        "text": mention.text,
    }


def _mention(row: dict[str, Any]) -> Mention:
    return Mention(
        alert_id=row["line"],
        ref=ObjectRef(row["bucket"], row["key"]),
        verdict=row["verdict"],
        categories=tuple(row["categories"]),
        label=row["label"],
        confidence=float(row["confidence"]),
        peak_ms=row.get("peak_ms"),
        settled_ms=row["settled_ms"],
        subject=row["subject"],
        text=row["text"],
    )
