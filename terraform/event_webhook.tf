# A web address that gets every event as a request, with authorisation. EventBridge keeps what it does not take for a day,
# and tries again with growing pauses.

locals {
  webhooks = var.webhook == null ? 0 : 1

  # Which of the two kinds it is, is no secret.
  webhook_by_key = nonsensitive(try(var.webhook_authorisation.header != null, false))
}

# The authorisation lies in a secret of Secrets Manager that EventBridge makes and reads by itself; it is also in
# Terraform's state.
resource "aws_cloudwatch_event_connection" "webhook" {
  count = local.webhooks

  name               = "${var.deployment}-webhook"
  description        = "How reelsift's events authorise themselves at the webhook of ${var.deployment}"
  authorization_type = local.webhook_by_key ? "API_KEY" : "BASIC"

  auth_parameters {
    dynamic "api_key" {
      for_each = local.webhook_by_key ? ["api_key"] : []

      content {
        key   = var.webhook_authorisation.header
        value = var.webhook_authorisation.value
      }
    }

    dynamic "basic" {
      for_each = local.webhook_by_key ? [] : ["basic"]

      content {
        username = var.webhook_authorisation.user
        password = var.webhook_authorisation.password
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "webhook" {
  count = local.webhooks

  name                             = "${var.deployment}-webhook"
  description                      = "Where the events of ${var.deployment} are sent to"
  invocation_endpoint              = var.webhook.url
  http_method                      = "POST"
  invocation_rate_limit_per_second = var.webhook.rate
  connection_arn                   = aws_cloudwatch_event_connection.webhook[0].arn
}

resource "aws_cloudwatch_event_rule" "webhook" {
  count = local.webhooks

  name           = "${var.deployment}-webhook"
  description    = "Every event of reelsift, for the webhook of ${var.deployment}"
  event_bus_name = aws_cloudwatch_event_bus.main.name
  event_pattern  = local.event_pattern
}

resource "aws_cloudwatch_event_target" "webhook" {
  count = local.webhooks

  rule           = aws_cloudwatch_event_rule.webhook[0].name
  event_bus_name = aws_cloudwatch_event_bus.main.name
  target_id      = "webhook"
  arn            = aws_cloudwatch_event_api_destination.webhook[0].arn
  role_arn       = aws_iam_role.webhook[0].arn

  # The most that EventBridge takes.
  retry_policy {
    maximum_event_age_in_seconds = 24 * 3600
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.event_dead["webhook"].arn
  }
}

# EventBridge invokes the destination as this role.
resource "aws_iam_role" "webhook" {
  count = local.webhooks

  name               = "${var.deployment}-webhook"
  description        = "Sends the events of reelsift to its webhook"
  assume_role_policy = data.aws_iam_policy_document.webhook_trust[0].json

  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "webhook_trust" {
  count = local.webhooks

  statement {
    sid     = "EventBridge"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "webhook" {
  count = local.webhooks

  statement {
    sid       = "Webhook"
    actions   = ["events:InvokeApiDestination"]
    resources = [aws_cloudwatch_event_api_destination.webhook[0].arn]
  }
}

resource "aws_iam_role_policy" "webhook" {
  count = local.webhooks

  name   = "webhook"
  role   = aws_iam_role.webhook[0].id
  policy = data.aws_iam_policy_document.webhook[0].json
}
