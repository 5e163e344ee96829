"""What an expression in the source can be."""

from dataclasses import dataclass

_DEEPEST = 1


@dataclass(frozen=True)
class Instance:
    """Of a class of the program, by its qualified name."""

    name: str


@dataclass(frozen=True)
class Class:
    name: str


@dataclass(frozen=True)
class Function:
    name: str


@dataclass(frozen=True)
class Module:
    name: str


@dataclass(frozen=True)
class Client:
    """A client of AWS, by the name boto3 gives its service."""

    service: str


@dataclass(frozen=True)
class Several:
    """A collection, an iterator, or whatever else yields elements."""

    elements: "Types"


Types = frozenset[Instance | Class | Function | Module | Client | Several]
NOTHING: Types = frozenset()


def several(elements: Types) -> Types:
    # Collections of collections of collections say no more: a name that is put into itself would grow without end.
    if _depth(elements) > _DEEPEST:
        return elements
    return frozenset({Several(elements)}) if elements else NOTHING


def _depth(types: Types) -> int:
    return max((1 + _depth(one.elements) for one in types if isinstance(one, Several)), default=0)


def elements_of(types: Types) -> Types:
    return frozenset().union(*(one.elements for one in types if isinstance(one, Several)))
