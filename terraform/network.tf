# Tasks speak with AWS and with nobody else, and nobody can open a connection to them.
#
# public    two subnets with an internet gateway; tasks have public addresses, since a NAT gateway would cost 33 USD a
#           month or more for nothing: their security group lets nothing in. Idle, this costs nothing.
# private   no way in or out of the VPC but endpoints. An interface endpoint costs 0.01 USD an hour in each zone and
#           0.01 USD a GB (us-east-1): 9 endpoints x 2 zones x 730 h x 0.01 USD = 131.40 USD a month, and 116.80 USD with
#           8, where quota is a number and Service Quotas is never asked.
# existing  whatever subnet_ids and security_group_ids are.

locals {
  own_network = var.network_mode != "existing"
  # An interface endpoint is not to be had in every zone: only zones that have them all will do.
  zone_names = sort(setintersection(
    local.own_network ? data.aws_availability_zones.available[0].names : [],
    [for service in data.aws_vpc_endpoint_service.interface : service.availability_zones]...
  ))
  # us-west-1 shows some accounts one zone with Fargate only.
  zones = slice(local.zone_names, 0, min(2, length(local.zone_names)))

  # Each endpoint, and the services in the sense of IAM that are reached by it.
  gateway_endpoints = local.own_network ? { dynamodb = "dynamodb", s3 = "s3" } : {}

  # What a task in a network without a way out asks for: its image, its logs, and the services of the worker. DynamoDB
  # and S3, where the layers of images lie too, have gateway endpoints. Credentials come from ECS itself.
  interface_endpoints = var.network_mode != "private" ? {} : merge(
    {
      "ecr.api"   = "ecr"
      "ecr.dkr"   = "ecr"
      events      = "events"
      logs        = "logs"
      monitoring  = "cloudwatch"
      rekognition = "rekognition"
      sns         = "sns"
      sqs         = "sqs"
    },
    var.quota == null ? { servicequotas = "servicequotas" } : {},
  )

  interface_policies = {
    for name, service in data.aws_vpc_endpoint_service.interface :
    name => service.vpc_endpoint_policy_supported ? data.aws_iam_policy_document.endpoint[name].json : null
  }

  service_subnets          = local.own_network ? aws_subnet.tasks[*].id : var.subnet_ids
  service_security_groups  = local.own_network ? [aws_security_group.tasks[0].id] : var.security_group_ids
  service_assign_public_ip = var.network_mode == "public" || var.assign_public_ip
}

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:a subnet keeps the zone it was made in, see there
  count = local.own_network ? 1 : 0

  state = "available"

  # Local zones and the like have no Fargate.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }

  # Zones in which Fargate or interface endpoints are not to be had.
  exclude_zone_ids = ["apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"]
}

# Where each endpoint is to be had, and whether it takes a policy.
data "aws_vpc_endpoint_service" "interface" {
  for_each = local.interface_endpoints

  service_name = "com.amazonaws.${local.region}.${each.key}"
  service_type = "Interface"
}

resource "aws_vpc" "main" {
  #checkov:skip=CKV2_AWS_11:flow logs are paid by the GB, and nothing can connect to this network; switch them on where an account's rules ask for them
  count = local.own_network ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.deployment }

  lifecycle {
    precondition {
      condition     = length(local.zones) > 0
      error_message = "No zone of ${local.region} has every endpoint that network_mode private needs (${join(", ", keys(local.interface_endpoints))}): use network_mode public, or a network of your own (existing)."
    }
  }
}

# A VPC's default group lets its members speak with each other. Emptied, it lets nothing through.
resource "aws_default_security_group" "main" {
  count = local.own_network ? 1 : 0

  vpc_id = aws_vpc.main[0].id

  tags = { Name = "${var.deployment}-default-unused" }
}

