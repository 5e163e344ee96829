"""KMS: the keys that AWS makes for its own services."""

from typing import Any

from moto.kms.models import KmsBackend


def patch_kms() -> None:
    patch_managed_keys()


def patch_managed_keys() -> None:
    """Fault: a key that is made because somebody asks for `alias/aws/s3` counts as one of the customer's."""
    generate = KmsBackend._generate_default_keys  # noqa: SLF001  # moto's own name for it

    def _generate_default_keys(self: Any, alias_name: str) -> Any:
        key_id = generate(self, alias_name)
        if key_id is not None:
            self.keys[key_id].key_manager = "AWS"
        return key_id

    KmsBackend._generate_default_keys = _generate_default_keys  # noqa: SLF001
