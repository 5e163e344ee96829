"""YAML that a person wrote, read without what YAML would quietly misread."""

from typing import Any

import yaml

from reelsift.domain.folding import fold_accents

_PART_SHOWN = 100

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What PyYAML raises for a value that is not of its type: a 13th month, `!!bool maybe`, 5,000 digits."""


class DocumentError(ValueError):
    """A document cannot be used. Each line of the message names a key and says what is wrong with it."""


def load_document(text: str, called: str) -> Any:
    """What the YAML (or JSON) of a document says; `called` is what sentences call it, such as `the policy`. Raises
    DocumentError.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- it is a SafeLoader
    except DocumentError:
        raise
    except yaml.YAMLError as error:
        raise DocumentError(f"{called} is not YAML: {_problem(error)}") from error
    except RecursionError:
        raise DocumentError(f"{called} is nested too deeply") from None
    except (ValueError, OverflowError):
        # chr() of what PyYAML has read as a number.
        raise DocumentError(f"{called} has an escape in quotes that stands for no character") from None


def _problem(error: yaml.YAMLError) -> str:
    """Where YAML could not be read, and why, in a line."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or problem is None:
        return " ".join(str(error).split())
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}"


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, whatever its case, width and accents, and a key like `off` that is no text."""

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            raise DocumentError(f"line {node.start_mark.line + 1}: half a surrogate pair stands for no character")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- PyYAML's signature
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.tag != "tag:yaml.org,2002:str" or not isinstance(key, yaml.ScalarNode):
                raise DocumentError(f"line {line}: a key must be text; put it in quotes")
            name = fold_accents(key.value)
            if name in seen:
                raise DocumentError(f"line {line}: {key.value[:_PART_SHOWN]} stands there for the second time")
            seen.add(name)
        return super().construct_mapping(node, deep=deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 -- PyYAML's signature
        try:
            return super().construct_object(node, deep=deep)
        except DocumentError:
            raise
        except _UNREADABLE:
            kind = node.tag.rpartition(":")[2]
            raise DocumentError(f"line {node.start_mark.line + 1}: this cannot be read as {kind}") from None
