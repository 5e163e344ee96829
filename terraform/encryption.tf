# One key over everything, where the account wants a key of its own. Without it: SSE-S3, SSE-SQS, the keys that AWS owns
# for DynamoDB, ECR and CloudWatch Logs, and alias/aws/sns (see topics.tf). Data is encrypted either way.

locals {
  kms_key_arn = one(aws_kms_key.main[*].arn)

  # The keys under which a video can be read: S3's own, whose policy lets in every principal of the account that may read
  # the object, the deployment's, and those that the operator names.
  video_key_arns = concat([data.aws_kms_key.s3.arn], aws_kms_key.main[*].arn, var.data_bucket_kms_key_arns)
}

# Where S3 has no key of its own in this account yet, asking for it makes it. It costs nothing.
data "aws_kms_key" "s3" {
  key_id = "alias/aws/s3"
}

resource "aws_kms_key" "main" {
  count = var.customer_managed_key ? 1 : 0

  description             = "Everything that the reelsift deployment ${var.deployment} stores"
  enable_key_rotation     = true
  deletion_window_in_days = var.destroyable ? 7 : 30
  policy                  = data.aws_iam_policy_document.key[0].json
}

resource "aws_kms_alias" "main" {
  count = var.customer_managed_key ? 1 : 0

  name          = "alias/${var.deployment}"
  target_key_id = aws_kms_key.main[0].key_id
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:the key's administration stays with the account, as AWS's own default policy has it
  #checkov:skip=CKV_AWS_111:the same; in a key policy the resource "*" means this key
  #checkov:skip=CKV_AWS_356:the same; in a key policy the resource "*" means this key
  count = var.customer_managed_key ? 1 : 0

  # Hands the key to the account's IAM policies. Without it nobody could ever change the key again.
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  # Who puts messages into encrypted queues and topics. The encryption context names the queue or topic, whoever calls;
  # aws:SourceAccount and aws:SourceArn do not reach KMS from EventBridge.
  statement {
    sid       = "Queues"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:sqs:arn"
      values   = concat([local.queue_arns["completion"], local.queue_arns["intake"]], values(local.event_queue_arns))
    }
  }

  # The bus. What a call is about is in the encryption context, which every one has but DescribeKey.
  statement {
    sid       = "Events"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:events:event-bus:arn"
      values   = [local.event_bus_arn]
    }
  }

  statement {
    sid       = "EventsLook"
    actions   = ["kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }

  statement {
    sid       = "Alarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:sns:topicArn"
      values = [
        for topic in local.alarm_topics :
        "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.deployment}-${topic}"
      ]
    }
  }

  statement {
    sid       = "Inventories"
    actions   = ["kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = local.own_data_bucket_arns
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = concat([local.log_group_arn], local.console_log_group_arns)
    }
  }

  # The tasks' temporary storage, in two steps as ECS documents them: a data key for the disk, and a grant to use it.
  statement {
    sid       = "TaskStorageKey"
    actions   = ["kms:GenerateDataKeyWithoutPlaintext"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["fargate.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:ecs:clusterAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:ecs:clusterName"
      values   = [var.deployment]
    }
  }

  statement {
    sid       = "TaskStorageGrant"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["fargate.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:ecs:clusterAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:ecs:clusterName"
      values   = [var.deployment]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "kms:GrantOperations"
      values   = ["Decrypt"]
    }
  }

  statement {
    sid       = "TaskStorageLook"
    actions   = ["kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["fargate.amazonaws.com"]
    }
  }
}
