"""What a reason code means, and what can be done about it: what operations.md says, for readers of the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from reelsift.domain.failure import COST_UNKNOWN, Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.reports import wording


@dataclass(frozen=True, slots=True)
class Explanation:
    """A reason in a sentence each: what it means, and what to do (empty where there is nothing to do)."""

    meaning: str
    remedy: str = ""


EXPLANATIONS: Mapping[str, Explanation] = {
    Reason.BAD_LINE: Explanation(
        "The row of the list could not be read.", "Mend the row; keys in CSV are URL-encoded. Then submit it again."
    ),
    Reason.BAD_MESSAGE: Explanation("A message of no known kind came from the queue.", "Mend whatever sends it."),
    Reason.BUCKET_NOT_ALLOWED: Explanation(
        "The bucket is not among those this deployment may read.", "Add it to the data buckets, if it should be read."
    ),
    Reason.KEY_NOT_ALLOWED: Explanation(
        "The object is encrypted with a KMS key that this deployment may not use.",
        "Add the key to data_bucket_kms_key_arns and deploy; then retry these lines.",
    ),
    Reason.OBJECT_MISSING: Explanation(
        "S3 has no such object or version.", "Compare the key with S3; in CSV a + is a space and %2B a plus."
    ),
    Reason.ACCESS_DENIED: Explanation(
        "The object may not be read.", "Allow GetObject and ListBucket on the bucket, and its KMS key."
    ),
    Reason.WRONG_REGION: Explanation(
        "The bucket lies in another region, where Rekognition cannot read it.", "Deploy reelsift in that region."
    ),
    Reason.ARCHIVED: Explanation(
        "The object is archived (Glacier, Deep Archive, an archive tier of Intelligent-Tiering) and not restored.",
        "Restore it, then retry these lines.",
    ),
    Reason.CUSTOMER_KEY: Explanation(
        "The object is encrypted with a key of the customer's own (SSE-C), which Rekognition cannot be given.",
        "Copy it under SSE-S3 or SSE-KMS, and submit the copy.",
    ),
    Reason.EMPTY_OBJECT: Explanation("The object has no bytes.", "Upload the video again, or leave it out."),
    Reason.TOO_LARGE: Explanation(
        "The video is larger than 10 GB or longer than Rekognition takes.", "Cut it to at most 10 GB and 6 hours."
    ),
    Reason.OBJECT_CHANGED: Explanation(
        "The object changed while it was analysed, again and again.",
        "Submit it once nobody writes to it any more, or turn the bucket's versioning on.",
    ),
    Reason.S3_FAILED: Explanation(
        "S3 failed over the object for an hour, while it answered about others.",
        "Try to read the object; write it anew if that fails, then retry these lines.",
    ),
    Reason.INVALID_OBJECT: Explanation(
        "Rekognition could not get at the object.", "Look at its permissions and its KMS key."
    ),
    Reason.UNSUPPORTED_CODEC: Explanation(
        "The video is not H.264 in MP4 or MOV.", "Convert it, or leave it out; then submit it again."
    ),
    Reason.INVALID_REQUEST: Explanation(
        "Rekognition refused the request itself: topic, role or parameters.", "Run reelsift doctor."
    ),
    Reason.REKOGNITION_FAILED: Explanation(
        "Rekognition failed over the video for reasons of its own, again and again.",
        "Retry these lines later. Where the message says that it may have been billed, that pays again.",
    ),
    Reason.RESULT_EXPIRED: Explanation(
        "Nobody read the answer for 7 days, then Rekognition forgot it. It was paid.",
        "Keep workers running; retry these lines, which pays again.",
    ),
    Reason.ANSWER_REFUSED: Explanation(
        "The recorded answer was not brought in: the message says why it is none about this object.",
        "Mend the row or the answer and import it again, or submit the video.",
    ),
    Reason.START_UNKNOWN: Explanation(
        "Whether the analysis was started cannot be known; perhaps it was paid.",
        "Compare with the bill, then submit these lines again with --again.",
    ),
    Reason.GAVE_UP: Explanation(
        "Workers died or failed over the line again and again, or its queue or somebody gave it up.",
        "Look for message_failed, job_failed and aws_unavailable in the logs, mend that, then redrive or retry.",
    ),
    Reason.INTERNAL_ERROR: Explanation(
        "Rekognition answered what it should not.", "Report it as a bug, with the line's message."
    ),
    Reason.ALREADY_ANALYSED: Explanation(
        "This content was analysed before, with the same settings. Nothing was paid.",
        "Nothing; --again analyses it anew.",
    ),
    Reason.FILTERED: Explanation("The line does not pass the filters of the batch. Nothing was paid."),
    Reason.CANCELLED: Explanation(
        "The batch was cancelled before the line was started. Nothing was paid.",
        "Submit it again, if wanted after all.",
    ),
    Reason.MAX_COST: Explanation(
        "Starting the line could have passed the maximum cost. Nothing was paid.",
        "Submit the list again with a higher --max-cost: what is done is skipped.",
    ),
    Reason.RESULT_GONE: Explanation(
        "A stored result that the verdict rests on was deleted: the video kept its verdict.",
        "Nothing, or analyse it again with --again, which pays again.",
    ),
    Reason.POLICY_CHANGED: Explanation(
        "Another version of the policy went live during the re-evaluation. What was judged until then stands.",
        "Run reelsift reevaluate again: it acts by the version that is live.",
    ),
    Reason.SEALED: Explanation("The video is sealed: only specialists see and decide it. Nothing was started."),
    Reason.PARTLY_FAILED: Explanation(
        "The analyses that the line must have are there; another that it asked for failed, as its message says.",
        "Retry these lines with --reason partly_failed: only what failed is started, and paid.",
    ),
    Reason.IMPORTED: Explanation("A recorded answer was brought in. Nothing was started or paid."),
    Reason.SHARED: Explanation(
        "The content is identical to that of another object (SHA-256), whose analysis it shares. Nothing was paid."
    ),
}

_SUCCESS = Explanation("Analysed; a result is there.")
_OTHER = Explanation("", "The reason codes stand in operations.md.")


def unknown_cost(endings: Mapping[tuple[str, str], int]) -> str:
    """What the money of a report leaves out, in a sentence without its point; empty where it leaves out nothing.
    `endings` counts lines by status and reason.
    """
    failed = sum(
        lines
        for (status, reason), lines in endings.items()
        if (status == OutcomeStatus.FAILED and reason in COST_UNKNOWN) or reason == Reason.PARTLY_FAILED
    )
    lines = wording.count(failed, "line")
    return f"without failed analyses (up to {lines}): whether AWS bills these is not known" if failed else ""


def explain(reason: str) -> Explanation:
    """The words for a reason code; for an empty one, which is plain success, too."""
    return EXPLANATIONS.get(reason, _OTHER) if reason else _SUCCESS
