"""Training: known items, on which nothing acts. Nobody's video is in it; what stands for pictures is drawn."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any, Self

from reelsift.console.refusals import Refused
from reelsift.console.reviewing.dataset import Dataset
from reelsift.console.reviewing.lanes_view import lanes_members
from reelsift.console.reviewing.reasons_view import peak_list, reason_members
from reelsift.domain.analysis import Analysis
from reelsift.domain.decision import Action
from reelsift.domain.handling import DEFAULT_QUEUE
from reelsift.domain.review_item import ItemCause

_DUE_MS = 24 * 3_600_000
_THRESHOLD = 50.0


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item of which it is known how it should be decided, and why. `labels` are what is shown as its verdict's
    reasons.
    """

    item_id: str
    duration_ms: int
    context: Mapping[str, str]
    labels: Sequence[Mapping[str, Any]]
    expected: Action
    reasons: tuple[str, ...]
    explanation: str

    def members(self, now_ms: int) -> dict[str, Any]:
        """As JSON, in the form of every other item."""
        dataset = Dataset(self._reasons(), frozenset(), self._segments())
        return {
            "video_id": self.item_id,
            "item": str(ItemCause.VERDICT),
            "cause": str(ItemCause.VERDICT),
            "queue": DEFAULT_QUEUE,
            "created_ms": now_ms,
            "due_ms": now_ms + _DUE_MS,
            "text": None,
            "appeal": None,
            "also": [],
            "claim": {"claim_id": self.item_id, "renewed_ms": now_ms},
            "status": "in_review",
            "restriction": None,
            "last_decision": None,
            "seen_decision": 0,
            "video": None,
            "verdict": {
                "verdict": "review",
                "policy": "training",
                "judged_ms": now_ms,
                "missing": [],
                "reasons": reason_members(dataset.reasons, dataset),
            },
            "failure": None,
            "context": dict(self.context),
            "same_content": 0,
            "draft": None,
            "grave": False,
            "peaks": peak_list(dataset.reasons, dataset),
            "lanes": lanes_members(dataset, self.duration_ms),
            "training": True,
        }

    def _reasons(self) -> list[dict[str, Any]]:
        return [
            {
                "analysis": str(Analysis.CONTENT_MODERATION),
                "label": label["label"],
                "parents": label["parents"],
                "max_confidence": label["confidence"],
                "peak_ms": label["ranges_ms"][0][0] + 500,
                "threshold": _THRESHOLD,
                "ranges_ms": label["ranges_ms"],
            }
            for label in self.labels
        ]

    def _segments(self) -> list[dict[str, Any]]:
        return [
            {
                "analysis": str(Analysis.CONTENT_MODERATION),
                "label": label["label"],
                "parents": label["parents"],
                "start_ms": start,
                "end_ms": end,
                "samples": 1 + (end - start) // 500,
                "max_confidence": label["confidence"],
                "mean_confidence": label["confidence"],
                "peak_ms": start + 500,
            }
            for label in self.labels
            for start, end in label["ranges_ms"]
        ]


@dataclass(frozen=True, slots=True)
class Training:
    """All known items, in the order in which they are given."""

    items: tuple[KnownItem, ...]

    @classmethod
    @cache
    def built_in(cls) -> Self:
        """The training that comes with the program."""
        text = resources.files(__package__).joinpath("training.json").read_text(encoding="utf-8")
        return cls(tuple(_known(entry) for entry in json.loads(text)))

    def next(self, done: Sequence[str], *, now_ms: int) -> dict[str, Any]:
        """The first item that somebody has not had, or that they have had all of them."""
        for item in self.items:
            if item.item_id not in done:
                return item.members(now_ms)
        return {"nothing": "That were all training items.", "code": "empty"}

    def again(self, item_id: str, *, now_ms: int) -> dict[str, Any]:
        """An item once more. Raises Refused."""
        return self._of(item_id).members(now_ms)

    def answer(self, item_id: str, action: Action, reasons: Sequence[str]) -> dict[str, Any]:
        """Whether an item was decided as it should be; nothing else becomes of it. Raises Refused."""
        item = self._of(item_id)
        return {
            "video_id": item_id,
            "decision": 1,
            "action": str(action),
            "undo_until_ms": None,
            "matched": action is item.expected and (not item.reasons or bool({*item.reasons}.intersection(reasons))),
            "expected": str(item.expected),
            "expected_reasons": list(item.reasons),
            "explanation": item.explanation,
        }

    def _of(self, item_id: str) -> KnownItem:
        for item in self.items:
            if item.item_id == item_id:
                return item
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such training item.")


def _known(entry: Mapping[str, Any]) -> KnownItem:
    return KnownItem(
        item_id=entry["id"],
        duration_ms=entry["duration_ms"],
        context=entry["context"],
        labels=entry["labels"],
        expected=Action(entry["expected"]),
        reasons=tuple(entry["reasons"]),
        explanation=entry["explanation"],
    )
