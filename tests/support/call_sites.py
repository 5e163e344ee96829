"""The places in the program from which AWS is called, by its source."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

import botocore.session
from botocore import xform_name

import reelsift
from reelsift.aws.clients import Clients
from reelsift.aws.deployment import Deployment
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.table import Table

SOURCE = Path(reelsift.__file__).parent

REQUEST = "request"
"""What is called where it is a method of one of botocore's clients."""

_SERVICES = ("cloudwatch", "dynamodb", "events", "iam", "rekognition", "s3", "service-quotas", "sns", "sqs", "sts")

_ROOMS = frozenset(
    {
        "archive",
        "aws",
        "batches",
        "cli",
        "console",
        "events",
        "inventories",
        "jobs",
        "messages",
        "policy_tests",
        "policy_versions",
        "queries",
        "reevaluation",
        "reporting",
        "reviews",
        "runtime",
        "smoke",
        "worker",
    }
)
"""Rooms that may call AWS: not those below `aws`, and not the demo, which only knows an embedded cloud."""

_STORES = frozenset(field.name for field in fields(Deployment)) | {
    "begun",
    "bus",
    "intake",
    "intake_for",
    "open_index",
    "priority",
    "queue",
    "sealed_bucket",
    "super",
    "table",
}
"""What variables, attributes, classes and methods that give a store are called: in lower case, without a first `_`."""

_NO_CLIENTS = frozenset({"call", "request"})
"""What the console's own requests are called: they have methods whose names operations of AWS have, too."""

_IN_MEMORY = frozenset(
    {
        *("Metrics.count", "Metrics.gauge", "Metrics.observe", "OpenIndex.readable"),
        # What a test of a policy spills on the disk, and Arrow's tables.
        *("Table.take", "Videos.take"),
    }
)
"""Methods of stores, and of what is named as these, that send no request."""

_OF_COLLECTIONS = frozenset(name for kind in (dict, list, set) for name in dir(kind))
"""A variable `jobs` may be a store, and a dictionary just as well: of these methods, only those of stores are awaited.
"""


@dataclass(frozen=True, slots=True, order=True)
class CallSite:
    """A call in these lines of a module (its path below the package): of a store's method, or a request by a client.

    Of a method that is handed on, to be called by another module, it is where that is done.
    """

    module: str
    function: str
    called: str
    first: int
    last: int
    handed_on: bool = False
    method: str = ""
    """The method with its class, as `Jobs.get`, where all of its calls do the same to the same resource."""

    def __str__(self) -> str:
        return f"{self.module} {self.function} {self.called}"


_DEPENDS = frozenset({"OpenIndex", "OwnVideos", "Queue", "Rekognition", "Table", "Videos", "WorkBucket"})
"""Stores of which each call may be of another resource, or another action."""


@cache
def call_sites() -> list[CallSite]:
    """Every one, in the order of the source."""
    files = [file for file in sorted(SOURCE.rglob("*.py")) if file.relative_to(SOURCE).parts[0] in _ROOMS]
    return [site for file in files for site in _sites(file)]


def store_methods() -> Iterator[tuple[type, str, Any]]:
    """The methods by which other rooms, and stores themselves, call AWS: class, name and function."""
    types = {part for hint in get_type_hints(Deployment).values() for part in _classes(hint)}
    stores = {each for each in types if each.__module__.startswith("reelsift.aws.")} | {OpenIndex, Table}
    # What opens the clients sends nothing.
    for store in stores - {Clients}:
        for name, function in list(vars(store).items()):
            public = inspect.isfunction(function) and not name.startswith("_")
            if public and function.__qualname__ not in _IN_MEMORY:
                yield store, name, function


@cache
def _methods() -> frozenset[str]:
    return frozenset(name for _, name, _ in store_methods())


@cache
def _operations() -> frozenset[str]:
    session = botocore.session.get_session()
    return frozenset(
        xform_name(operation)
        for service in _SERVICES
        for operation in session.get_service_model(service).operation_names
    )


def _classes(hint: Any) -> Iterator[type]:
    if isinstance(hint, type):
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def _sites(file: Path) -> Iterator[CallSite]:
    module = file.relative_to(SOURCE).as_posix()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    awaited = {id(node.value) for node in nodes if isinstance(node, ast.Await)}
    awaited |= {id(node.iter) for node in nodes if isinstance(node, ast.AsyncFor | ast.comprehension)}
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for function, node in _within(tree, ""):
        lines = node.lineno, node.end_lineno or node.lineno
        if isinstance(node, ast.Call):
            what = _called(node, of_store=module.startswith("aws/"), awaited=id(node) in awaited)
            if what:
                yield CallSite(module, function, what, *lines, method=_method(node.func))
        elif id(node) not in called and isinstance(node.value, ast.Attribute) and _is_method(node):
            yield CallSite(module, function, node.attr, *lines, handed_on=True, method=_method(node))


def _within(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call | ast.Attribute]]:
    """The calls and attributes in a piece of source, and the class and function that each stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call | ast.Attribute):
            yield function, child
        within = function
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            within = f"{function}.{child.name}".lstrip(".")
        yield from _within(child, within)


def _called(node: ast.Call, *, of_store: bool, awaited: bool) -> str:
    """What of AWS a call calls: a method of a store, or REQUEST; "" where it calls something else."""
    function = node.func
    if isinstance(function, ast.Call):
        # getattr(client, operation)(…)
        return REQUEST if awaited and ast.unparse(function.func) == "getattr" else ""
    if isinstance(function, ast.Name):
        # An operation that was chosen before: call = getattr(client, operation).
        return REQUEST if awaited and function.id == "call" else ""
    if not isinstance(function, ast.Attribute):
        return ""
    if _is_method(function) or (of_store and ast.unparse(function.value) == "self" and function.attr in _methods()):
        uncertain = isinstance(function.value, ast.Name) and function.attr in _OF_COLLECTIONS and not awaited
        return "" if uncertain else function.attr
    named = _name(function.value)
    return REQUEST if function.attr in {*_operations(), "paginate"} and named not in _STORES | _NO_CLIENTS else ""


@cache
def _store_names() -> dict[str, str]:
    """The class of each store of a deployment, but for those of which each call may need another permission."""
    hints = get_type_hints(Deployment)
    stores = {name: next(_classes(hint)).__name__ for name, hint in hints.items()}
    return {name: store for name, store in stores.items() if store not in _DEPENDS}


def _method(function: ast.expr) -> str:
    store = _store_names().get(_name(function.value), "") if isinstance(function, ast.Attribute) else ""
    return f"{store}.{function.attr}" if store and isinstance(function, ast.Attribute) else ""


def _is_method(node: ast.Attribute) -> bool:
    """Whether it is a method of a store, by its name and the name of what holds the store."""
    name = _name(node.value)
    return name in _STORES and node.attr in _methods() and f"{name.capitalize()}.{node.attr}" not in _IN_MEMORY


def _name(receiver: ast.expr) -> str:
    """The last part of a variable's or attribute's name."""
    while isinstance(receiver, ast.Subscript | ast.Call | ast.IfExp):
        if isinstance(receiver, ast.Subscript):
            receiver = receiver.value
        else:
            receiver = receiver.func if isinstance(receiver, ast.Call) else receiver.body
    return ast.unparse(receiver).rpartition(".")[2].lstrip("_").lower()
