"""The actions of IAM that the program's code may need, by who runs it."""

from rekognition_cloud.iam.operations import actions_of
from unit.iam.called_operations import program

_TRANSACTION = {
    "reelsift.aws.table.Table.transact_put": "dynamodb:PutItem",
    "reelsift.aws.table.Table.transact_update": "dynamodb:UpdateItem",
    "reelsift.aws.table.Table.transact_delete": "dynamodb:DeleteItem",
}
"""A transaction has no action of its own, but that of each item in it."""


def called(who: str) -> frozenset[str]:
    """What the program may need as "task", which is the worker, or as "operator", which is the command line."""
    code = program()
    functions = (
        code.functions("reelsift.worker", "reelsift.cli.worker")
        if who == "task"
        else code.functions("reelsift.cli", without="reelsift.cli.worker")
    )
    actions: set[str] = {action for function, action in _TRANSACTION.items() if function in functions}
    for service, operation in code.operations(functions) - {("dynamodb", "TransactWriteItems")}:
        actions |= actions_of(service, operation)
    return frozenset(actions)
