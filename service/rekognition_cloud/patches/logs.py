"""CloudWatch Logs: the key of a log group."""

from typing import Any

from moto.logs.responses import LogsResponse


def mend_logs() -> None:
    mend_log_group_key()


def mend_log_group_key() -> None:
    """Fault: a log group has the key it was made with for ever: AssociateKmsKey and DisassociateKmsKey are missing."""

    def associate_kms_key(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = self._get_param("kmsKeyId")
        return ""

    def disassociate_kms_key(self: Any) -> str:
        self.logs_backend.groups[self._get_param("logGroupName")].kms_key_id = None
        return ""

    LogsResponse.associate_kms_key = associate_kms_key
    LogsResponse.disassociate_kms_key = disassociate_kms_key
