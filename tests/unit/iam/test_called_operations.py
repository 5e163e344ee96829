"""What is found of AWS's operations in source: by small programs, and by the program itself."""

import ast
from pathlib import Path

import pytest
from botocore import xform_name
from botocore.session import Session

import reelsift
from unit.iam.called_operations import CalledOperations, program
from unit.iam.function_walk import Operation

_CLIENTS = """
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_dynamodb.client import DynamoDBClient


class Clients:
    s3: "S3Client"
    dynamodb: "DynamoDBClient"

    async def open(self, service: str) -> Any: ...
"""

_STORE = """
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from reelsift.clients import Clients


class Store:
    def __init__(self, clients: Clients) -> None:
        self._s3 = clients.s3
        self._dynamodb = clients.dynamodb

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._s3.abort_multipart_upload()

    async def read(self) -> None:
        await self._s3.get_object()

    async def write(self) -> None:
        await self._s3.put_object()

    async def change(self) -> None:
        await self._written("update_item", {})

    async def _written(self, method: str, request: dict[str, Any]) -> None:
        await getattr(self._dynamodb, method)(**request)

    @property
    async def names(self) -> list[str]:
        return [page async for page in self._s3.get_paginator("list_objects_v2").paginate()]


@dataclass
class Opened:
    stores: dict[str, Store]


@asynccontextmanager
async def opened() -> AsyncIterator[Opened]:
    yield Opened({})
"""


def _found(tmp_path: Path, program: str, **more: str) -> frozenset[Operation]:
    """The operations that a program beside the two modules above can call."""
    for name, source in {"clients": _CLIENTS, "store": _STORE, "program": program, **more}.items():
        (tmp_path / f"{name}.py").write_text(source)
    code = CalledOperations(tmp_path)
    return code.operations(code.functions("reelsift.program"))


@pytest.mark.parametrize(
    ("body", "operations"),
    [
        ("async def run(store: Store) -> None:\n    await store.read()", {"GetObject"}),
        ("async def run(store: 'Store | None') -> None:\n    await store.change()", {"UpdateItem"}),
        ("async def run(store: Store) -> None:\n    print(await store.names)", {"ListObjectsV2"}),
        (
            "async def run(clients: Clients) -> None:\n    await Store(clients).write()",
            {"PutObject", "AbortMultipartUpload"},
        ),
        ("def run(store: Store) -> None:\n    loop(store.read)", {"GetObject"}),
        ("def run(stores: list[Store]) -> None:\n    [store.write for store in stores]", {"PutObject"}),
        (
            "async def run() -> None:\n    async with opened() as all:\n        await all.stores['a'].read()",
            {"GetObject"},
        ),
        (
            "async def ask(iam: Any) -> None: await iam.get_role()\nasync def run(c: Clients):ask(await c.open('iam'))",
            {"GetRole"},
        ),
        ("def run(store: Store) -> None:\n    later = lambda: store.read()", {"GetObject"}),
        ("def run(cache: dict[str, str]) -> None:\n    cache.read(), cache.write(), cache.change()", set()),
    ],
)
def test_an_operation_is_found_whatever_way_leads_to_it(tmp_path: Path, body: str, operations: set[str]) -> None:
    imports = "from typing import Any\nfrom reelsift.clients import Clients\nfrom reelsift.store import Store, opened\n"
    assert {operation for _, operation in _found(tmp_path, imports + body)} == operations


def test_what_only_another_part_calls_does_not_count(tmp_path: Path) -> None:
    program = (
        "from reelsift.store import Store\nfrom reelsift.other import run\nasync def both(store: Store) -> None:\n    "
    )
    other = "from reelsift.store import Store\nasync def run(store: Store) -> None:\n    await store.write()"
    _found(tmp_path, program + "await store.read(), run(store)", other=other)
    code = CalledOperations(tmp_path)
    assert code.operations(code.functions("reelsift")) >= {("s3", "PutObject"), ("s3", "GetObject")}
    assert code.operations(code.functions("reelsift.program", without="reelsift.other")) == {("s3", "GetObject")}


def test_an_operation_that_cannot_be_told_is_an_error(tmp_path: Path) -> None:
    program = (
        "from reelsift.clients import Clients\ndef run(clients: Clients) -> None:\n    getattr(clients.s3, name())()"
    )
    with pytest.raises(AssertionError, match=r"reelsift\.program\.run chooses an operation of s3"):
        _found(tmp_path, program)


def test_nothing_in_the_program_that_looks_like_an_operation_is_missed() -> None:
    """By its name alone, a method that no class of the program has and some service's client has is such a call."""
    services = ("cloudwatch", "dynamodb", "iam", "rekognition", "s3", "service-quotas", "sns", "sqs", "sts")
    names = {
        xform_name(operation): operation
        for service in services
        for operation in Session().get_service_model(service).operation_names
    }
    trees = [
        ast.parse(path.read_text())
        for part in ("aws", "worker", "cli")
        for path in (Path(reelsift.__file__).parent / part).rglob("*.py")
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    mentioned = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - own
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)} - own
    code = program()
    found = {operation for _, operation in code.operations(code.functions("reelsift"))}
    # "query" and the like are words too; an operation's name of two words is none.
    assert {names[name] for name in mentioned | {text for text in texts if "_" in text} if name in names} <= found


def test_the_worker_starts_analyses_and_the_command_line_never_does() -> None:
    code = program()
    worker = code.operations(code.functions("reelsift.worker", "reelsift.cli.worker"))
    operator = code.operations(code.functions("reelsift.cli", without="reelsift.cli.worker"))
    starts = {("rekognition", "StartContentModeration"), ("rekognition", "StartLabelDetection")}
    assert starts <= worker
    assert not starts & operator
    assert ("sts", "GetCallerIdentity") in operator - worker
