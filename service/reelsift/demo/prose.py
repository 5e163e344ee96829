"""What the demo says between its tables."""

from collections.abc import Callable
from decimal import Decimal

from reelsift.demo import cast, stage, written_answers
from reelsift.demo.findings import EndedBatch, Findings
from reelsift.domain.analysis import Analysis
from reelsift.domain.cost import minutes
from reelsift.domain.line import OutcomeStatus

OPENING = f"""\
Everything runs on this machine: an embedded cloud stands in for S3, SQS, SNS, DynamoDB and Rekognition Video. The \
commands, the workers and all that they write are the real ones.

All videos get content moderation, two of them text detection and segment detection (shots and cues) as well.

Rekognition is simulated: nothing looks at the pictures. Some of the videos have answers written for this demo beside \
them (ModerationModelVersion {written_answers.MODEL_VERSION}); for all others labels are invented from their names \
(7.0-simulated). The text of those two really stands in their pictures."""

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

CLOSER = f"""\
{len(cast.CLOSER)} of the videos have text in their pictures, and end in black. What is written there, and where their \
shots and cues are, are analyses of their own; the content moderation of these videos is neither repeated nor paid \
again."""

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

CONSOLE = "To decide such videos yourself, in the review console: make console"


def money(findings: Findings, price_of: Callable[[Analysis], Decimal]) -> list[tuple[str, str]]:
    """What the run would have cost by the cloud's own ledger, and what more had every line been analysed for itself.
    `price_of` gives US dollars a minute.
    """
    billed = {
        analysis: findings.ledger.billed_ms(analysis)
        for analysis in (Analysis.CONTENT_MODERATION, *cast.CLOSER_ANALYSES)
    }
    price = price_of(Analysis.CONTENT_MODERATION)
    shared = _answered_ms(findings, findings.first) - billed[Analysis.CONTENT_MODERATION]
    skipped = _answered_ms(findings, findings.second)
    return [
        *(
            ("" if number else "billed", f"{_amount(length_ms, price_of(analysis))}: {analysis.spec.title}")
            for number, (analysis, length_ms) in enumerate(billed.items())
        ),
        ("not paid twice", f"{_amount(shared, price)}: lines of one batch that share a video"),
        ("", f"{_amount(skipped, price)}: the same manifest once more"),
        ("list price", f"{price} USD a minute, as widely quoted (REELSIFT_PRICE_CONTENT_MODERATION)"),
    ]


def _answered_ms(findings: Findings, batch: EndedBatch) -> int:
    """The length of the videos that the lines of a batch got an answer for, a video as often as its lines."""
    answered = [outcome for outcome in batch.outcomes if outcome.status is not OutcomeStatus.FAILED]
    return sum(findings.jobs[outcome.video_id].result.billed_ms for outcome in answered if outcome.video_id)


def _amount(duration_ms: int, price: Decimal) -> str:
    return f"{minutes(duration_ms):.2f} minutes, {minutes(duration_ms) * price:.2f} USD"
