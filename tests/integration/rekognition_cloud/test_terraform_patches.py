"""What Terraform writes it reads back: each fault of moto that keeps it from that, shown on moto as it is and gone from
the cloud.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integration.rekognition_cloud.account import Aws, client_at, unique

_UNMENDED = """
from rekognition_cloud import patches
patches.patch_moto = lambda: None
from rekognition_cloud import event_bus
event_bus.install = lambda deliveries: None
from rekognition_cloud.cloud import serve
from rekognition_cloud.knobs import Knobs
serve(0, Knobs(), lambda url: print(url, flush=True))
"""

Client = Callable[[str], Any]
"""Makes clients of one cloud."""


@pytest.fixture(scope="module")
def unpatched() -> Iterator[Client]:
    with subprocess.Popen([sys.executable, "-c", _UNMENDED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        yield lambda service: client_at(url, service)
        process.terminate()


@pytest.fixture
def patched(aws: Aws) -> Client:
    return aws.client


def queue(client: Client, **attributes: str) -> tuple[str, str]:
    """URL and ARN of a new queue."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"), Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_a_redrive_policy_comes_back_as_it_was_put(patched: Client, unpatched: Client) -> None:
    def same(client: Client) -> bool:
        policy = f'{{"deadLetterTargetArn":"{queue(client)[1]}","maxReceiveCount":10}}'
        url, _ = queue(client, RedrivePolicy=policy)
        read = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        return str(read["Attributes"]["RedrivePolicy"]) == policy

    assert not same(unpatched)
    assert same(patched)


def test_a_key_that_aws_makes_for_a_service_is_not_the_customers(patched: Client, unpatched: Client) -> None:
    def manager(client: Client) -> str:
        return str(client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"])

    assert manager(unpatched) == "CUSTOMER"
    assert manager(patched) == "AWS"


def test_a_dead_letter_queue_knows_whom_it_serves(patched: Client, unpatched: Client) -> None:
    def served(client: Client, policy: str) -> str | None:
        url, _ = queue(client)
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": policy})
        try:
            read = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["RedriveAllowPolicy"])
        except ClientError as refused:
            return refused.response["Error"]["Code"]
        attributes: dict[str, str] = read.get("Attributes", {})
        return attributes.get("RedriveAllowPolicy")

    policy = '{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:123456789012:source"]}'
    assert served(unpatched, policy) == "InvalidAttributeName"
    assert served(patched, policy) == policy
    assert served(patched, "") is None


def test_a_queue_keeps_its_policy_when_something_else_is_set(patched: Client, unpatched: Client) -> None:
    def kept(client: Client) -> bool:
        url, arn = queue(client)
        allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        sqs = client("sqs")
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "60"
        return str(attributes.get("Policy")) == policy

    assert not kept(unpatched)
    assert kept(patched)


def test_a_queue_under_a_key_is_not_under_that_of_sqs(patched: Client, unpatched: Client) -> None:
    def managed(client: Client) -> str:
        url, _ = queue(client, KmsMasterKeyId="alias/mine")
        read = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert read["KmsMasterKeyId"] == "alias/mine"
        return str(read["SqsManagedSseEnabled"]).lower()

    assert managed(unpatched) == "true"
    assert managed(patched) == "false"


def inventory(identity: str = "weekly") -> dict[str, Any]:
    destination = {
        "Bucket": "arn:aws:s3:::work",
        "Format": "Parquet",
        "Prefix": "inventory",
        "AccountId": "123456789012",
        "Encryption": {"SSES3": {}},
    }
    return {
        "Id": identity,
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Weekly"},
        "OptionalFields": ["ETag", "Size"],
        "Destination": {"S3BucketDestination": destination},
    }


def bucket(client: Client) -> str:
    name = unique("bucket")
    client("s3").create_bucket(Bucket=name)
    return name


def put_inventory(client: Client, name: str, configuration: dict[str, Any]) -> None:
    client("s3").put_bucket_inventory_configuration(
        Bucket=name, Id=configuration["Id"], InventoryConfiguration=configuration
    )


def test_an_inventory_comes_back_as_it_was_put(patched: Client, unpatched: Client) -> None:
    def read(client: Client) -> Any:
        name = bucket(client)
        put_inventory(client, name, inventory())
        answer = client("s3").get_bucket_inventory_configuration(Bucket=name, Id="weekly")
        return answer["InventoryConfiguration"]

    assert read(unpatched)["IncludedObjectVersions"] == "All"
    assert "SSES3" not in read(unpatched)["Destination"]["S3BucketDestination"].get("Encryption", {})
    assert read(patched) == inventory()


def test_inventories_are_listed_as_they_were_put(patched: Client) -> None:
    name, s3 = bucket(patched), patched("s3")
    one = inventory("daily") | {"OptionalFields": ["Size"], "IsEnabled": False, "Filter": {"Prefix": "films/"}}
    put_inventory(patched, name, inventory())
    put_inventory(patched, name, one)
    answer = s3.list_bucket_inventory_configurations(Bucket=name)
    assert answer["InventoryConfigurationList"] == [inventory(), one]
    assert answer["IsTruncated"] is False


