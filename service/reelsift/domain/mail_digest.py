"""Mail that a person can bear: one alert as it is, many as one digest."""

import heapq
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from reelsift.domain.message_text import MAX_SUBJECT, ascii_only, clock, console_url, escape, label_text, percent
from reelsift.domain.policy import Verdict
from reelsift.domain.video import ObjectRef

WORST = 10
"""Videos that a digest names: the most confident. More of them nobody reads."""

MAX_CATEGORIES = 20
"""Categories that a digest counts; version 7 of the taxonomy has ten."""

_AGAIN = (
    "An earlier mail with this number was begun and perhaps sent by a worker that did not live to note it: what that\n"
    "mail told may be told again here."
)


@dataclass(frozen=True, slots=True)
class Mention:
    """What mail tells of one alert: of itself `subject` and `text`, in a digest the rest.

    `settled_ms` is when the verdict was made (epoch milliseconds), `peak_ms` where in the video the label is most
    confident; None, and no label, where the alert was stored by a release that did not keep them.
    """

    alert_id: str
    ref: ObjectRef
    verdict: str
    categories: tuple[str, ...]
    label: str
    confidence: float
    peak_ms: int | None
    settled_ms: int
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to people as SNS takes it. Two mails with one `mail_id` may tell the same alerts."""

    mail_id: str
    subject: str
    text: str


class MailDigest:
    """Adds up any number of alerts in little memory: counts of all of them, and the worst."""

    def __init__(self) -> None:
        self.alerts = 0
        self._verdicts: Counter[str] = Counter()
        self._categories: Counter[str] = Counter()
        self._worst: list[Mention] = []
        self._since_ms = 0

    def add(self, mention: Mention) -> None:
        self.alerts += 1
        self._verdicts[mention.verdict] += 1
        self._categories.update(mention.categories)
        self._since_ms = min(self._since_ms or mention.settled_ms, mention.settled_ms)
        self._worst = heapq.nsmallest(WORST, [*self._worst, mention], key=_gravity)

    def mail(self, mail_id: str, *, deployment: str, region: str, again: bool = False, more: bool = False) -> Mail:
        """The full text of a single alert, and a digest of several.

        `again` says that a mail of this number may have been sent before, `more` that others wait to be told in the
        next. Raises ValueError where there is nothing to tell.
        """
        if not self.alerts:
            raise ValueError("a mail has an alert to tell of")
        end = [f"Mail:          {mail_id}", *([_AGAIN] if again else [])]
        if self.alerts == 1:
            only = self._worst[0]
            return Mail(mail_id, only.subject, only.text + "\n".join(end) + "\n")
        lines = [*self._counts(deployment, more=more), *self._most_confident(region), *self._where_to_look(), *end]
        return Mail(mail_id, self._subject(deployment), "\n".join(lines) + "\n")

    def bare(self, mail_id: str, *, deployment: str) -> Mail:
        """That there are alerts, and no word that came with them: for a topic that refuses their mail as wrong."""
        text = f"{self.alerts} alerts were raised. SNS refuses the mail that tells of them; they are with the videos."
        return Mail(mail_id, f"reelsift: {self.alerts} alerts", f"{text}\n\n{deployment}\nMail: {mail_id}\n")

    def _subject(self, deployment: str) -> str:
        worst = self._worst[0]
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in _ranked(self._verdicts))
        name = deployment if deployment.startswith("reelsift") else f"reelsift {deployment}"
        start = f"{name}: {self.alerts} alerts ({verdicts}); worst {percent(worst.confidence)} "
        subject = start + ascii_only(worst.label.rpartition(" > ")[2])
        return subject if len(subject) <= MAX_SUBJECT else subject[: MAX_SUBJECT - 3].rstrip() + "..."

    def _counts(self, deployment: str, *, more: bool) -> list[str]:
        when = datetime.fromtimestamp(self._since_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        categories = _ranked(self._categories)
        lines = [
            f"{self.alerts} alerts were raised by {escape(deployment)} since {when} UTC."
            + (" More wait to be told in the next mail." if more else ""),
            "",
            "By verdict:",
            *(f"  {count:>7}  {escape(verdict)}" for verdict, count in _ranked(self._verdicts)),
            "",
            "By category (a video may show several):",
            *(f"  {count:>7}  {label_text(category)}" for category, count in categories[:MAX_CATEGORIES]),
        ]
        if len(categories) > MAX_CATEGORIES:
            lines.append(f"  and {len(categories) - MAX_CATEGORIES} categories more")
        return lines

    def _most_confident(self, region: str) -> list[str]:
        lines = ["", "The most confident:"]
        for mention in self._worst:
            where = "" if mention.peak_ms is None else f" at {clock(mention.peak_ms)}"
            label = label_text(mention.label or "a label")
            lines += [
                f"  {percent(mention.confidence)}  {label}{where} ({escape(mention.verdict)})",
                f"    {escape(mention.ref.uri)}",
                f"    {console_url(mention.ref, region)}",
            ]
        if self.alerts > len(self._worst):
            lines.append(f"  and {self.alerts - len(self._worst)} videos more")
        return lines

    def _where_to_look(self) -> list[str]:
        """The commands that list them all; a video that is alerted and approved is in no index of verdicts."""
        since = datetime.fromtimestamp(self._since_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        listed = [verdict for verdict in (Verdict.REJECT, Verdict.REVIEW) if self._verdicts[verdict]]
        commands = [f"All of them:   reelsift search --verdict {verdict} --since {since}" for verdict in listed]
        return ["", *commands, "One of them:   reelsift show s3://bucket/key"]


def _gravity(mention: Mention) -> tuple[float, str]:
    return (-mention.confidence, mention.alert_id)


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; of equals in the order of the alphabet, so that the same alerts make the same mail."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
