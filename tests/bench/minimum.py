"""The least that any design could ask of AWS for the same result."""

from bench.bill import Amounts

_SHARE = 1 / 10
"""Of a request that carries ten messages (SQS)."""

_OUTCOMES_A_TRANSACTION = 99


def minimum(labels: float, alerts: float) -> Amounts:
    """Units a video that shows so many labels, and of which so many alerts are sent, both in the mean.

    The result is this: the raw answer is kept, an item a label can be searched for, every line has its outcome, and no
    crash pays twice. So there is at least

    - SQS: the line sent, received and deleted, the completion received and deleted, ten at a time;
    - SNS: Rekognition's completion, and the alert;
    - S3: the raw answer put. Listing a thousand keys a request gives the ETags;
    - DynamoDB, nothing larger than 1 KB and nothing in a transaction: the job before its Start and its result (2), the
      outcome (1) and its part of the count, an item a label, and its entry in the index by label; the job is read once
      before it is started, so that it is not paid for twice.

    A quota that several workers share is not in it, nor anything that would find what has been forgotten.
    """
    return {
        ("sqs", "request"): 5 * _SHARE,
        ("sns", "publish"): 1 + alerts,
        ("s3", "put"): 1 + 1 / 1000,
        ("dynamodb", "write unit"): 3 + 1 / _OUTCOMES_A_TRANSACTION + 2 * labels,
        ("dynamodb", "read unit"): 1,
    }
