"""The checks of a NotificationChannel before a job is started: could Rekognition publish the job's end?"""

from collections.abc import Mapping

from moto.iam.models import iam_backends
from moto.sns.models import sns_backends
from moto.utilities.utils import get_partition

from rekognition_cloud.iam.condition import Context
from rekognition_cloud.iam.decision import decide
from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.principal import Principal, role, service
from rekognition_cloud.iam.statement import Request
from rekognition_cloud.iam.stored_policies import identity_policies, resource_policy
from rekognition_cloud.rekognition.refusal import invalid_parameter

_SERVICE = "rekognition.amazonaws.com"


def check_channel(account: str, region: str, channel: Mapping[str, str]) -> None:
    """Refuses a channel through which nothing could be published, also while policies are not enforced.

    The topic must exist in the job's region (the developer guide, "Configuring Amazon Rekognition Video"); the role
    must exist, trust Rekognition and be allowed sns:Publish on the topic by its inline and attached policies, and the
    topic's own policy must not deny it. The managed policy AmazonRekognitionServiceRole allows it for topics named
    AmazonRekognition* only.

    Raises Refusal: InvalidParameterException, the same for every fault; see `invalid_parameter`.
    """
    topic, role_arn = channel["SNSTopicArn"], channel["RoleArn"]
    partition = get_partition(region)
    known_roles = {known.arn for known in iam_backends[account][partition].roles.values()}
    if role_arn not in known_roles or topic not in sns_backends[account][region].topics:
        raise invalid_parameter()
    job = f"arn:{partition}:rekognition:{region}:{account}:job"
    source: Context = {"aws:sourceaccount": (account,), "aws:sourcearn": (job,), "aws:securetransport": ("true",)}
    own: Context = {"aws:principalarn": (role_arn,), "aws:securetransport": ("true",)}
    rekognition, publisher = service(_SERVICE, account), role(role_arn, "rekognition")
    if not _allowed(rekognition, "sts:AssumeRole", role_arn, source):
        raise invalid_parameter()
    if not _allowed(publisher, "sns:Publish", topic, own):
        raise invalid_parameter()


def _allowed(principal: Principal, action: str, resource: str, context: Context) -> bool:
    request = Request(principal, action, resource, context)
    try:
        identity = identity_policies(principal)
        return decide(request, identity, resource_policy(principal.account, resource)).allowed
    except NotEvaluated:
        return False
