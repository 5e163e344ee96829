# The worker: a Fargate service whose tasks are all alike and may die at any time.

locals {
  log_group_name = "/reelsift/${var.deployment}"
  log_group_arn  = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}"
}

resource "aws_cloudwatch_log_group" "worker" {
  #checkov:skip=CKV_AWS_158:the key of CloudWatch Logs, unless customer_managed_key
  #checkov:skip=CKV_AWS_338:a month by default, log_retention_days says otherwise; what must last stands in the tables
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = local.kms_key_arn
}

resource "aws_ecs_cluster" "main" {
  #checkov:skip=CKV_AWS_65:an option, since it is paid by the metric: container_insights
  name = var.deployment

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }

  dynamic "configuration" {
    for_each = aws_kms_key.main[*].arn

    content {
      managed_storage_configuration {
        fargate_ephemeral_storage_kms_key_id = configuration.value
      }
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_task_definition" "worker" {
  family                   = var.deployment
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu
  memory                   = var.task_memory
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  # The one place that can be written to: the liveness file, and inventory files while they are read. ECS gives it the
  # owner and mode that the image declares for its VOLUME.
  volume {
    name = "writable"
  }

  container_definitions = jsonencode([
    {
      name      = var.deployment
      image     = local.image
      command   = ["worker"]
      essential = true

      user                   = "10001:10001"
      readonlyRootFilesystem = true
      mountPoints            = [{ sourceVolume = "writable", containerPath = local.writable_folder, readOnly = false }]

      linuxParameters = {
        # Passes SIGTERM on, and reaps what is left behind.
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"] }
      }

      # By name, as ECS gives them back.
      environment = [
        for name in sort(keys(local.worker_environment)) : { name = name, value = local.worker_environment[name] }
      ]

      # As long as Fargate allows: the worker finishes what it began within its drain_s, 90 s.
      stopTimeout = local.stop_timeout_s

      healthCheck = {
        command     = ["CMD", "reelsift", "worker", "--check"]
        interval    = 30
        timeout     = 15
        retries     = 3
        startPeriod = 60
      }

      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.worker.name
          awslogs-region        = local.region
          awslogs-stream-prefix = "worker"
          # Where CloudWatch Logs is out of reach, lines are dropped rather than the work held up.
          mode            = "non-blocking"
          max-buffer-size = "4m"
        }
      }
    }
  ])

  lifecycle {
    precondition {
      condition     = var.image != null || var.image_tag != ""
      error_message = "There is no image to run: `make deploy` builds one and passes its tag on. By hand, give image_tag for one in the deployment's own repository, or image for another."
    }
    # ECS takes 64 KiB, the rest of the definition included. Bytes are counted as they are quoted once more.
    precondition {
      condition     = length(base64encode(jsonencode(local.policy_document))) * 3 / 4 <= 49152
      error_message = "policy_file is too large: with the words of its files, a task definition has room for about 48 KiB of it."
    }
  }
}

resource "aws_ecs_service" "worker" {
  #checkov:skip=CKV_AWS_333:network_mode public gives tasks an address so that they reach AWS without a NAT gateway; their security group lets nothing in
  name            = var.deployment
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.worker.arn

  # What a new service begins with; from then on scaling decides, see autoscaling.tf.
  desired_count = max(var.initial_tasks, var.min_tasks)

  platform_version = "LATEST"

  # Without this a changed share of Spot would delete the service and make another.
  force_new_deployment = true

  dynamic "capacity_provider_strategy" {
    for_each = { for name, weight in { FARGATE = 100 - var.spot_percent, FARGATE_SPOT = var.spot_percent } : name => weight if weight > 0 }

    content {
      capacity_provider = capacity_provider_strategy.key
      weight            = capacity_provider_strategy.value
      base              = 0
    }
  }

  network_configuration {
    subnets          = local.service_subnets
    security_groups  = local.service_security_groups
    assign_public_ip = local.service_assign_public_ip
  }

  # New tasks first, then the old ones go; a version whose tasks do not stay up is taken back.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Nobody needs a shell in a task: whatever it knows stands in the tables and the log.
  enable_execute_command  = false
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  wait_for_steady_state   = false

  lifecycle {
    ignore_changes = [desired_count]
  }

  # A task that starts before its role may do anything fails at once.
  depends_on = [
    aws_ecs_cluster_capacity_providers.main,
    aws_iam_role_policy.execution,
    aws_iam_role_policy.task,
    aws_route.internet,
    aws_vpc_endpoint.gateway,
    aws_vpc_endpoint.interface,
  ]
}
