"""Who asks, and where."""

from botocore.exceptions import ClientError

from reelsift.aws.checkup.finding import Finding, Grade, Remedy
from reelsift.aws.clients import Clients
from reelsift.aws.errors import message_of

SUBJECT = "credentials"


async def check_identity(clients: Clients) -> Finding:
    """The account and the name behind the credentials. Raises what botocore raises where there are none at all."""
    sts = await clients.open("sts")
    try:
        answer = await sts.get_caller_identity()
    except ClientError as error:
        return Finding(
            SUBJECT, Grade.BROKEN, f"AWS does not accept them: {message_of(error)}", Remedy.OTHER_CREDENTIALS
        )
    region = clients.s3.meta.region_name
    return Finding(SUBJECT, Grade.OK, f"{answer['Arn']} in account {answer['Account']}, region {region}")
