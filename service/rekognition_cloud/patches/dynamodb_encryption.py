"""Tables: under whose key they are."""

from typing import Any

from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler


def mend_dynamodb_encryption() -> None:
    mend_table_key()
    mend_change_of_table_key()


def mend_table_key() -> None:
    """Fault: a table that is to stay under DynamoDB's own key makes a key in the account all the same."""
    make = Table.__init__

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:  # noqa: N807  # the method of that name
        if not (named.get("sse_specification") or {}).get("Enabled"):
            named["sse_specification"] = None
        make(self, *arguments, **named)

    Table.__init__ = __init__


def mend_change_of_table_key() -> None:
    """Fault: a table has the key it was made with for ever."""
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
