import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from botocore import xform_name
from botocore.session import Session

from reelsift.domain.analysis import Analysis
from unit.iam.source_types import NOTHING, Class, Client, Function, Instance, Types, elements_of, several

if TYPE_CHECKING:
    from unit.iam.called_operations import CalledOperations

Definition = ast.FunctionDef | ast.AsyncFunctionDef

Operation = tuple[str, str]
"""Service and operation, as boto3's client and botocore's model name them."""


@dataclass
class Scope:
    """One function, or a module's or class's own statements: what names mean in it."""

    name: str
    module: str
    owner: str | None
    """The class it is a method of."""
    node: Definition | None
    names: dict[str, Types] = field(default_factory=dict)
    calls: set[str] = field(default_factory=set)
    operations: set[Operation] = field(default_factory=set)
    chosen_by: dict[str, str] = field(default_factory=dict)
    """Parameters that name a client's method, and the client's service."""


class Walk(ast.NodeVisitor):
    """Goes through one function."""

    def __init__(self, code: "CalledOperations", scope: Scope) -> None:
        self._code = code
        self._scope = scope

    def run(self) -> None:
        node = self._scope.node
        if node is None:
            return
        if self._scope.owner:
            self._bind("self", frozenset({Instance(self._scope.owner)}))
            self._bind("cls", frozenset({Class(self._scope.owner)}))
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            self._bind(argument.arg, self._code.parameter(self._scope, argument))
        for statement in node.body:
            self.visit(statement)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_inner(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_inner(node)

    def _visit_inner(self, node: Definition) -> None:
        for argument in (*node.args.args, *node.args.kwonlyargs):
            self._bind(argument.arg, self._code.annotated(argument.annotation, self._scope.module))
        for statement in node.body:
            self.visit(statement)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            self._assign(target, self._types(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.generic_visit(node)
        types = self._code.annotated(node.annotation, self._scope.module, self._scope.owner)
        self._assign(node.target, types | (self._types(node.value) if node.value else NOTHING))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        self._assign(node.target, self._types(node.value))

    def visit_For(self, node: ast.For) -> None:
        self._assign(node.target, self._elements_of(node.iter))
        self.generic_visit(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._assign(node.target, self._elements_of(node.iter))
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._assign(node.target, self._elements_of(node.iter))
        self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            types = self._types(node.context_expr)
            self._assign(node.optional_vars, types | elements_of(types))
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node)

    def _visit_comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        # The names that the element uses are bound behind it.
        for generator in node.generators:
            self.visit(generator)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._mention(self._types(node))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        owner = self._types(node.value)
        self._mention(self._code.attribute(owner, node.attr))
        for one in owner:
            if isinstance(one, Client) and node.attr in operation_names(one.service):
                self._scope.operations.add((one.service, operation_names(one.service)[node.attr]))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[receiver, chosen, *_]):
                for client in self._clients(receiver):
                    self._choose(client, chosen)
            case ast.Call(
                func=ast.Attribute(value=receiver, attr="get_paginator"), args=[ast.Constant(value=str(name))]
            ):
                for client in self._clients(receiver):
                    self._scope.operations.add((client.service, operation_names(client.service)[name]))
        for one in self._types(node.func):
            if isinstance(one, Class):
                self._scope.calls.update(self._code.constructors(one.name))
                for constructor in self._code.constructors(one.name):
                    self._hand_on(constructor, node)
            elif isinstance(one, Function):
                self._hand_on(one.name, node)

    def _hand_on(self, function: str, node: ast.Call) -> None:
        given: list[tuple[str | None, Types]] = [(None, self._types(argument)) for argument in node.args]
        given += [(keyword.arg, self._types(keyword.value)) for keyword in node.keywords]
        self._code.learn_parameters(function, given)
        for parameter, service in self._code.chosen_by(function).items():
            position = self._code.parameter_names(function).index(parameter)
            match node.args[position : position + 1]:
                case [ast.Constant(value=str(name))]:
                    self._scope.operations.add((service, operation_names(service)[name]))
                case _:
                    raise AssertionError(f"{self._scope.name} chooses an operation of {service} that cannot be told")

    def _choose(self, client: Client, chosen: ast.expr) -> None:
        """An operation that is not written as a method of its client."""
        match chosen:
            case ast.Constant(value=str(name)):
                self._scope.operations.add((client.service, operation_names(client.service)[name]))
            case ast.Name(id=name) if self._scope.node and name in [one.arg for one in self._scope.node.args.args]:
                self._scope.chosen_by[name] = client.service
            case ast.Call(func=ast.Name(id="xform_name"), args=[ast.Attribute(attr="start" | "get" as which)]):
                # The specification of an analysis names its two operations.
                self._scope.operations |= {(client.service, getattr(one.spec, which)) for one in Analysis}
            case _:
                raise AssertionError(f"{self._scope.name} chooses an operation of {client.service} that cannot be told")

    def _mention(self, types: Types) -> None:
        self._scope.calls.update(one.name for one in types if isinstance(one, Function))

    def _clients(self, node: ast.expr) -> list[Client]:
        return [one for one in self._types(node) if isinstance(one, Client)]

    def _bind(self, name: str, types: Types) -> None:
        self._scope.names[name] = self._scope.names.get(name, NOTHING) | types

    def _assign(self, target: ast.expr, types: Types) -> None:
        match target:
            case ast.Name(id=name):
                self._bind(name, types)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._assign(part, elements_of(types) or types)
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if self._scope.owner:
                self._code.learn_attribute(self._scope.owner, name, types)

    def _elements_of(self, node: ast.expr) -> Types:
        return elements_of(self._types(node))

    def _types(self, node: ast.expr | None) -> Types:
        found: Types = NOTHING
        match node:
            case ast.Name(id=name):
                found = self._scope.names.get(name) or self._code.global_types(self._scope.module, name)
            case ast.Attribute(value=value, attr=name):
                found = self._read_attribute(self._types(value), name)
            case ast.Await(value=value) | ast.Starred(value=value) | ast.NamedExpr(value=value):
                found = self._types(value)
            case ast.Subscript(value=value):
                found = self._elements_of(value)
            case ast.Call():
                found = self._result(node)
            case ast.IfExp(body=first, orelse=second):
                found = self._types(first) | self._types(second)
            case ast.BoolOp(values=values):
                found = frozenset().union(*map(self._types, values))
            case ast.expr():
                found = several(frozenset().union(*map(self._types, displayed(node))))
        return found

    def _read_attribute(self, owner: Types, name: str) -> Types:
        found: Types = NOTHING
        for one in self._code.attribute(owner, name):
            if isinstance(one, Function) and self._code.is_property(one.name):
                found |= self._code.returned(one.name)
            else:
                found |= frozenset({one})
        return found

    def _result(self, node: ast.Call) -> Types:
        match node.func:
            case ast.Name(id="sorted" | "list" | "tuple" | "set" | "reversed" | "iter" | "zip" | "enumerate" | "next"):
                return frozenset().union(*map(self._types, node.args))
        found: Types = NOTHING
        for one in self._types(node.func):
            match one:
                case Class(name=name):
                    found |= frozenset({Instance(name)})
                case Function(name=name):
                    found |= self._opened(name, node) or self._code.returned(name)
                case _:
                    # What a collection's own methods give, and what a Callable annotation says.
                    found |= frozenset({one})
        return found

    def _opened(self, function: str, node: ast.Call) -> Types:
        """`Clients.open("iam")` gives a client of the service it names."""
        match node.args:
            case [ast.Constant(value=str(service))] if function.endswith((".Clients.open", ".Clients._open")):
                return frozenset({Client(service)})
        return NOTHING


def displayed(node: ast.expr) -> list[ast.expr]:
    """What a list, a tuple, a set, a dictionary or a comprehension is made of; of anything else, nothing."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            return parts
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.SetComp(elt=part) | ast.DictComp(value=part):
            return [part]
    return []


@cache
def operation_names(service: str) -> Mapping[str, str]:
    """The operations of a service by the names of the client's methods."""
    return {xform_name(name): name for name in Session().get_service_model(service).operation_names}
