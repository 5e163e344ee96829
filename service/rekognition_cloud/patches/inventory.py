"""S3 Inventory: its configurations."""

from typing import Any

import xmltodict  # type: ignore[import-untyped]  # moto's own parser; it ships no types
from moto.core.responses import ActionResult
from moto.s3.exceptions import MissingInventoryConfig
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response


def patch_inventory() -> None:
    patch_inventory_configuration()
    patch_inventory_removal()
    patch_missing_inventory()


def patch_inventory_configuration() -> None:
    """Fault: an inventory reads back with "All" object versions whatever was put, and without SSE-S3, whose element has
    no content.
    """
    put = S3Backend.put_bucket_inventory_configuration
    get = S3Backend.get_bucket_inventory_configuration

    def put_configuration(self: Any, bucket_name: str, inventory_configuration: dict[str, Any]) -> None:
        put(self, bucket_name, inventory_configuration)
        made = get(self, bucket_name, inventory_configuration["Id"])
        made.included_object_versions = inventory_configuration["IncludedObjectVersions"]
        fields = inventory_configuration.get("OptionalFields") or {}
        made.optional_fields = fields.get("Field", [])
        destination = made.destination["S3BucketDestination"]
        if "Encryption" in destination:
            destination["Encryption"] = {kind: key or {} for kind, key in destination["Encryption"].items()}

    def read_body(self: Any) -> Any:
        # A list, also of one field: what has several in AWS is several here.
        return xmltodict.parse(self.body, force_list=("Field",))["InventoryConfiguration"]

    def get_configuration(self: Any) -> Any:
        configuration = get(self.backend, self.bucket_name, self.querystring["id"][0])
        self.data["Action"] = "GetBucketInventoryConfiguration"
        return self.serialized(ActionResult({"InventoryConfiguration": _described(configuration)}))

    def list_configurations(self: Any) -> Any:
        configurations = self.backend.list_bucket_inventory_configurations(self.bucket_name)
        self.data["Action"] = "ListBucketInventoryConfigurations"
        described = [_described(configuration) for configuration in configurations]
        return self.serialized(ActionResult({"InventoryConfigurationList": described, "IsTruncated": False}))

    S3Backend.put_bucket_inventory_configuration = put_configuration
    S3Response._inventory_config_from_body = read_body  # noqa: SLF001  # moto's own name for it
    S3Response.get_bucket_inventory_configuration = get_configuration
    S3Response.list_bucket_inventory_configurations = list_configurations


def _described(configuration: Any) -> dict[str, Any]:
    described = {
        "Destination": configuration.destination,
        "Filter": configuration.filters,
        "Id": configuration.id,
        "IncludedObjectVersions": configuration.included_object_versions,
        "IsEnabled": configuration.is_enabled == "true",
        "OptionalFields": configuration.optional_fields,
        "Schedule": configuration.schedule,
    }
    return {name: value for name, value in described.items() if value is not None}


def patch_inventory_removal() -> None:
    """Fault: removing an inventory removes the bucket."""
    delete = S3Response._bucket_response_delete  # noqa: SLF001  # moto's own name for it

    def delete_of_bucket(self: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "inventory" not in querystring:
            return delete(self, bucket_name, querystring)
        self._set_action("BUCKET", "DELETE", querystring)
        self._authenticate_and_authorize_s3_action(bucket_name=bucket_name)
        self.backend.get_bucket_inventory_configuration(bucket_name, querystring["id"][0])
        del self.backend.get_bucket(bucket_name).inventory_configs[querystring["id"][0]]
        return 204, {}, ""

    S3Response._bucket_response_delete = delete_of_bucket  # noqa: SLF001  # the same


def patch_missing_inventory() -> None:
    """Fault: moto calls a missing inventory NoSuchInventoryConfig; S3 calls it NoSuchConfiguration."""
    MissingInventoryConfig.code = "NoSuchConfiguration"
