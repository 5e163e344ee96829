"""What to do first where a hop of a smoke test is not passed."""

from reelsift.domain.failure import Reason
from reelsift.smoke.clip import PREFIX
from reelsift.smoke.hop import Cause

_LOGS = "look for aws_unavailable and message_failed in the workers' log"
_QUOTA = "set REELSIFT_QUOTA to this deployment's share of the quota, or try again later"

_MENDS: dict[Cause | Reason, str] = {
    Cause.UPLOAD_FORBIDDEN: f"allow s3:PutObject below {PREFIX} of {{bucket}}, and the use of its KMS key; the policy"
    " {deployment}-operator does",
    Cause.SEND_FORBIDDEN: "allow sqs:SendMessage on the priority queue; the policy {deployment}-operator does",
    Cause.SAMPLE_FORBIDDEN: "allow sns:Publish on the topics alerts and mail, or leave --alert out",
    Cause.AWS_REFUSED: "`reelsift doctor` says what is missing",
    Cause.NO_WORKER: "see whether tasks run: the service's events in ECS, then the workers' log; CloudWatch sees a"
    " queue that was idle for six hours up to 15 minutes late, so try again with a longer --timeout",
    Cause.LINE_LOST: f"`reelsift redrive` shows dead letters; {_LOGS}",
    Cause.SLOTS_IN_USE: "try again when less is going on, or with a longer --timeout",
    Cause.QUOTA_USED_UP: _QUOTA,
    Cause.WORKER_STUCK: _LOGS,
    Cause.START_FORBIDDEN: "allow the workers' role the Start operation, iam:PassRole for Rekognition's role, and to"
    " read the bucket",
    Cause.NOT_ENDED: "try again with a longer --timeout; Rekognition has taken longer than such a clip should",
    Cause.NOT_NOTIFIED: "`reelsift doctor` looks at topic, subscription and role; then look at the KMS key of topic"
    " and queue, and at the dead letters of the completion queue",
    Cause.NOT_STORED: "look for results_not_stored and aws_unavailable in the workers' log: work bucket, its key, and"
    " the labels table",
    Cause.NOT_CLOSED: "look for aws_unavailable in the workers' log: the outcomes and the batches table",
    Cause.NOT_ALERTED: "look for aws_unavailable in the workers' log: allow the workers sns:Publish on the alerts"
    " topic, and the use of its KMS key",
    Cause.NOT_CONFIRMED: "whoever owns the address has to follow the link in the mail by which SNS asks",
    Cause.NO_RECIPIENT: "nobody receives alerts: subscribe an address to the mail topic, or a queue or a function to"
    " the alerts topic",
    Reason.ACCESS_DENIED: "allow the workers' role s3:GetObject and s3:ListBucket on the bucket, and kms:Decrypt with"
    " the key it is encrypted with",
    Reason.BUCKET_NOT_ALLOWED: "the workers' REELSIFT_DATA_BUCKETS is another than this command's: deploy again, then"
    " make env",
    Reason.GAVE_UP: "`reelsift redrive` says why it died; " + _LOGS,
    Reason.INVALID_OBJECT: "allow the workers' role to read the bucket, and kms:Decrypt with the key it is encrypted"
    " with: Rekognition reads with their permissions",
    Reason.INVALID_REQUEST: "`reelsift doctor` looks at topic and role",
    Reason.KEY_NOT_ALLOWED: "add the key to data_bucket_kms_key_arns and deploy, or name another bucket with --bucket",
    Reason.OBJECT_MISSING: "somebody or a lifecycle rule has deleted the clip: try again",
    Reason.REKOGNITION_FAILED: "try again later; the AWS Health Dashboard tells of Rekognition's troubles",
    Reason.UNSUPPORTED_CODEC: "the clip is H.264 in MP4: report this with the clip (--keep)",
    Reason.WRONG_REGION: "Rekognition reads buckets of its own region only: deploy in the bucket's, or name another"
    " with --bucket",
}


def mend_of(cause: Cause | Reason, *, deployment: str, bucket: str) -> str:
    """What to do about a cause, in a deployment whose clips go into `bucket`."""
    words = _MENDS.get(cause, "docs/operations.md says under Reason codes what to do")
    return words.format(deployment=deployment, bucket=bucket)
