"""Expressions of conditions and updates: the time that parsing them takes."""

import copy
import pickle
from collections import deque
from functools import cache, lru_cache
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

_REMEMBERED = 1000
"""A program has few expressions, since names and values are not part of them."""


def patch_expressions() -> None:
    patch_conditions()
    patch_parser()
    patch_copies()
    patch_traversal()


def patch_conditions() -> None:
    """Fault: each condition is split into words twice a request, trying six patterns for each word."""
    split = ConditionExpressionParser._lex_condition_expression  # noqa: SLF001  # moto's own name for it

    @lru_cache(_REMEMBERED)
    def words(expression: str) -> tuple[Any, ...]:
        return tuple(split(ConditionExpressionParser(expression, {}, {})))

    ConditionExpressionParser._lex_condition_expression = lambda self: deque(words(self.condition_expression))  # noqa: SLF001  # the same


def patch_parser() -> None:
    """Fault: each update is parsed twice a request, character by character."""
    UpdateExpressionParser.make = lru_cache(_REMEMBERED)(UpdateExpressionParser.make)


def patch_copies() -> None:
    """Fault: the tree of an expression is copied node by node for each update."""

    def copied(value: Any) -> Any:
        return pickle.loads(pickle.dumps(value, -1)) if isinstance(value, Node) else copy.deepcopy(value)  # noqa: S301

    validators.deepcopy = copied


def patch_traversal() -> None:
    """Fault: ten times an update, the class of every node is compared with all classes of nodes."""

    @cache
    def is_node(kind: type) -> bool:
        return issubclass(kind, Node)

    @cache
    def handled(kind: type, handled_kinds: tuple[type, ...]) -> type | None:
        return next((known for known in handled_kinds if issubclass(kind, known)), None)

    def traverse(self: Any, node: Any, child_id: int = -1) -> Any:
        processors = self._processing_map()
        return walk(self, processors, tuple(processors), node, child_id)

    def walk(self: Any, processors: Any, kinds: tuple[type, ...], node: Any, child_id: int) -> Any:
        kind: Any = type(node)
        if not is_node(kind):
            return node
        parent = node.parent
        for index, child in enumerate(node.children or ()):
            self.pre_processing_of_child(node, index)
            walk(self, processors, kinds, child, index)
        known = handled(kind, kinds)
        if known is not None:
            node = processors[known](node)
            node.parent = parent
            if parent:
                parent.children[child_id] = node
        return node

    DepthFirstTraverser.traverse_node_recursively = traverse
