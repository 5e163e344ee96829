"""What the cloud's own ledger and the tables say in the end: plain data, so that a check can be tried on any."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chaos.kinds import BUILT_IN, LENIENT, LENIENT_POLICY
from support.eventually import eventually
from support.listening import Listening
from support.world import BUCKET, World

_HIDDEN_S = 60

QUEUES = ("intake", "priority", "begun", "completion")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """`ledger` is Rekognition's, a job an entry; `tables` are rows by table, `waiting` and `dead` messages by queue,
    `alerts` SNS envelopes as a subscriber of the topic got them, `events` the details of statuses, and `appeals` of
    decided appeals, that a subscriber of the bus heard. `answers` are what people were answered, `tags` those of each
    object by its key. `policies` are the names of those that were live, by epoch. All of it happened within `span_ms`
    (epoch milliseconds).
    """

    ledger: list[Row]
    tables: Mapping[str, list[Row]]
    waiting: Mapping[str, int]
    dead: Mapping[str, list[Row]]
    alerts: list[Row]
    events: list[Row]
    appeals: list[Row]
    answers: Sequence[Row]
    tags: Mapping[str, Mapping[str, str]]
    policies: Mapping[int, str]
    span_ms: tuple[int, int]

    @classmethod
    def of(
        cls, world: World, bus: Listening, answers: Sequence[Row], keys: Sequence[str], span_ms: tuple[int, int]
    ) -> "Evidence":
        """To be read once no worker runs any more. `keys` are those of objects that may have tags."""
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
            events=_details(bus, "Video Status Changed"),
            appeals=_details(bus, "Appeal Decided"),
            answers=answers,
            tags={key: _tags(world, key) for key in keys},
            policies=_policies(world),
            span_ms=span_ms,
        )

    @property
    def own_jobs(self) -> list[Row]:
        """Rekognition's jobs that this deployment has started."""
        return [job for job in self.ledger if str(job["job_tag"]).startswith("reelsift:")]

    @property
    def outcomes(self) -> list[Row]:
        return [row for row in self.tables["outcomes"] if "status" in row]

    @property
    def statuses(self) -> list[Row]:
        """What is known of each video as a whole."""
        return [row for row in self.tables["reviews"] if row["part"] == "status"]

    @property
    def reevaluations(self) -> dict[str, Row]:
        """The batches by which a policy acted on the archive."""
        return {
            row["batch_id"]: row for row in self.tables["batches"] if row["part"] == "meta" and "reevaluation" in row
        }

    @property
    def chunks(self) -> list[Row]:
        return [row for row in self.tables["batches"] if str(row["part"]).startswith("chunk#")]


def is_untold(video: Row) -> bool:
    """Whether something about a video is still to be told."""
    return any(name.startswith(("event_", "appeal_", "untold")) for name in video)


def is_claimed(row: Row) -> bool:
    """Whether a row of the reviews says that somebody is at a video."""
    return row["part"] == "claim" and "claim_id" in row


def _details(bus: Listening, kind: str) -> list[Row]:
    return [event["detail"] for event in bus.heard() if event["detail-type"] == kind]


def _policies(world: World) -> dict[int, str]:
    """By the documents that the log of versions names."""
    versions = [
        row for row in world.rows("batches") if row["batch_id"] == "policy" and row["part"].startswith("epoch#")
    ]
    return {int(row["epoch"]): _name(world, f"policies/{row['document']}.json") for row in versions}


def _name(world: World, key: str) -> str:
    stored = world.client("s3").get_object(Bucket=world.env["REELSIFT_WORK_BUCKET"], Key=key)["Body"].read()
    return LENIENT if json.loads(stored) == LENIENT_POLICY else BUILT_IN


def _tags(world: World, key: str) -> dict[str, str]:
    answer = world.client("s3").get_object_tagging(Bucket=BUCKET, Key=key)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def _hidden(world: World, queue: str) -> int:
    """Dead letters of a queue that no receive would get."""
    name = "ApproximateNumberOfMessagesNotVisible"
    url = world.queue_url(f"{queue}-dead")
    answer = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])
