"""Keys and indexes of the tables: what the queries of this package rely on."""

from dataclasses import dataclass, field
from typing import Literal

from reelsift.aws import (
    batches,
    decisions,
    jobs,
    labels,
    open_index,
    review_items,
    reviewer_rows,
    reviews,
    sealed,
    untagged,
    untold,
)

AttributeType = Literal["S", "N"]


@dataclass(frozen=True, slots=True)
class Key:
    """A partition key and perhaps a sort key, each a name and DynamoDB's type letter."""

    partition: tuple[str, AttributeType]
    sort: tuple[str, AttributeType] | None = None

    @property
    def attributes(self) -> list[tuple[str, AttributeType]]:
        return [self.partition] if self.sort is None else [self.partition, self.sort]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table's key and its global secondary indexes, which project every attribute. `expires` is the attribute that
    says when a row may go (epoch seconds), None where none does: DynamoDB deletes it some time after that.
    """

    key: Key
    indexes: dict[str, Key] = field(default_factory=dict)
    expires: str | None = None


TableName = Literal[
    "jobs", "labels", "slots", "batches", "outcomes", "reviews", "people", "reviewers", "secrets", "sealed"
]

TABLES: dict[TableName, TableSchema] = {
    "jobs": TableSchema(
        Key(("video_id", "S"), ("analysis", "S")),
        {
            jobs.OPEN_INDEX: Key(("open", "S"), ("due_at", "N")),
        },
    ),
    "labels": TableSchema(
        Key(("video_id", "S"), ("analysis_label", "S")),
        {labels.FOUND_INDEX: Key(("analysis_label", "S"), ("peak_confidence", "N"))},
    ),
    "slots": TableSchema(Key(("slot", "N"))),
    "batches": TableSchema(
        Key(("batch_id", "S"), ("part", "S")),
        {
            open_index.OPEN_INDEX: Key(("open", "S"), ("due_at", "N")),
            batches.RECENT_INDEX: Key(("kind", "S"), ("created_ms", "N")),
        },
    ),
    "outcomes": TableSchema(Key(("batch", "S"), ("line", "S"))),
    "reviews": TableSchema(
        Key(("video_id", "S"), ("part", "S")),
        {
            reviews.FLAGGED_INDEX: Key(("flagged", "S"), ("judged_ms", "N")),
            reviews.STATUS_INDEX: Key(("status_shard", "S"), ("changed_ms", "N")),
            untold.UNTOLD_INDEX: Key(("untold", "S"), ("tell_at", "N")),
            decisions.DECIDED_INDEX: Key(("decided_day", "S"), ("decided_ms", "N")),
            review_items.WAITING_INDEX: Key(("waiting", "S"), ("order", "S")),
            review_items.DUE_INDEX: Key(("due_queue", "S"), ("due_at", "N")),
            review_items.CLAIMS_INDEX: Key(("claimed", "S"), ("renewed_ms", "N")),
            decisions.UNARCHIVED_INDEX: Key(("unarchived", "S"), ("decided_ms", "N")),
            untagged.UNTAGGED_INDEX: Key(("untagged", "S"), ("tag_at", "N")),
            sealed.SEALING_INDEX: Key(("sealing", "S"), ("seal_at", "N")),
        },
    ),
    "people": TableSchema(Key(("principal", "S"), ("name", "S"))),
    "reviewers": TableSchema(Key(("principal", "S"), ("part", "S")), expires=reviewer_rows.EXPIRES),
    "secrets": TableSchema(Key(("name", "S"))),
    "sealed": TableSchema(
        Key(("video_id", "S"), ("part", "S")),
        {sealed.LISTED_INDEX: Key(("listed", "S"), ("sealed_ms", "N"))},
    ),
}
