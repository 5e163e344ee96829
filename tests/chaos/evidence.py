"""What the cloud's own ledger and the tables say in the end: plain data, so that a check can be tried on any."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.eventually import eventually
from support.listening import Listening
from support.world import World

_HIDDEN_S = 60

QUEUES = ("intake", "priority", "begun", "completion")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """`ledger` is Rekognition's, a job an entry; `tables` are rows by table, `waiting` and `dead` messages by queue,
    `alerts` SNS envelopes as a subscriber of the topic got them, `events` the details that a subscriber of the bus
    heard.
    """

    ledger: list[Row]
    tables: Mapping[str, list[Row]]
    waiting: Mapping[str, int]
    dead: Mapping[str, list[Row]]
    alerts: list[Row]
    events: list[Row]

    @classmethod
    def of(cls, world: World, bus: Listening) -> "Evidence":
        """To be read once no worker runs any more."""
        # A sweep that met a fault leaves what it has looked at hidden for a while.
        eventually(lambda: not any(_hidden(world, queue) for queue in QUEUES), "all dead letters in sight", _HIDDEN_S)
        return cls(
            ledger=list(world.cloud.jobs()),
            tables={
                name: list(world.rows(name)) for name in ("jobs", "labels", "slots", "batches", "outcomes", "reviews")
            },
            waiting={queue: world.waiting_messages(queue) for queue in QUEUES},
            dead={queue: list(world.dead_letters(queue)) for queue in QUEUES},
            alerts=list(world.alerts()),
            events=[event["detail"] for event in bus.heard()],
        )

    @property
    def own_jobs(self) -> list[Row]:
        """Rekognition's jobs that this deployment has started."""
        return [job for job in self.ledger if str(job["job_tag"]).startswith("reelsift:")]

    @property
    def outcomes(self) -> list[Row]:
        return [row for row in self.tables["outcomes"] if "status" in row]

    @property
    def chunks(self) -> list[Row]:
        return [row for row in self.tables["batches"] if str(row["part"]).startswith("chunk#")]


def is_untold(video: Row) -> bool:
    """Whether something about a video is still to be told."""
    return any(name.startswith(("event_", "untold")) for name in video)


def _hidden(world: World, queue: str) -> int:
    """Dead letters of a queue that no receive would get."""
    name = "ApproximateNumberOfMessagesNotVisible"
    url = world.queue_url(f"{queue}-dead")
    answer = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])
