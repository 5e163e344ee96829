"""List prices of us-east-1 in US dollars, as AWS's pricing pages and their copies showed them in 2026.

Free tiers, savings plans and volume discounts are left out. A price is of so many units as `per` says.
"""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """So many US dollars for `per` units."""

    usd: float
    per: float = 1

    def of(self, amount: float) -> float:
        """US dollars for so many units."""
        return self.usd * amount / self.per


METERED = {
    ("dynamodb", "write unit"): Price(0.625, MILLION),
    ("dynamodb", "read unit"): Price(0.125, MILLION),
    ("s3", "put"): Price(5.00, MILLION),
    ("s3", "get"): Price(0.40, MILLION),
    ("s3", "delete"): Price(0),
    ("sqs", "request"): Price(0.40, MILLION),
    ("sns", "publish"): Price(0.50, MILLION),
    ("sns", "delivery"): Price(0),
    ("events", "event"): Price(1.00, MILLION),
    ("cloudwatch", "request"): Price(10.00, MILLION),
}
"""What the cloud's meter counts, by service and unit. Its `metric` is billed by the month, not by the video."""

METRIC_MONTH = Price(0.30)
"""A metric that had data in all of a month's hours."""

LOG_GB = Price(0.50)
"""Ingested into CloudWatch Logs."""

TABLE_GB_MONTH = Price(0.25)
RECOVERY_GB_MONTH = Price(0.20)
"""Point-in-time recovery, by the size of the tables."""

ALARM_METRIC_MONTH = Price(0.10)
KEY_MONTH = Price(1.00)
"""A KMS key. Each of its first two rotations adds as much."""

IMAGE_GB_MONTH = Price(0.10)

FARGATE_VCPU_HOUR = Price(0.04048)
FARGATE_GB_HOUR = Price(0.004445)
PUBLIC_ADDRESS_HOUR = Price(0.005)

LAMBDA_GB_SECOND = Price(16.6667, MILLION)
LAMBDA_REQUEST = Price(0.20, MILLION)
BATCH_OPERATIONS_OBJECT = Price(1.00, MILLION)

REKOGNITION_MINUTE = Price(0.10)
"""Of stored video, for each analysis."""
