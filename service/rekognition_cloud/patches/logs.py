"""CloudWatch Logs: the key of a log group."""

from typing import Any

from moto.logs.responses import LogsResponse


def patch_logs() -> None:
    patch_log_group_key()


def patch_log_group_key() -> None:
    """Fault: AssociateKmsKey and DisassociateKmsKey are missing, so that the key of a log group never changes."""

    def associate_kms_key(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = self._get_param("kmsKeyId")
        return ""

    def disassociate_kms_key(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = None
        return ""

    LogsResponse.associate_kms_key = associate_kms_key
    LogsResponse.disassociate_kms_key = disassociate_kms_key
