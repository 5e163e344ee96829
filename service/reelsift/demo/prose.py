"""What the demo says between its tables."""

from decimal import Decimal

from reelsift.demo import cast, stage, written_answers
from reelsift.demo.findings import EndedBatch, Findings
from reelsift.domain.cost import minutes
from reelsift.domain.line import OutcomeStatus

OPENING = f"""\
Everything runs on this machine: an embedded cloud stands in for S3, SQS, SNS, DynamoDB and Rekognition Video. The \
commands, the workers and all that they write are the real ones.

Rekognition is simulated: nothing looks at the pictures. Some of the videos have an answer written for this demo \
beside them (ModerationModelVersion {written_answers.MODEL_VERSION}); for all others labels are invented from their \
names (7.0-simulated)."""

CAST = f"""\
{cast.LINES} lines: {len(cast.FILMS)} videos, real H.264 files of {min(film.seconds for film in cast.FILMS):g} to \
{max(film.seconds for film in cast.FILMS):g} s with blanks, +, %, a comma, accents and kanji in their keys; \
{len(cast.AGAIN)} lines name one of them again; {cast.BAD_LINES} cannot work."""

HANDED_OVER = f"""\
{stage.WORKERS} workers and {stage.QUOTA} analyses at a time, since the account's quota is {stage.QUOTA}; they asked \
Service Quotas. An analysis takes {stage.JOB_FACTOR:g} s for each second of video."""

VERDICTS = """\
By the built-in policy. "labels" tells where they come from: fictional answers were written for this demo, simulated \
ones are invented from the video's name."""

FAILED = "The lines that failed, each with its own reason:"

ONCE_MORE = "What succeeded is known and skipped, what failed is tried again, and nothing is paid."

MAIL = "As it came to a queue that is subscribed to the alerts topic; a mail would read the same.\n"

REPORT_PAGE = "Open {name} in a browser: outcomes, labels, and a timeline of each video that somebody has to look at."

NEXT = (
    ("README.md", "what reelsift is, and how to run it on your own account"),
    ("docs/architecture.md", "how it keeps what it promises"),
    ("docs/operations.md", "what to do when something goes wrong"),
    ("reelsift local up", "this cloud again, to try commands of your own in"),
    ("reelsift --help", "all commands"),
)


def money(findings: Findings, price: Decimal) -> list[tuple[str, str]]:
    """What the run would have cost, and what more had every line been analysed for itself. `price` is US dollars a
    minute.
    """
    billed = findings.ledger.summary["billed_ms"]
    shared = _answered_ms(findings, findings.first) - billed
    skipped = _answered_ms(findings, findings.second)
    return [
        ("billed", f"{_amount(billed, price)}, by the cloud's own ledger"),
        ("not paid twice", f"{_amount(shared, price)}: lines of one batch that share a video"),
        ("", f"{_amount(skipped, price)}: the second batch"),
        ("list price", f"{price} USD a minute, as widely quoted (REELSIFT_PRICE_CONTENT_MODERATION)"),
    ]


def _answered_ms(findings: Findings, batch: EndedBatch) -> int:
    """The length of the videos that the lines of a batch got an answer for, a video as often as its lines."""
    answered = [outcome for outcome in batch.outcomes if outcome.status is not OutcomeStatus.FAILED]
    return sum(findings.jobs[outcome.video_id].result.billed_ms for outcome in answered if outcome.video_id)


def _amount(duration_ms: int, price: Decimal) -> str:
    return f"{minutes(duration_ms):.2f} minutes, {minutes(duration_ms) * price:.2f} USD"