def test_without_its_inventory_a_bucket_is_still_there(patched: Client, unpatched: Client) -> None:
    def there(client: Client) -> bool:
        name = bucket(client)
        put_inventory(client, name, inventory())
        client("s3").delete_bucket_inventory_configuration(Bucket=name, Id="weekly")
        return name in {each["Name"] for each in client("s3").list_buckets()["Buckets"]}

    assert not there(unpatched)
    assert there(patched)


def test_a_missing_inventory_is_called_as_in_s3(patched: Client, unpatched: Client) -> None:
    def called(client: Client) -> str:
        name = bucket(client)
        with pytest.raises(ClientError) as missing:
            client("s3").get_bucket_inventory_configuration(Bucket=name, Id="none")
        return str(missing.value.response["Error"]["Code"])

    assert called(unpatched) == "NoSuchInventoryConfig"
    assert called(patched) == "NoSuchConfiguration"


def test_an_emptied_bucket_is_empty_whatever_its_keys_were(patched: Client, unpatched: Client) -> None:
    """botocore decodes the keys of this list, as Terraform does, only where the answer says that they are encoded."""

    def listed(client: Client) -> list[str]:
        s3, name = client("s3"), bucket(client)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for key in keys:
            s3.put_object(Bucket=name, Key=key)
            s3.delete_object(Bucket=name, Key=key)
        answer = s3.list_object_versions(Bucket=name, EncodingType="url", Prefix="a+")
        assert [each["Key"] for each in answer["DeleteMarkers"]] == [each["Key"] for each in answer["Versions"]]
        return [each["Key"] for each in answer["Versions"]]

    keys = ["a+b c.mp4", "a+ü/100%.mp4"]
    assert listed(unpatched) == keys
    assert listed(patched) == ["a%2Bb+c.mp4", "a%2B%C3%BC/100%25.mp4"]


def service(client: Client, **settings: Any) -> tuple[str, str]:
    """Names of a new ECS cluster and service."""
    ecs, name = client("ecs"), unique("service")
    ecs.create_cluster(clusterName=name)
    ecs.register_task_definition(family=name, containerDefinitions=[{"name": "one", "image": "one", "memory": 128}])
    ecs.create_service(cluster=name, serviceName=name, taskDefinition=name, desiredCount=0, **settings)
    return name, name


def test_a_service_keeps_what_it_was_made_with(patched: Client, unpatched: Client) -> None:
    settings = {
        "availabilityZoneRebalancing": "ENABLED",
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 100, "base": 0}],
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        },
        "enableECSManagedTags": True,
        "enableExecuteCommand": False,
    }

    def kept(client: Client) -> set[str]:
        cluster, name = service(client, **settings)
        (described,) = client("ecs").describe_services(cluster=cluster, services=[name])["services"]
        return {setting for setting, value in settings.items() if described.get(setting) == value}

    assert "availabilityZoneRebalancing" not in kept(unpatched)
    assert kept(patched) == set(settings)


def scalable(client: Client, **more: Any) -> tuple[dict[str, str], str]:
    """What names a new scalable target in requests, and its ARN."""
    cluster, name = service(client)
    place = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": f"service/{cluster}/{name}",
    }
    scaling = client("application-autoscaling")
    made = scaling.register_scalable_target(**place, MinCapacity=0, MaxCapacity=4, **more)
    return place, made["ScalableTargetARN"]


def test_a_scalable_target_has_the_tags_it_was_given(patched: Client, unpatched: Client) -> None:
    _, arn = scalable(unpatched, Tags={"a": "1"})
    with pytest.raises(ClientError, match="NotImplemented"):
        unpatched("application-autoscaling").list_tags_for_resource(ResourceARN=arn)

    scaling = patched("application-autoscaling")
    _, arn = scalable(patched, Tags={"a": "1", "b": "2"})
    scaling.tag_resource(ResourceARN=arn, Tags={"b": "3", "c": "4"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a", "none"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "3", "c": "4"}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        scaling.list_tags_for_resource(ResourceARN=f"{arn}-none")


def test_a_scaling_policy_that_is_changed_is_the_one_it_was(patched: Client, unpatched: Client) -> None:
    def put_twice(client: Client) -> tuple[set[str], list[str], set[str]]:
        """ARNs, the alarms that the policy names in the end, and those that there are for it."""
        scaling, (place, _) = client("application-autoscaling"), scalable(client)
        arns = set()
        for target in (5000.0, 100.0):
            put = scaling.put_scaling_policy(
                **place,
                PolicyName="follow",
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "TargetValue": target,
                    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
                },
            )
            arns.add(put["PolicyARN"])
        prefix = f"TargetTracking-{place['ResourceId']}-"
        alarms = client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        return arns, [alarm["AlarmName"] for alarm in put["Alarms"]], {alarm["AlarmName"] for alarm in alarms}

    arns, named, there = put_twice(unpatched)
    assert (len(arns), len(named), len(there)) == (2, 2, 4)
    arns, named, there = put_twice(patched)
    assert len(arns) == 1
    assert set(named) == there


def test_the_rule_of_a_security_group_is_described_whatever_it_is_for(patched: Client, unpatched: Client) -> None:
    def descriptions(client: Client) -> list[str | None]:
        ec2 = client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
        group = ec2.create_security_group(GroupName=unique("group"), Description="test", VpcId=vpc)["GroupId"]
        lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
        targets: list[dict[str, Any]] = [
            {"IpRanges": [{"CidrIp": "10.0.0.0/24", "Description": "addresses"}]},
            {"UserIdGroupPairs": [{"GroupId": group, "Description": "a group"}]},
            {"PrefixListIds": [{"PrefixListId": lists[0]["PrefixListId"], "Description": "a list"}]},
        ]
        for target in targets:
            permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **target}
            ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[permission])
        rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
        return [rule.get("Description") for rule in rules["SecurityGroupRules"] if rule["IpProtocol"] == "tcp"]

    assert descriptions(unpatched) == ["addresses", None, None]
    assert descriptions(patched) == ["addresses", "a group", "a list"]


