# The bus on which every change of a video's status is told (docs/events.md), and an archive of it. Whoever wants to hear
# of it adds a rule of their own to the bus; a webhook and a queue are ready-made (event_webhook.tf, event_queue.tf).

resource "aws_cloudwatch_event_bus" "main" {
  name               = var.deployment
  description        = "What becomes of the videos of ${var.deployment}"
  kms_key_identifier = local.kms_key_arn
}

locals {
  # Put together by hand: the key's policy names the bus, and the bus its key.
  event_bus_arn = "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${var.deployment}"

  # What rules of this bus look for: everything that reelsift tells, and nothing that others may put there.
  event_pattern = jsonencode({ source = ["reelsift"] })

  event_rule_arn_prefix = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.deployment}"

  # Queues that EventBridge sends to, by what they are for. Put together by hand, as those of the main queues.
  event_queues     = setunion(var.webhook == null ? [] : ["webhook-dead"], var.event_queue ? ["events", "events-dead"] : [])
  event_queue_arns = { for name in local.event_queues : name => "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.deployment}-${name}" }

  # The rules that may send to each: what a target does not take comes to the queue of dead letters by the same rule.
  event_rules = {
    webhook-dead = "${local.event_rule_arn_prefix}/${var.deployment}-webhook"
    events       = "${local.event_rule_arn_prefix}/${var.deployment}-events"
    events-dead  = "${local.event_rule_arn_prefix}/${var.deployment}-events"
  }
}

# A replay brings events back to the rules that are named, also to those that did not exist when they came. Version 5 of
# the provider cannot name a key for it: it is encrypted by one that AWS owns.
resource "aws_cloudwatch_event_archive" "main" {
  count = var.event_archive_days == 0 ? 0 : 1

  name             = var.deployment
  description      = "What became of the videos of ${var.deployment}, for replay"
  event_source_arn = aws_cloudwatch_event_bus.main.arn
  retention_days   = var.event_archive_days
}

# Dead letters: events that a webhook did not take within a day, that the queue of events could not be sent, and that
# its readers gave back too often.
resource "aws_sqs_queue" "event_dead" {
  for_each = toset([for name in local.event_queues : trimsuffix(name, "-dead") if endswith(name, "-dead")])

  name   = "${var.deployment}-${each.key}-dead"
  policy = data.aws_iam_policy_document.event_queue["${each.key}-dead"].json

  max_message_size          = local.message_bytes
  message_retention_seconds = 14 * 24 * 3600

  # Only the queue of events has one behind it: EventBridge sends, and redrives nothing.
  redrive_allow_policy = each.key == "events" ? jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.event_queue_arns["events"]]
  }) : jsonencode({ redrivePermission = "denyAll" })

  sqs_managed_sse_enabled           = var.customer_managed_key ? null : true
  kms_master_key_id                 = local.kms_key_arn
  kms_data_key_reuse_period_seconds = var.customer_managed_key ? 3600 : null
}

data "aws_iam_policy_document" "event_queue" {
  for_each = local.event_queue_arns

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "Rule"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.event_rules[each.key]]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}
