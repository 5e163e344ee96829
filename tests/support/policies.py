"""The policies that Terraform wrote for a deployment, as a pattern that fits any other."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rekognition_cloud.iam.pattern import resource_matches


@dataclass(frozen=True, slots=True)
class Names:
    """What a deployment calls itself, and its buckets."""

    deployment: str
    work_bucket: str
    data_buckets: tuple[str, ...]
    sealed_bucket: str

    @staticmethod
    def of(settings: Mapping[str, str]) -> "Names":
        """From the settings of its workers."""
        buckets = tuple(settings["REELSIFT_DATA_BUCKETS"].split(","))
        work, sealed = settings["REELSIFT_WORK_BUCKET"], settings["REELSIFT_SEALED_BUCKET"]
        return Names(settings["REELSIFT_DEPLOYMENT"], work, buckets, sealed)

    def in_pattern(self, pattern: str) -> list[str]:
        """The pattern with these names in it: one text, or one for each data bucket where it names them."""
        text = pattern.replace("<deployment>", self.deployment).replace("<work>", self.work_bucket)
        text = text.replace("<sealed>", self.sealed_bucket)
        return [text.replace("<data>", bucket) for bucket in self.data_buckets] if "<data>" in text else [text]


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """One action on one resource, as one statement allows it. The resource is a pattern, with `<deployment>`, `<work>`,
    `<sealed>` and `<data>` for the names of a deployment and its buckets.
    """

    sid: str
    action: str
    resource: str

    def covers(self, resource: str, names: Names) -> bool:
        """Whether it allows its action on a resource of the deployment of these names."""
        return any(resource_matches(pattern, resource) for pattern in names.in_pattern(self.resource))


@dataclass(frozen=True)
class Policies:
    """The policies of a role or user: JSON, with placeholders as in a permission."""

    documents: tuple[str, ...]

    @staticmethod
    def read(documents: Iterable[Mapping[str, Any]], names: Names) -> "Policies":
        """Those that a deployment of these names has."""
        texts = [json.dumps(document) for document in documents]
        for bucket in names.data_buckets:
            texts = [text.replace(bucket, "<data>") for text in texts]
        for bucket, name in ((names.work_bucket, "<work>"), (names.sealed_bucket, "<sealed>")):
            texts = [text.replace(bucket, name) for text in texts]
        return Policies(tuple(text.replace(names.deployment, "<deployment>") for text in texts))

    def documents_for(self, names: Names) -> list[str]:
        """Those that a deployment of these names would have. It has one data bucket."""
        return [filled for text in self.documents for filled in names.in_pattern(text)]

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """All that they allow."""
        return frozenset(_permissions(json.loads(text) for text in self.documents))

    def used(self, used: Mapping[str, Iterable[str]], names: Names) -> set[Permission]:
        """The permissions that somebody used who did these actions on these resources."""
        return {
            permission
            for permission in self.permissions
            if any(permission.covers(resource, names) for resource in used.get(permission.action, ()))
        }


def _permissions(documents: Iterable[Mapping[str, Any]]) -> Iterator[Permission]:
    for document in documents:
        for statement in _listed(document["Statement"]):
            if statement["Effect"] == "Allow":
                for action in _listed(statement["Action"]):
                    for resource in _listed(statement["Resource"]):
                        yield Permission(statement.get("Sid", ""), action, resource)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
