import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from rekognition_cloud.clips import clip
from rekognition_cloud.process import CloudProcess
from support.patience import PATIENCE_S

# Repeating a refused or cut request is what most of these tests must not do behind their backs.
_ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=40, read_timeout=PATIENCE_S)
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "rekognition.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
SERVICE_ROLE_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonRekognitionServiceRole"


def client_at(url: str, service: str, **config: Any) -> Any:
    """A boto3 client that asks once; `config` goes into its botocore Config."""
    # The stubs know a client by the literal name of its service; here the name is a variable.
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=_ONCE.merge(Config(**config)),
    )


def unique(stem: str) -> str:
    return f"{stem}-{uuid.uuid4().hex[:12]}"


@dataclass
class Aws:
    """boto3 clients of one cloud, and the resources most tests need."""

    cloud: CloudProcess
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = client_at(self.cloud.url, service)
        return self._clients[service]

    def bucket(self) -> str:
        name = unique("bucket")
        self.client("s3").create_bucket(Bucket=name)
        return name

    def video(
        self, seconds: float = 2.0, *, seed: int = 0, key: str | None = None, bucket: str | None = None
    ) -> dict[str, Any]:
        """A `Video` for a Start call, put into S3."""
        place = {"Bucket": bucket or self.bucket(), "Name": key or f"{unique('video')}.mp4"}
        self.client("s3").put_object(Bucket=place["Bucket"], Key=place["Name"], Body=clip(seconds, seed=seed))
        return {"S3Object": place}

    def queue(self, **attributes: str) -> str:
        return str(self.client("sqs").create_queue(QueueName=unique("queue"), Attributes=attributes)["QueueUrl"])

    def queue_arn(self, queue: str) -> str:
        asked = self.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return str(asked["Attributes"]["QueueArn"])

    def received(self, queue: str, wait: int = 20) -> list[dict[str, Any]]:
        """As soon as there are any; after `wait` seconds, of which SQS takes no more, none."""
        answer = self.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def role(self, *policies: str, trust: dict[str, Any] | None = None) -> str:
        name = unique("role")
        iam = self.client("iam")
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or _TRUST))
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        return str(created["Role"]["Arn"])

    def topic(self, stem: str = "AmazonRekognition") -> str:
        return str(self.client("sns").create_topic(Name=unique(stem))["TopicArn"])

    def channel(self, queue: str | None = None) -> dict[str, str]:
        """A `NotificationChannel` that works, delivering into `queue`."""
        topic = self.topic()
        if queue:
            self.client("sns").subscribe(
                TopicArn=topic,
                Protocol="sqs",
                Endpoint=self.queue_arn(queue),
                Attributes={"RawMessageDelivery": "true"},
            )
        return {"SNSTopicArn": topic, "RoleArn": self.role(SERVICE_ROLE_POLICY)}
