# Intake and priority hold lines, begun the due attempts of videos that have begun, completion what Rekognition reports. Behind each lies a queue for what died.

locals {
  queues = toset(["intake", "priority", "begun", "completion"])

  # What a message may have, attributes and all. SQS itself takes 1 MiB, version 5 of this provider no more than this. A
  # test compares it with what workers read.
  message_bytes = 256 * 1024

  # Put together by hand: a queue names the dead-letter queue behind it and that one names the queue, and each is made
  # with its whole configuration in one step, so that it is never without its policy.
  queue_arns = {
    for name in setunion(local.queues, [for name in local.queues : "${name}-dead"]) :
    name => "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.deployment}-${name}"
  }
}

resource "aws_sqs_queue" "main" {
  for_each = local.queues

  name   = "${var.deployment}-${each.key}"
  policy = data.aws_iam_policy_document.queue[each.key].json

  max_message_size = local.message_bytes
  # The longest that SQS allows: a large batch waits for the quota, not for the worker, and may wait for days.
  message_retention_seconds = 14 * 24 * 3600
  # The worker hides what it works on anew every 10 s; what a killed one held is back after this.
  visibility_timeout_seconds = 30

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    # Twice what a worker needs to judge a message itself (max_receives, 5): the queue's own judgement is the last resort,
    # for messages that kill every worker before it can say why.
    maxReceiveCount = 10
  })

  sqs_managed_sse_enabled           = var.customer_managed_key ? null : true
  kms_master_key_id                 = local.kms_key_arn
  kms_data_key_reuse_period_seconds = var.customer_managed_key ? 3600 : null
}

resource "aws_sqs_queue" "dead" {
  for_each = local.queues

  name   = "${var.deployment}-${each.key}-dead"
  policy = data.aws_iam_policy_document.queue["${each.key}-dead"].json

  max_message_size = local.message_bytes
  # A message that SQS moves here keeps its age, so no shorter than the queue it comes from.
  message_retention_seconds = 14 * 24 * 3600
  # As for the queue it comes from. `reelsift redrive` hides what it shows to a person for longer, by itself.
  visibility_timeout_seconds = 30

  # No other queue of the account may use this one as its own.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arns[each.key]]
  })

  sqs_managed_sse_enabled           = var.customer_managed_key ? null : true
  kms_master_key_id                 = local.kms_key_arn
  kms_data_key_reuse_period_seconds = var.customer_managed_key ? 3600 : null
}

# Principals of the account send by their IAM policies. Here stand the services, each for its own source, and the demand
# that everybody uses TLS.
data "aws_iam_policy_document" "queue" {
  for_each = local.queue_arns

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

  dynamic "statement" {
    for_each = each.key == "completion" ? ["Completions"] : []

    content {
      sid       = statement.value
      actions   = ["sqs:SendMessage"]
      resources = [each.value]

      principals {
        type        = "Service"
        identifiers = ["sns.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [local.topic_arns["completions"]]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "intake" && length(local.notifying_bucket_arns) > 0 ? ["Buckets"] : []

    content {
      sid       = statement.value
      actions   = ["sqs:SendMessage"]
      resources = [each.value]

      principals {
        type        = "Service"
        identifiers = ["s3.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = local.notifying_bucket_arns
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "intake" ? ["Rules"] : []

    content {
      sid       = statement.value
      actions   = ["sqs:SendMessage"]
      resources = [each.value]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = concat(local.intake_event_rule_arns, local.new_videos_rule_arns)
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }
}
