"""Completions, and the JobTag by which each finds its job."""

from fuzz.events import events
from fuzz.target import Target, hold, hold_words, text_of
from reelsift.domain.job import job_tag, parse_job_tag
from reelsift.manifests.notification import Completion, parse_completions
from reelsift.manifests.parsed import RejectedMessage


def check(data: bytes) -> None:
    """Every body is a completion or a refusal; a tag of this deployment is read as the attempt that it was made of."""
    found = parse_completions(text_of(data))
    hold("a body says something", where=bool(found))
    for parsed in found[:20]:
        match parsed:
            case Completion():
                hold("a JobId can be asked for", where=1 <= len(parsed.job_id) <= 64 and parsed.job_id.isascii())
                attempt = parse_job_tag("reelsift", parsed.job_tag)
                if attempt is not None:
                    hold("a tag is read as written", where=parse_job_tag("d", job_tag("d", attempt)) == attempt)
            case RejectedMessage(_, message):
                hold_words(message)


TARGET = Target(
    check,
    seeds=[
        *events("completion", "sns"),
        (
            b'{"JobId":"a","Status":"SUCCEEDED","API":"StartLabelDetection",'
            b'"JobTag":"reelsift:0123456789abcdef0123456789abcdef01234567:labels:1"}'
        ),
    ],
    is_json=True,
    words=("JobId", "Status", "API", "JobTag", "Timestamp", "S3ObjectName", "Records", "Sns", "Message", "reelsift:"),
)
