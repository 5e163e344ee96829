# The review console: tasks of the same image, which serve whom the load balancer before them has logged in
# (console_balancer.tf), by a role of their own (console_role.tf).

locals {
  consoles = var.console == null ? 0 : 1

  console_name      = "${var.deployment}-console"
  console_port      = 8080
  console_log_group = "${local.log_group_name}/console"
  # Put together by hand: the key's policy names it.
  console_log_group_arns = [
    for name in slice([local.console_log_group], 0, local.consoles) :
    "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${name}"
  ]

  console_login = var.console == null ? null : var.console.cognito != null ? {
    provider = "cognito"
    issuer   = "https://cognito-idp.${split(":", var.console.cognito.user_pool_arn)[3]}.amazonaws.com/${split("/", var.console.cognito.user_pool_arn)[1]}"
    client   = var.console.cognito.client_id
    claim    = "cognito:groups"
    # A domain of one's own has dots, one of Cognito's is named by its first part.
    sign_out = format(
      "https://%s/logout?client_id=%s&logout_uri=%s",
      strcontains(var.console.cognito.domain, ".") ? var.console.cognito.domain : format(
        "%s.%s.%s.amazoncognito.com", var.console.cognito.domain,
        startswith(split(":", var.console.cognito.user_pool_arn)[3], "us-gov-") ? "auth-fips" : "auth",
        split(":", var.console.cognito.user_pool_arn)[3],
      ),
      urlencode(var.console.cognito.client_id),
      urlencode("${var.console.url}/"),
    )
    } : {
    provider = "oidc"
    issuer   = var.console.oidc.issuer
    client   = var.console.oidc.client_id
    claim    = var.console.oidc.roles_claim
    sign_out = var.console.oidc.sign_out_url
  }

  console_environment = var.console == null ? {} : merge(local.deployment_environment, {
    REELSIFT_LOG_FORMAT               = "json"
    REELSIFT_METRICS_NAMESPACE        = local.metrics_namespace
    REELSIFT_CONSOLE_URL              = var.console.url
    REELSIFT_CONSOLE_OIDC_PROVIDER    = local.console_login.provider
    REELSIFT_CONSOLE_OIDC_SIGNER      = aws_lb.console[0].arn
    REELSIFT_CONSOLE_OIDC_ISSUER      = local.console_login.issuer
    REELSIFT_CONSOLE_OIDC_CLIENT      = local.console_login.client
    REELSIFT_CONSOLE_OIDC_ROLES_CLAIM = local.console_login.claim
    REELSIFT_CONSOLE_REVIEWERS        = var.console.reviewers
    REELSIFT_CONSOLE_LEADS            = var.console.leads
    REELSIFT_CONSOLE_SPECIALISTS      = var.console.specialists
    }, local.console_login.sign_out == null ? {} : {
    REELSIFT_CONSOLE_SIGN_OUT_URL = local.console_login.sign_out
  })
}

resource "aws_cloudwatch_log_group" "console" {
  #checkov:skip=CKV_AWS_158:the key of CloudWatch Logs, unless customer_managed_key
  #checkov:skip=CKV_AWS_338:a month by default, log_retention_days says otherwise; what must last stands in the tables
  count = local.consoles

  name              = local.console_log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
}

resource "aws_ecs_task_definition" "console" {
  count = local.consoles

  family                   = local.console_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.console.cpu
  memory                   = var.console.memory
  task_role_arn            = aws_iam_role.console[0].arn
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name = "writable"
  }

  container_definitions = jsonencode([
    {
      name      = local.console_name
      image     = local.image
      command   = ["console", "--serve", "--port", tostring(local.console_port)]
      essential = true

      user                   = "10001:10001"
      readonlyRootFilesystem = true
      mountPoints            = [{ sourceVolume = "writable", containerPath = local.writable_folder, readOnly = false }]
      portMappings           = [{ containerPort = local.console_port, hostPort = local.console_port, protocol = "tcp" }]

      linuxParameters = {
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"] }
      }

      environment = [
        for name in sort(keys(local.console_environment)) : { name = name, value = local.console_environment[name] }
      ]

      # Requests that are under way have seconds; nothing else is in the process.
      stopTimeout = 30

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.console[0].name
          awslogs-region        = local.region
          awslogs-stream-prefix = "console"
          mode                  = "non-blocking"
          max-buffer-size       = "4m"
        }
      }
    }
  ])

  lifecycle {
    # As for the worker (service.tf), whose definition has no reasons.
    precondition {
      condition     = length(base64encode(jsonencode([local.policy_document, local.reason_catalogue_document]))) * 3 / 4 <= 49152
      error_message = "policy_file and reason_catalogue_file together are too large: with the words of their files, a task definition has room for about 48 KiB of them."
    }
  }
}

resource "aws_ecs_service" "console" {
  #checkov:skip=CKV_AWS_333:network_mode public gives tasks an address so that they reach AWS without a NAT gateway; their security group lets in the load balancer alone
  count = local.consoles

  name             = local.console_name
  cluster          = aws_ecs_cluster.main.id
  task_definition  = aws_ecs_task_definition.console[0].arn
  desired_count    = var.console.tasks
  platform_version = "LATEST"

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 100
    base              = 0
  }

  network_configuration {
    subnets          = local.service_subnets
    security_groups  = concat(aws_security_group.console[*].id, var.network_mode == "existing" ? var.security_group_ids : [])
    assign_public_ip = local.service_assign_public_ip
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.console[0].arn
    container_name   = local.console_name
    container_port   = local.console_port
  }

  health_check_grace_period_seconds  = 60
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  enable_execute_command  = false
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  wait_for_steady_state   = false

  # A service needs a listener that sends to its target group, and a task a role that may do something.
  depends_on = [
    aws_ecs_cluster_capacity_providers.main,
    aws_iam_role_policy.console,
    aws_iam_role_policy.execution,
    aws_lb_listener.console,
    aws_lb_listener_rule.console_data,
    aws_route.internet,
    aws_vpc_security_group_ingress_rule.console,
  ]
}
