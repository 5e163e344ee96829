"""Which operations of AWS a part of the program can call, found in its source.

The source is annotated throughout (mypy is strict here), so the class of most receivers can be told from annotations,
constructors and returns alone. What a function mentions it may call: methods are handed around as values. Nothing is
run, and no branch is left out.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import reelsift
from unit.iam.function_walk import Definition, Operation, Scope, Walk
from unit.iam.source_types import NOTHING, Class, Client, Function, Instance, Module, Several, Types, several

_PACKAGE = "reelsift"
_ROOT = Path(reelsift.__file__).parent

_STUBS = "types_aiobotocore_"

_TYPE_NAME = re.compile(r"_?[A-Z][a-z]")

_TRANSPARENT = frozenset({"Awaitable", "Coroutine", "Annotated", "Callable"})
"""Generic types that stand for what comes out of them; the others are collections of it."""


@dataclass
class _ClassSource:
    name: str
    module: str
    node: ast.ClassDef
    methods: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Types] = field(default_factory=dict)


class CalledOperations:
    """The program's functions, what each calls, and the operations of AWS it calls itself.

    Without the embedded cloud, which is no part of what runs in AWS.
    """

    def __init__(self, root: Path = _ROOT) -> None:
        self._globals: dict[str, dict[str, ast.expr | ast.ClassDef | Definition | tuple[str, str]]] = {}
        self._classes: dict[str, _ClassSource] = {}
        self._scopes: dict[str, Scope] = {}
        self._parameters: dict[tuple[str, str], Types] = {}
        self._resolving: set[tuple[str, str]] = set()
        self._annotations: dict[ast.expr, Types] = {}
        for path in sorted(set(root.rglob("*.py")) - set((root / "local").rglob("*.py"))):
            parts = (_PACKAGE, *path.relative_to(root).with_suffix("").parts)
            self._read(".".join(part for part in parts if part != "__init__"), ast.parse(path.read_text()))
        size = -1
        # What one function hands on is known once it has been looked into: repeated until nothing new is learnt.
        while size != (size := self._knowledge()):
            for scope in self._scopes.values():
                Walk(self, scope).run()

    def functions(self, *modules: str, without: str = "") -> frozenset[str]:
        """The functions of these modules and of those below them, and all that they can come to call, by full name.

        Functions of the module `without` do not count, nor what only they call.
        """
        inside = {name: scope for name, scope in self._scopes.items() if scope.module != without}
        seen: set[str] = set()
        waiting = {
            name
            for name, scope in inside.items()
            if any(f"{scope.module}.".startswith(f"{module}.") for module in modules)
        }
        while waiting:
            seen |= waiting
            waiting = {called for name in waiting for called in inside[name].calls if called in inside} - seen
        return frozenset(seen)

    def operations(self, functions: Iterable[str]) -> frozenset[Operation]:
        """The operations that these functions themselves call."""
        return frozenset(operation for name in functions for operation in self._scopes[name].operations)

    # What names mean

    def global_types(self, module: str, name: str) -> Types:
        """What a module's global name stands for."""
        found = self._globals.get(module, {}).get(name)
        if isinstance(found, tuple):
            return self._imported(*found)
        if isinstance(found, ast.ClassDef):
            return frozenset({Class(f"{module}.{name}")})
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            return frozenset({Function(f"{module}.{name}")})
        return NOTHING

    def annotated(self, annotation: ast.expr | None, module: str, owner: str | None = None) -> Types:
        """The types an annotation stands for."""
        if annotation is None:
            return NOTHING
        if annotation not in self._annotations:
            self._annotations[annotation] = self._read_annotation(annotation, module, owner)
        return self._annotations[annotation]

    def _read_annotation(self, annotation: ast.expr, module: str, owner: str | None) -> Types:
        found: Types = NOTHING
        match annotation:
            case ast.Constant(value=str(text)):
                found = self.annotated(ast.parse(text, mode="eval").body, module, owner)
            case ast.BinOp(left=left, right=right):
                found = self.annotated(left, module, owner) | self.annotated(right, module, owner)
            case ast.Name(id=name):
                found = frozenset({Instance(owner)}) if name == "Self" and owner else self._named(module, name)
            case ast.List(elts=parts):
                found = self._parts(parts, module, owner)
            case ast.Subscript(value=value, slice=inner) if getattr(value, "id", "") != "Literal":
                found = self._parts(inner.elts if isinstance(inner, ast.Tuple) else [inner], module, owner)
                found = found if getattr(value, "id", "") in _TRANSPARENT else several(found)
        return found

    def _parts(self, parts: Iterable[ast.expr], module: str, owner: str | None) -> Types:
        return frozenset().union(*(self.annotated(part, module, owner) for part in parts))

    def attribute(self, owner: Types, name: str) -> Types:
        """What an attribute of these types is; methods as functions."""
        found: Types = NOTHING
        for one in owner:
            match one:
                case Module(name=module):
                    submodule = f"{module}.{name}"
                    found |= frozenset({Module(submodule)}) if submodule in self._globals else NOTHING
                    found |= self.global_types(module, name)
                case Instance(name=class_name) | Class(name=class_name):
                    found |= self._member(class_name, name)
                case Several() if name in {"values", "items", "copy"}:
                    found |= frozenset({one})
                case Several(elements=elements) if name in {"get", "pop", "popleft", "setdefault"}:
                    found |= elements
        return found

    def returned(self, function: str) -> Types:
        """What a call of a function gives, awaited or entered or not."""
        scope = self._scopes.get(function)
        if scope is None or scope.node is None:
            return NOTHING
        return self.annotated(scope.node.returns, scope.module, scope.owner)

    def learn_parameters(self, function: str, arguments: list[tuple[str | None, Types]]) -> None:
        """Notes what a function is called with: a parameter annotated with Any is what it is given."""
        scope = self._scopes.get(function)
        if scope is None or scope.node is None:
            return
        names = [one.arg for one in (*scope.node.args.posonlyargs, *scope.node.args.args)]
        if scope.owner and names and names[0] in {"self", "cls"}:
            names = names[1:]
        for index, (keyword, types) in enumerate(arguments):
            name = keyword or (names[index] if index < len(names) else None)
            if name and types:
                key = (function, name)
                self._parameters[key] = self._parameters.get(key, NOTHING) | types

    def parameter(self, scope: Scope, argument: ast.arg) -> Types:
        return self.annotated(argument.annotation, scope.module, scope.owner) or self._parameters.get(
            (scope.name, argument.arg), NOTHING
        )

    def learn_attribute(self, class_name: str, attribute: str, types: Types) -> None:
        attributes = self._classes[class_name].attributes
        attributes[attribute] = attributes.get(attribute, NOTHING) | types

    def chosen_by(self, function: str) -> Mapping[str, str]:
        scope = self._scopes.get(function)
        return scope.chosen_by if scope else {}

    def parameter_names(self, function: str) -> list[str]:
        node = self._scopes[function].node
        names = [one.arg for one in node.args.args] if node else []
        return names[1:] if names[:1] in (["self"], ["cls"]) else names

    def constructors(self, class_name: str) -> Iterator[str]:
        """What making an instance, and entering it, can run."""
        for method in ("__init__", "__post_init__", "__aenter__", "__aexit__", "__enter__", "__exit__"):
            for one in self._member(class_name, method):
                if isinstance(one, Function):
                    yield one.name

    def is_property(self, function: str) -> bool:
        scope = self._scopes.get(function)
        decorators = scope.node.decorator_list if scope and scope.node else []
        return any(isinstance(one, ast.Name) and one.id in {"property", "cached_property"} for one in decorators)

    # Reading

    def _read(self, module: str, tree: ast.Module) -> None:
        names = self._globals.setdefault(module, {})
        for node in ast.walk(tree):
            match node:
                case ast.ImportFrom(module=str(source), names=aliases):
                    names |= {alias.asname or alias.name: (source, alias.name) for alias in aliases}
                case ast.Import(names=aliases):
                    names |= {alias.asname or alias.name.split(".")[0]: (alias.name, "") for alias in aliases}
        self._add_scope(module, module, None, None)
        for statement in tree.body:
            match statement:
                case ast.ClassDef(name=name):
                    names[name] = statement
                    self._read_class(module, statement)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    names[name] = statement
                    self._add_scope(f"{module}.{name}", module, None, statement)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    names[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    names[name] = value

    def _read_class(self, module: str, node: ast.ClassDef) -> None:
        source = _ClassSource(f"{module}.{node.name}", module, node)
        self._classes[source.name] = source
        for statement in node.body:
            match statement:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    source.methods[name] = f"{source.name}.{name}"
                    self._add_scope(source.methods[name], module, source.name, statement)

    def _add_scope(self, name: str, module: str, owner: str | None, node: Definition | None) -> None:
        self._scopes[name] = Scope(name, module, owner, node)

    def _imported(self, source: str, name: str) -> Types:
        if name == "":
            return frozenset({Module(source)}) if source in self._globals else NOTHING
        if source.startswith(_STUBS) and name.endswith("Client"):
            return frozenset({Client(source.removeprefix(_STUBS).split(".")[0].replace("_", "-"))})
        if f"{source}.{name}" in self._globals:
            return frozenset({Module(f"{source}.{name}")})
        return self.global_types(source, name)

    def _named(self, module: str, name: str) -> Types:
        """An annotation's name: a class means its instances, an alias what it stands for."""
        meant: Types = frozenset(
            Instance(one.name) if isinstance(one, Class) else one for one in self.global_types(module, name)
        )
        if meant:
            return meant
        found = self._globals.get(module, {}).get(name)
        if isinstance(found, tuple):
            module, name = found
            found = self._globals.get(module, {}).get(name)
        # Types have names in CapWords; whatever else a global name is bound to is a value. An alias may name itself.
        if not _TYPE_NAME.match(name) or (module, name) in self._resolving:
            return NOTHING
        self._resolving.add((module, name))
        try:
            return self.annotated(found, module) if isinstance(found, ast.BinOp | ast.Subscript) else NOTHING
        finally:
            self._resolving.remove((module, name))

    def _member(self, class_name: str, name: str) -> Types:
        source = self._classes.get(class_name)
        if source is None:
            return NOTHING
        if name in source.methods:
            return frozenset({Function(source.methods[name])})
        found = source.attributes.get(name, NOTHING)
        for statement in source.node.body:
            if isinstance(statement, ast.AnnAssign) and getattr(statement.target, "id", None) == name:
                found |= self.annotated(statement.annotation, source.module, class_name)
        for base in source.node.bases:
            for one in self.global_types(source.module, getattr(base, "id", "")):
                found |= self._member(one.name, name) if isinstance(one, Class) else NOTHING
        return found

    def _knowledge(self) -> int:
        """Grows with everything learnt."""
        learnt = sum(len(types) for types in self._parameters.values())
        learnt += sum(len(types) for source in self._classes.values() for types in source.attributes.values())
        learnt += sum(len(types) for scope in self._scopes.values() for types in scope.names.values())
        return learnt + sum(len(scope.calls) + len(scope.operations) for scope in self._scopes.values())


@cache
def program() -> CalledOperations:
    """Reelsift's own source; reading it takes two seconds."""
    return CalledOperations()
