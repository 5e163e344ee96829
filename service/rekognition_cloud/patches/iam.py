"""IAM: the time that the first request takes."""

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam import models


def patch_accounts() -> None:
    """Fault: moto looks for the access key of every request in all partitions of AWS, and so makes the 1,500 policies
    of AWS for each of them: half of the time in which a cloud starts. A partition that nothing was made in has no key.
    """

    def account_of(access_key: str) -> str:
        for account_id, partitions in list(models.iam_backends.items()):
            if any(access_key in partition.access_keys for partition in list(partitions.values())):
                return str(account_id)
        return str(DEFAULT_ACCOUNT_ID)

    models.get_account_id_from = account_of
