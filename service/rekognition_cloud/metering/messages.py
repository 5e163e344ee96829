"""Topics and metrics: publishes, deliveries, PutMetricData."""

from typing import Any

from moto.cloudwatch.models import CloudWatchBackend
from moto.sns.models import SNSBackend, Subscription

from rekognition_cloud.meter import Meter

_CHUNK_BYTES = 64 * 1024


def chunks(size: int) -> int:
    """SQS and SNS bill each begun 64 KB of payload as a request of its own."""
    return max(1, -(-size // _CHUNK_BYTES))


def meter_topics(meter: Meter) -> None:
    """Counts Rekognition's completions too: they are billed to the account that owns the topic."""
    publish, deliver = SNSBackend.publish, Subscription.publish

    def published(self: Any, message: str, arn: str | None, *arguments: Any, **named: Any) -> Any:
        answer = publish(self, message, arn, *arguments, **named)
        topic = (arn or "").rpartition(":")[2]
        meter.add("sns", topic, "Publish", "publish", chunks(len(message.encode("utf-8", "surrogatepass"))))
        return answer

    def delivered(self: Any, *arguments: Any, **named: Any) -> None:
        deliver(self, *arguments, **named)
        meter.add("sns", self.topic.name, self.protocol, "delivery")

    SNSBackend.publish = published
    Subscription.publish = delivered


def meter_metrics(meter: Meter) -> None:
    """A metric is a namespace, a name and its dimensions; it is billed by the hours in which it has data."""
    put = CloudWatchBackend.put_metric_data

    def metered(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        put(self, namespace, metric_data)
        meter.add("cloudwatch", "", "PutMetricData", "request")
        for datum in metric_data:
            dimensions = sorted(f"{given['Name']}={given['Value']}" for given in datum.get("Dimensions") or ())
            metric = f"{namespace}/{datum['MetricName']}{{{','.join(dimensions)}}}"
            meter.mark("cloudwatch", metric, "PutMetricData", "metric")

    CloudWatchBackend.put_metric_data = metered
