"""What there is in an account, by everything that a deployment may make."""

from collections.abc import Callable, Iterator
from typing import Any


def contents(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """Kind and name of each resource in use; `client` makes a boto3 client of a service."""
    return set(_resources(client))


def _resources(client: Callable[[str], Any]) -> Iterator[tuple[str, str]]:
    yield from (("bucket", bucket["Name"]) for bucket in client("s3").list_buckets()["Buckets"])
    yield from (("queue", url) for url in client("sqs").list_queues().get("QueueUrls", []))
    yield from (("table", name) for name in client("dynamodb").list_tables()["TableNames"])
    sns = client("sns")
    yield from (("topic", topic["TopicArn"]) for topic in sns.list_topics()["Topics"])
    yield from (("subscription", each["Endpoint"]) for each in sns.list_subscriptions()["Subscriptions"])
    iam = client("iam")
    yield from (("role", role["RoleName"]) for role in iam.list_roles()["Roles"])
    yield from (("policy", policy["PolicyName"]) for policy in iam.list_policies(Scope="Local")["Policies"])
    yield from (("log group", group["logGroupName"]) for group in client("logs").describe_log_groups()["logGroups"])
    yield from _watching(client)
    yield from _containers(client)
    yield from _network(client("ec2"))
    yield from _balancers(client("elbv2"))
    yield from _keys(client("kms"))


def _watching(client: Callable[[str], Any]) -> Iterator[tuple[str, str]]:
    cloudwatch, scaling = client("cloudwatch"), client("application-autoscaling")
    alarms = cloudwatch.describe_alarms()
    yield from (("alarm", each["AlarmName"]) for each in alarms["MetricAlarms"] + alarms["CompositeAlarms"])
    yield from (("dashboard", each["DashboardName"]) for each in cloudwatch.list_dashboards()["DashboardEntries"])
    events = client("events")
    for bus in events.list_event_buses()["EventBuses"]:
        if bus["Name"] != "default":
            yield "event bus", bus["Name"]
        rules = events.list_rules(EventBusName=bus["Name"])["Rules"]
        # The rule of an archive comes and goes with it.
        yield from (("rule", rule["Name"]) for rule in rules if "ManagedBy" not in rule)
    yield from (("archive", each["ArchiveName"]) for each in events.list_archives()["Archives"])
    yield from (("connection", each["Name"]) for each in events.list_connections()["Connections"])
    yield from (("API destination", each["Name"]) for each in events.list_api_destinations()["ApiDestinations"])
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    yield from (("scalable target", target["ResourceId"]) for target in targets)
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    yield from (("scaling policy", policy["PolicyName"]) for policy in policies)


def _containers(client: Callable[[str], Any]) -> Iterator[tuple[str, str]]:
    yield from (
        ("repository", each["repositoryName"]) for each in client("ecr").describe_repositories()["repositories"]
    )
    ecs = client("ecs")
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    # ECS remembers what was deleted, for a while, as INACTIVE.
    for cluster in clusters:
        if cluster["status"] == "ACTIVE":
            yield "cluster", cluster["clusterName"]
            services = ecs.list_services(cluster=cluster["clusterName"])["serviceArns"]
            yield from (("service", service) for service in services)
    yield from (("task definition", arn) for arn in ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"])


def _network(ec2: Any) -> Iterator[tuple[str, str]]:
    yield from (("vpc", each["VpcId"]) for each in ec2.describe_vpcs()["Vpcs"])
    yield from (("subnet", each["SubnetId"]) for each in ec2.describe_subnets()["Subnets"])
    yield from (("route table", each["RouteTableId"]) for each in ec2.describe_route_tables()["RouteTables"])
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    yield from (("internet gateway", each["InternetGatewayId"]) for each in gateways)
    yield from (("security group", each["GroupId"]) for each in ec2.describe_security_groups()["SecurityGroups"])
    endpoints = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    yield from (("endpoint", each["VpcEndpointId"]) for each in endpoints if each["State"] != "deleted")
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    yield from (("network interface", each["NetworkInterfaceId"]) for each in interfaces)


def _balancers(elb: Any) -> Iterator[tuple[str, str]]:
    yield from (("load balancer", each["LoadBalancerArn"]) for each in elb.describe_load_balancers()["LoadBalancers"])
    yield from (("target group", each["TargetGroupArn"]) for each in elb.describe_target_groups()["TargetGroups"])


def _keys(kms: Any) -> Iterator[tuple[str, str]]:
    for key in kms.list_keys()["Keys"]:
        described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        # AWS makes keys of its own for services that encrypt; a deleted one is kept for its waiting period.
        if described["KeyManager"] == "CUSTOMER" and described["KeyState"] != "PendingDeletion":
            yield "key", key["KeyId"]
    aliases = kms.list_aliases()["Aliases"]
    yield from (("alias", each["AliasName"]) for each in aliases if not each["AliasName"].startswith("alias/aws/"))
