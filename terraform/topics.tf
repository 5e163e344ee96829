# Alerts for programs and mail of them for people, completions for the workers; and for the operators three topics by
# urgency: alarms that somebody should act on at once, alarms that can wait for the morning, and the ends of batches,
# which are no alarm at all.

locals {
  topics = setsubtract(["alerts", "completions", "mail", "urgent", "ticket", "batches"], keys(var.existing_topic_arns))

  # Those of this deployment, and those that somebody else looks after.
  topic_arns = merge({ for name, topic in aws_sns_topic.main : name => topic.arn }, var.existing_topic_arns)

  # Alarms cannot publish to a topic under AWS's own key for SNS, whose policy lets only principals of the account use
  # it; and no alarm says anything about any single video. So the topics of alarms are encrypted by a key of the
  # deployment's own, which alarms may use, or by none.
  topic_keys = {
    alerts      = coalesce(local.kms_key_arn, "alias/aws/sns")
    completions = coalesce(local.kms_key_arn, "alias/aws/sns")
    mail        = coalesce(local.kms_key_arn, "alias/aws/sns")
    urgent      = local.kms_key_arn
    ticket      = local.kms_key_arn
    batches     = coalesce(local.kms_key_arn, "alias/aws/sns")
  }

  # The topics that CloudWatch publishes to.
  alarm_topics = ["urgent", "ticket"]

  # Addresses of people, by topic; one address may be in several.
  emails = merge([
    for topic, addresses in { urgent = var.urgent_emails, ticket = var.ticket_emails, batches = var.batches_emails } :
    { for address in addresses : "${topic} ${address}" => { topic = topic, address = address } }
  ]...)
}

resource "aws_sns_topic" "main" {
  #checkov:skip=CKV_AWS_26:alarms cannot publish to an encrypted topic without a key of the account's own, see topic_keys
  for_each = local.topics

  name              = "${var.deployment}-${each.key}"
  kms_master_key_id = local.topic_keys[each.key]
}

# Programs read the message itself: raw delivery spares them the envelope.
resource "aws_sns_topic_subscription" "completions" {
  topic_arn            = local.topic_arns["completions"]
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.main["completion"].arn
  raw_message_delivery = true
}

# SNS switches off an address that gets too much: addresses get the first alert at once, and then a digest a window.
resource "aws_sns_topic_subscription" "alert_emails" {
  for_each = var.alert_emails

  topic_arn = local.topic_arns["mail"]
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "emails" {
  for_each = local.emails

  topic_arn = local.topic_arns[each.value.topic]
  protocol  = "email"
  endpoint  = each.value.address
}

# The task role publishes alerts, mail and ends of batches by its IAM policy, so these need no statement but the one on
# TLS.
data "aws_iam_policy_document" "topic" {
  for_each = local.topics

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.main[each.key].arn]

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

  # Whatever IAM policies the account has: only Rekognition may notify the workers that an analysis has ended.
  dynamic "statement" {
    for_each = each.key == "completions" ? ["RekognitionOnly"] : []

    content {
      sid       = statement.value
      effect    = "Deny"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.main[each.key].arn]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = [aws_iam_role.rekognition.arn]
      }
    }
  }

  dynamic "statement" {
    for_each = contains(local.alarm_topics, each.key) ? ["Alarms"] : []

    content {
      sid       = statement.value
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.main[each.key].arn]

      principals {
        type        = "Service"
        identifiers = ["cloudwatch.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = ["arn:${local.partition}:cloudwatch:${local.region}:${local.account_id}:alarm:${var.deployment}-*"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }
}

resource "aws_sns_topic_policy" "main" {
  for_each = local.topics

  arn    = aws_sns_topic.main[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json
}
