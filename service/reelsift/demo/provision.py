"""The resources of a deployment, made with plain API calls in the embedded cloud (in AWS, Terraform makes them)."""

import json
from typing import Any

import boto3
from botocore.config import Config

from reelsift.aws.schema import TABLES, Key
from reelsift.manifests.messages import MAX_BODY_BYTES

VISIBILITY_S = 30
MAX_RECEIVES = 10
"""The queues' own redrive, the last resort: twice what a worker needs to judge a message."""

RETENTION_S = 14 * 24 * 3600
"""SQS keeps messages 14 days at most."""

_QUEUES = ("intake", "priority", "begun", "completion")


class Provisioner:
    """Makes one deployment's resources, and says with which settings a worker finds them."""

    def __init__(self, endpoint: str, deployment: str = "reelsift", region: str = "us-east-1") -> None:
        self._deployment = deployment
        self._region = region
        self._clients: dict[str, Any] = {}
        self._options: dict[str, Any] = {
            "endpoint_url": endpoint,
            "region_name": region,
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "testing",
            "config": Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
        }

    def provision(self, data_bucket: str | None = None, *, versioned: bool = True) -> dict[str, str]:
        """Make everything and return the worker's `REELSIFT_…` environment.

        A data bucket without versions is one whose videos can change while they are analysed.
        """
        data_bucket = data_bucket or f"{self._deployment}-videos"
        work_bucket, sealed_bucket = f"{self._deployment}-work", f"{self._deployment}-sealed"
        self._bucket(data_bucket, versioned=versioned)
        self._bucket(work_bucket, versioned=False)
        self._bucket(sealed_bucket, versioned=True)
        for name in TABLES:
            self._table(name)
        queues = {name: self._queue(name) for name in _QUEUES}
        sns = self._client("sns")
        topics = {
            name: sns.create_topic(Name=f"{self._deployment}-{name}")["TopicArn"]
            for name in ("alerts", "completions", "mail", "urgent", "ticket", "batches")
        }
        self._subscribe(topics["completions"], queues["completion"])
        self._client("events").create_event_bus(Name=self._deployment)
        self._specialists()
        return {
            "REELSIFT_DEPLOYMENT": self._deployment,
            "REELSIFT_WORK_BUCKET": work_bucket,
            "REELSIFT_SEALED_BUCKET": sealed_bucket,
            # The bucket for videos has no Object Lock.
            "REELSIFT_SEAL_COPIES": "true",
            "REELSIFT_DATA_BUCKETS": data_bucket,
            "REELSIFT_COMPLETIONS_TOPIC_ARN": topics["completions"],
            "REELSIFT_ALERTS_TOPIC_ARN": topics["alerts"],
            "REELSIFT_MAIL_TOPIC_ARN": topics["mail"],
            "REELSIFT_URGENT_TOPIC_ARN": topics["urgent"],
            "REELSIFT_TICKET_TOPIC_ARN": topics["ticket"],
            "REELSIFT_BATCHES_TOPIC_ARN": topics["batches"],
            "REELSIFT_EVENT_BUS": self._deployment,
            "REELSIFT_REKOGNITION_ROLE_ARN": self._role(topics["completions"]),
        }

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service, **self._options)  # type: ignore[call-overload]
        return self._clients[service]

    def _bucket(self, name: str, *, versioned: bool) -> None:
        s3 = self._client("s3")
        location = {} if self._region == "us-east-1" else {"LocationConstraint": self._region}
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": location} if location else {}))
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def _table(self, name: Any) -> None:
        schema = TABLES[name]
        attributes = dict(schema.key.attributes)
        for key in schema.indexes.values():
            attributes |= dict(key.attributes)
        indexes = [
            {"IndexName": index, "KeySchema": _key_schema(key), "Projection": {"ProjectionType": "ALL"}}
            for index, key in schema.indexes.items()
        ]
        self._client("dynamodb").create_table(
            TableName=f"{self._deployment}-{name}",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": type_} for name, type_ in attributes.items()
            ],
            KeySchema=_key_schema(schema.key),
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        )
        if schema.expires is not None:
            self._client("dynamodb").update_time_to_live(
                TableName=f"{self._deployment}-{name}",
                TimeToLiveSpecification={"AttributeName": schema.expires, "Enabled": True},
            )

    def _queue(self, name: str) -> str:
        """A queue and the dead-letter queue behind it; returns the queue's ARN."""
        sqs = self._client("sqs")
        full_name = f"{self._deployment}-{name}"
        common = {
            "MaximumMessageSize": str(MAX_BODY_BYTES),
            "MessageRetentionPeriod": str(RETENTION_S),
            "VisibilityTimeout": str(VISIBILITY_S),
        }
        dead_url = sqs.create_queue(QueueName=f"{full_name}-dead", Attributes=common)["QueueUrl"]
        redrive = {"deadLetterTargetArn": self._queue_arn(dead_url), "maxReceiveCount": MAX_RECEIVES}
        attributes = common | {"RedrivePolicy": json.dumps(redrive)}
        url = sqs.create_queue(QueueName=full_name, Attributes=attributes)["QueueUrl"]
        return self._queue_arn(url)

    def _queue_arn(self, url: str) -> str:
        *_, account, name = url.split("/")
        return f"arn:aws:sqs:{self._region}:{account}:{name}"

    def _subscribe(self, topic_arn: str, queue_arn: str) -> None:
        self._client("sns").subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
        )

    def _specialists(self) -> None:
        """The role of those who see sealed videos. Nothing here asks who somebody is, so it has no policies."""
        anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
        self._client("iam").create_role(RoleName=f"{self._deployment}-specialist", AssumeRolePolicyDocument=trust)

    def _role(self, topic_arn: str) -> str:
        """The role that lets Rekognition publish completions, and nothing else."""
        iam = self._client("iam")
        name = f"{self._deployment}-rekognition"
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "rekognition.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        publish = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn}],
        }
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="publish-completions", PolicyDocument=json.dumps(publish))
        return arn


def _key_schema(key: Key) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for (name, _), kind in zip(key.attributes, ("HASH", "RANGE"), strict=False)
    ]
