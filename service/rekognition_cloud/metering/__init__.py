"""What a request would be billed as, service by service.

| service | unit | what |
| --- | --- | --- |
| dynamodb | `write unit`, `read unit` | of a table (`table`) or an index (`table/index`) |
| s3 | `put`, `get`, `delete` | requests by class: PUT, COPY, POST, LIST; GET and all others; DELETE, which is free |
| sqs | `request` | requests, each begun 64 KB of payload one |
| sns | `publish`, `delivery` | messages published, each begun 64 KB one; deliveries to queues, which are free |
| events | `event` | events put on a bus (`bus`), each begun 64 KB one |
| cloudwatch | `request`, `metric` | PutMetricData requests, and the metrics they named, each once |

KMS is not counted: with the keys that AWS owns, the default of every resource here, it bills nothing. A customer key
would add a request for each data key, which queues and tables keep for minutes.
"""

from rekognition_cloud.meter import Meter
from rekognition_cloud.metering.event_bus import meter_events
from rekognition_cloud.metering.messages import meter_metrics, meter_topics
from rekognition_cloud.metering.table_reads import meter_reads
from rekognition_cloud.metering.table_writes import meter_writes


def meter_services(meter: Meter) -> None:
    """Lets moto's services report to the meter. Requests of queues and buckets are metered in the gateway."""
    meter_writes(meter)
    meter_reads(meter)
    meter_topics(meter)
    meter_metrics(meter)
    meter_events(meter)
