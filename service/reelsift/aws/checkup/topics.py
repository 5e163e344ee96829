"""The topics: Rekognition's completions have to arrive in the completion queue, alerts and alarms at somebody."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.mail import Outbox
from reelsift.aws.subscriptions import read_subscriptions
from reelsift.aws.table import Table
from reelsift.settings import Settings

if TYPE_CHECKING:
    from types_aiobotocore_sns.type_defs import SubscriptionTypeDef

UNMAILED_S = 120
"""An alert that may be mailed is, within seconds: after so long nobody does it, or SNS refuses it."""

_CONFIRM = (
    "each has to follow the link in the mail that AWS sent it; after 48 hours AWS forgets an address that has not:"
    " deploy again, or subscribe it anew"
)

_MISSING = "check the ARN among the settings, or deploy first"


@dataclass(frozen=True, slots=True)
class _Subscribers:
    """Who is subscribed to a topic. What is not confirmed gets nothing: AWS asks the owner of each address first."""

    confirmed: list["SubscriptionTypeDef"]
    pending: list["SubscriptionTypeDef"]


async def check_topics(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    completions, alerts = settings.completions_topic_arn, settings.alerts_topic_arn
    yield await guarded(
        f"topic {_name(completions)}", _check_completions(clients, settings, completions), missing=_MISSING
    )
    mail = settings.mail_topic_arn
    yield await guarded(f"topic {_name(alerts)}", _check_alerts(clients, alerts, mail), missing=_MISSING)
    if mail is not None:
        yield await guarded(f"topic {_name(mail)}", _check_mail(clients, settings, mail), missing=_MISSING)
    for arn, purpose in (
        (settings.urgent_topic_arn, "whoever is subscribed hears of the alarms that cannot wait"),
        (settings.ticket_topic_arn, "whoever is subscribed hears of the alarms that can wait for a day"),
        (settings.batches_topic_arn, "whoever is subscribed hears of the ends of batches"),
    ):
        if arn is not None:
            yield await guarded(f"topic {_name(arn)}", _check_subscribers(clients, arn, purpose), missing=_MISSING)


async def _check_completions(clients: Clients, settings: Settings, arn: str) -> Finding:
    subject = f"topic {_name(arn)}"
    own = clients.s3.meta.region_name
    if arn.split(":")[3] != own:
        return Finding(
            subject, Grade.BROKEN, f"is not in {own}", "Rekognition reports to topics of its own region only"
        )
    queue = settings.queue_name("completion")
    subscribers = await _subscribers(clients, arn)
    if not any(subscription["Endpoint"].endswith(f":{queue}") for subscription in subscribers.confirmed):
        return Finding(
            subject,
            Grade.BROKEN,
            f"has no confirmed subscription of queue {queue}",
            f"subscribe it, or deploy again: {arn}",
        )
    return Finding(subject, Grade.OK, f"there, delivers to {queue}")


async def _check_alerts(clients: Clients, arn: str, mail: str | None) -> Finding:
    subject = f"topic {_name(arn)}"
    subscribers = await _subscribers(clients, arn)
    everybody = [*subscribers.confirmed, *subscribers.pending]
    if mail is not None and any(subscription["Protocol"].startswith("email") for subscription in everybody):
        return Finding(
            subject,
            Grade.WARNING,
            "mail addresses are subscribed: each gets a mail for every video that is alerted",
            f"subscribe them to {mail} instead, which sends one mail a window at most",
        )
    if subscribers.confirmed:
        return _with_pending(Finding(subject, Grade.OK, "there, with subscribers"), subscribers)
    if mail is not None and (await _subscribers(clients, mail)).confirmed:
        reached = Finding(subject, Grade.OK, f"there; alerts reach people only, by {_name(mail)}")
        return _with_pending(reached, subscribers)
    nobody = Finding(
        subject,
        Grade.WARNING,
        "nobody receives the alerts",
        f"subscribe a queue or a function to {arn}" + (f", or an address to {mail}" if mail else ", or an address"),
    )
    return _with_pending(nobody, subscribers)


async def _check_mail(clients: Clients, settings: Settings, arn: str) -> Finding:
    finding = await _check_subscribers(
        clients, arn, "whoever is subscribed gets the first alert at once, then a digest"
    )
    outbox = Outbox(Table(clients.dynamodb, settings.table_name("outcomes")), clients.sns, arn)
    window, waiting = await outbox.read()
    patience_ms = int(max(settings.mail_window_s, UNMAILED_S) * 1000)
    due_ms = window.begun_ms if window.unfinished else window.due_at_ms
    if waiting and due_ms + patience_ms < time.time() * 1000:
        return Finding(
            finding.subject,
            Grade.WARNING,
            "alerts wait that nobody mails",
            "start a worker; where one runs, its log says of the loop `mail` what is refused",
        )
    return finding


async def _check_subscribers(clients: Clients, arn: str, purpose: str) -> Finding:
    subscribers = await _subscribers(clients, arn)
    state = "there, with subscribers" if subscribers.confirmed else f"there, without subscribers: {purpose}"
    return _with_pending(Finding(f"topic {_name(arn)}", Grade.OK, state), subscribers)


def _with_pending(finding: Finding, subscribers: _Subscribers) -> Finding:
    """The finding, and a warning of those who believe that they are subscribed and receive nothing."""
    if not subscribers.pending:
        return finding
    addresses = ", ".join(sorted(subscription["Endpoint"] for subscription in subscribers.pending))
    return replace(
        finding,
        grade=Grade.WARNING,
        state=f"{finding.state}; not confirmed yet, and so without any message: {addresses}",
        mend=_CONFIRM,
    )


async def _subscribers(clients: Clients, arn: str) -> _Subscribers:
    found = _Subscribers([], [])
    for subscription in await read_subscriptions(clients.sns, arn):
        if subscription["SubscriptionArn"].startswith("arn:"):
            found.confirmed.append(subscription)
        elif subscription["SubscriptionArn"] == "PendingConfirmation":
            found.pending.append(subscription)
    return found


def _name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]
