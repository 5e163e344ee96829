"""Tables: their encryption keys."""

from typing import Any

from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler


def patch_dynamodb_encryption() -> None:
    patch_table_key()
    patch_change_of_table_key()


def patch_table_key() -> None:
    """Fault: a table under DynamoDB's own key makes a key in the account all the same."""
    make = Table.__init__

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:  # noqa: N807  # the method of that name
        if not (named.get("sse_specification") or {}).get("Enabled"):
            named["sse_specification"] = None
        make(self, *arguments, **named)

    Table.__init__ = __init__


def patch_change_of_table_key() -> None:
    """Fault: the key of a table never changes."""
    update = DynamoHandler.update_table

    def update_table(self: Any) -> Any:
        asked = self.body.get("SSESpecification")
        if asked is not None:
            table = self.dynamodb_backend.get_table(self.body["TableName"])
            table.sse_specification = None
            if asked.get("Enabled"):
                managed = table._get_default_encryption_key(table.account_id, table.region_name)  # noqa: SLF001  # moto's
                table.sse_specification = {"KMSMasterKeyId": managed, **asked}
        return update(self)

    DynamoHandler.update_table = update_table