resource "aws_subnet" "tasks" {
  count = length(local.zones)

  vpc_id                  = aws_vpc.main[0].id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(var.vpc_cidr, 2, count.index)
  map_public_ip_on_launch = false

  tags = { Name = "${var.deployment}-${count.index}" }

  lifecycle {
    # A zone that AWS adds, or takes out for a day, must not move what runs.
    ignore_changes = [availability_zone]
  }
}

resource "aws_route_table" "tasks" {
  count = local.own_network ? 1 : 0

  vpc_id = aws_vpc.main[0].id

  tags = { Name = var.deployment }
}

resource "aws_route_table_association" "tasks" {
  count = length(local.zones)

  subnet_id      = aws_subnet.tasks[count.index].id
  route_table_id = aws_route_table.tasks[0].id
}

resource "aws_internet_gateway" "main" {
  count = var.network_mode == "public" ? 1 : 0

  vpc_id = aws_vpc.main[0].id

  tags = { Name = var.deployment }
}

resource "aws_route" "internet" {
  count = var.network_mode == "public" ? 1 : 0

  route_table_id         = aws_route_table.tasks[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main[0].id
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_endpoints

  vpc_id            = aws_vpc.main[0].id
  service_name      = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.tasks[0].id]
  policy            = data.aws_iam_policy_document.endpoint[each.key].json

  tags = { Name = "${var.deployment}-${each.key}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_endpoints

  vpc_id              = aws_vpc.main[0].id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = aws_subnet.tasks[*].id
  security_group_ids  = [aws_security_group.endpoints[0].id]
  private_dns_enabled = true
  # One that takes no policy refuses to be made with one. What may be asked by it, IAM decides alone then.
  policy = local.interface_policies[each.key]

  tags = { Name = "${var.deployment}-${each.key}" }
}

# Credentials of another account are of no use through these endpoints, so nothing can be carried out with them. IAM
# decides everything else.
data "aws_iam_policy_document" "endpoint" {
  for_each = merge(local.gateway_endpoints, local.interface_endpoints)

  statement {
    sid       = "OwnAccount"
    actions   = ["${each.value}:*"]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account_id]
    }
  }

  # ECR signs the addresses of image layers, in a bucket of its own, with its own credentials.
  dynamic "statement" {
    for_each = each.key == "s3" ? ["ImageLayers"] : []

    content {
      sid       = statement.value
      actions   = ["s3:GetObject"]
      resources = ["arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_security_group" "tasks" {
  count = local.own_network ? 1 : 0

  name        = "${var.deployment}-tasks"
  description = "Tasks of reelsift: HTTPS to AWS, nothing in"
  vpc_id      = aws_vpc.main[0].id

  tags = { Name = "${var.deployment}-tasks" }
}

# AWS publishes no list of the addresses of all its services that a security group could name; TLS says who is there.
resource "aws_vpc_security_group_egress_rule" "internet" {
  count = var.network_mode == "public" ? 1 : 0

  security_group_id = aws_security_group.tasks[0].id
  description       = "HTTPS to the services of AWS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "gateways" {
  for_each = var.network_mode == "private" ? aws_vpc_endpoint.gateway : {}

  security_group_id = aws_security_group.tasks[0].id
  description       = "HTTPS to ${each.key}"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  prefix_list_id    = each.value.prefix_list_id
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  count = var.network_mode == "private" ? 1 : 0

  security_group_id            = aws_security_group.tasks[0].id
  description                  = "HTTPS to the interface endpoints"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.endpoints[0].id
}

resource "aws_security_group" "endpoints" {
  count = var.network_mode == "private" ? 1 : 0

  name        = "${var.deployment}-endpoints"
  description = "Interface endpoints: HTTPS from the tasks of reelsift"
  vpc_id      = aws_vpc.main[0].id

  tags = { Name = "${var.deployment}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  count = var.network_mode == "private" ? 1 : 0

  security_group_id            = aws_security_group.endpoints[0].id
  description                  = "HTTPS from the tasks"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.tasks[0].id
}
