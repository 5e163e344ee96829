# What ECS itself does to start a task: pull the image, write the log. The worker does not have these permissions.

resource "aws_iam_role" "execution" {
  name               = "${var.deployment}-execution"
  description        = "Lets ECS pull the image of reelsift and write the log of its tasks"
  assume_role_policy = data.aws_iam_policy_document.ecs_trust.json

  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "execution" {
  # A token for the registry as a whole: IAM takes no resource here. What may be pulled with it stands below.
  statement {
    sid       = "Registry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = local.repository_arns
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for arn in concat([aws_cloudwatch_log_group.worker.arn], aws_cloudwatch_log_group.console[*].arn) : "${arn}:log-stream:*"]
  }
}
