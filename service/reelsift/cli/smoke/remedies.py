"""What to do first where a hop is not passed."""

from reelsift.cli.smoke.hop import Hop
from reelsift.domain.failure import Reason

LOGS = "look for aws_unavailable and message_failed in the workers' log"

_MENDS: dict[Hop | Reason, str] = {
    Hop.START: LOGS,
    Hop.ANALYSIS: "try again with a longer --timeout; Rekognition has taken longer than such a clip should",
    Hop.NOTIFICATION: "`reelsift doctor` looks at topic, subscription and role; then look at the KMS key of topic and"
    " queue, and at the dead letters of the completion queue",
    Hop.RESULT: "look for results_not_stored and aws_unavailable in the workers' log: work bucket, its key, and the"
    " labels table",
    Hop.OUTCOME: "look for aws_unavailable in the workers' log: the outcomes and the batches table",
    Hop.ALERT: "look for aws_unavailable in the workers' log: allow the workers sns:Publish on the alerts topic, and"
    " the use of its KMS key",
    Reason.ACCESS_DENIED: "allow the workers' role s3:GetObject and s3:ListBucket on the bucket, and kms:Decrypt with"
    " the key it is encrypted with",
    Reason.BUCKET_NOT_ALLOWED: "the workers' REELSIFT_DATA_BUCKETS is another than this command's: deploy again, then"
    " make env",
    Reason.GAVE_UP: "`reelsift redrive` says why it died; " + LOGS,
    Reason.INVALID_OBJECT: "allow the workers' role to read the bucket, and kms:Decrypt with the key it is encrypted"
    " with: Rekognition reads with their permissions",
    Reason.INVALID_REQUEST: "`reelsift doctor` looks at topic and role",
    Reason.OBJECT_MISSING: "somebody or a lifecycle rule has deleted the clip: try again",
    Reason.REKOGNITION_FAILED: "try again later; the AWS Health Dashboard tells of Rekognition's troubles",
    Reason.UNSUPPORTED_CODEC: "the clip is H.264 in MP4: report this with the clip (--keep)",
    Reason.WRONG_REGION: "Rekognition reads buckets of its own region only: deploy in the bucket's, or name another"
    " with --bucket",
}


def mend_of(why: Hop | Reason) -> str:
    """What to do first where a hop failed in itself, or for a reason that was given."""
    return _MENDS.get(why, "docs/operations.md says under Reason codes what to do")