def test_an_object_of_s3_wakes_the_rules_whose_pattern_it_meets_and_no_schedule(
    patched: Client, unpatched: Client
) -> None:
    def told(client: Client) -> list[dict[str, Any]]:
        """The objects that a queue hears of which a rule with a pattern feeds, and one with a schedule."""
        events, s3, sqs, name = client("events"), client("s3"), client("sqs"), bucket(client)
        url, arn = queue(client)
        pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
        events.put_rule(Name=f"{name}-new", EventPattern=json.dumps(pattern))
        events.put_rule(Name=f"{name}-tick", ScheduleExpression="rate(1 hour)")
        for rule in ("new", "tick"):
            events.put_targets(Rule=f"{name}-{rule}", Targets=[{"Id": "queue", "Arn": arn}])
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        s3.put_object(Bucket=name, Key="a+b.mp4")
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)["Messages"]
        for rule in ("new", "tick"):
            events.remove_targets(Rule=f"{name}-{rule}", Ids=["queue"])
            events.delete_rule(Name=f"{name}-{rule}")
        return [json.loads(message["Body"])["detail"]["object"] for message in received]

    every = told(unpatched)
    assert len(every) > 1
    assert {each["version-id"] for each in every} == {"null"}
    (one,) = told(patched)
    assert one["key"] == "a+b.mp4"
    assert "version-id" not in one


def table_key(client: Client, name: str) -> str | None:
    description = client("dynamodb").describe_table(TableName=name)["Table"].get("SSEDescription", {})
    key: str | None = description.get("KMSMasterKeyArn")
    return key


def table(client: Client, **encryption: Any) -> str:
    name = unique("table")
    client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        SSESpecification=encryption,
    )
    return name


def test_a_table_under_dynamodbs_own_key_makes_none_in_the_account(patched: Client, unpatched: Client) -> None:
    def keys_made(client: Client) -> int:
        before = len(client("kms").list_keys()["Keys"])
        table(client, Enabled=False)
        return len(client("kms").list_keys()["Keys"]) - before

    assert keys_made(unpatched) == 1
    assert keys_made(patched) == 0


def test_a_table_changes_its_key(patched: Client, unpatched: Client) -> None:
    def keys(client: Client) -> list[str | None]:
        """After it was made under a key, given another, and given back to DynamoDB's."""
        name = table(client, Enabled=True, SSEType="KMS", KMSMasterKeyId="arn:aws:kms:us-east-1:123456789012:key/1")
        found = [table_key(client, name)]
        for specification in (
            {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": "arn:aws:kms:us-east-1:123456789012:key/2"},
            {"Enabled": False},
        ):
            client("dynamodb").update_table(TableName=name, SSESpecification=specification)
            found.append(table_key(client, name))
        return found

    first, second = (f"arn:aws:kms:us-east-1:123456789012:key/{number}" for number in (1, 2))
    assert keys(unpatched) == [first, first, first]
    assert keys(patched) == [first, second, None]


def test_a_log_group_changes_its_key(patched: Client, unpatched: Client) -> None:
    def made(client: Client) -> str:
        name = unique("group")
        client("logs").create_log_group(logGroupName=name, kmsKeyId="arn:aws:kms:us-east-1:123456789012:key/1")
        return name

    def key(client: Client, name: str) -> str | None:
        (group,) = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        found: str | None = group.get("kmsKeyId")
        return found

    with pytest.raises(ClientError, match="NotImplemented"):
        unpatched("logs").disassociate_kms_key(logGroupName=made(unpatched))

    logs, name = patched("logs"), made(patched)
    logs.associate_kms_key(logGroupName=name, kmsKeyId="arn:aws:kms:us-east-1:123456789012:key/2")
    assert key(patched, name) == "arn:aws:kms:us-east-1:123456789012:key/2"
    logs.disassociate_kms_key(logGroupName=name)
    assert key(patched, name) is None
