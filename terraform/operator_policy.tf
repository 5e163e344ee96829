# What a person needs for the command line, but for the worker. Attach it to whoever operates the deployment; nothing else
# uses it.

resource "aws_iam_policy" "operator" {
  name        = "${var.deployment}-operator"
  description = "For people who use the reelsift command line on the deployment ${var.deployment}"
  policy      = data.aws_iam_policy_document.operator.json

  lifecycle {
    precondition {
      # IAM does not count white space.
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.operator.json))) <= 6144
      error_message = "With so many data buckets and keys the operator policy is longer than the 6144 characters that IAM takes: spread the buckets over two deployments."
    }
  }
}

data "aws_iam_policy_document" "operator" {
  # submit sends no message: workers expand what it wrote. smoke sends lines; redrive sends them and due attempts.
  statement {
    sid       = "Lines"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [for name in ["intake", "priority", "begun"] : aws_sqs_queue.main[name].arn]
  }

  statement {
    sid       = "Completions"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = [aws_sqs_queue.main["completion"].arn]
  }

  # A dead letter is deleted once it was sent back, or kept in the work bucket.
  statement {
    sid = "DeadLetters"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
    ]
    resources = [for queue in aws_sqs_queue.dead : queue.arn]
  }

  statement {
    sid       = "DroppedLetters"
    actions   = ["s3:PutObject"]
    resources = ["${local.work_arn}/dead-letters/*"]
  }

  # Names one by one would take a fifth of what IAM lets a policy have.
  statement {
    sid       = "Tables"
    actions   = ["dynamodb:DescribeTable"]
    resources = ["arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${var.deployment}-*"]
  }

  # doctor looks whether the bus exists; `events resend` tells statuses anew.
  statement {
    sid       = "Events"
    actions   = ["events:DescribeEventBus", "events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.main.arn]
  }

  # give-up ends a job, and frees its slot with it.
  statement {
    sid       = "Jobs"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [local.table_arns.jobs]
  }

  statement {
    sid       = "Labels"
    actions   = ["dynamodb:BatchGetItem"]
    resources = [local.table_arns.labels]
  }

  statement {
    sid       = "Reviews"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
    resources = [local.table_arns.reviews]
  }

  statement {
    sid       = "Slots"
    actions   = ["dynamodb:Scan", "dynamodb:UpdateItem"]
    resources = [local.table_arns.slots]
  }

  statement {
    sid       = "Batches"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [local.table_arns.batches]
  }

  # redrive opens a line that failed for another round.
  statement {
    sid       = "Outcomes"
    actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [local.table_arns.outcomes]
  }

  statement {
    sid     = "Indexes"
    actions = ["dynamodb:Query"]
    resources = concat(
      [for table in ["jobs", "labels", "batches"] : "${local.table_arns[table]}/index/*"],
      [for index in ["by_status", "claims", "flagged", "untold"] : "${local.table_arns.reviews}/index/${index}"],
      # `status` counts what is due to be tagged.
      var.tag_objects ? ["${local.table_arns.reviews}/index/untagged"] : [],
    )
  }

  # Manifests may lie in data buckets; `submit s3://bucket/prefix/` lists them. What is listed with a version is asked for
  # in that version.
  statement {
    sid       = "Videos"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [for arn in local.data_bucket_arns : "${arn}/*"]
  }

  statement {
    sid       = "Buckets"
    actions   = ["s3:ListBucket"]
    resources = concat(local.data_bucket_arns, [local.work_arn])
  }

  # doctor compares the key of new videos with those that the roles may use.
  statement {
    sid       = "BucketKeys"
    actions   = ["s3:GetEncryptionConfiguration"]
    resources = local.data_bucket_arns
  }

  # The clip that smoke makes, and takes away again.
  statement {
    sid       = "SmokeClip"
    actions   = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"]
    resources = [for arn in local.own_data_bucket_arns : "${arn}/reelsift-smoke/*"]
  }

  dynamic "statement" {
    for_each = length(var.data_bucket_kms_key_arns) > 0 ? ["VideosKey"] : []

    content {
      sid       = statement.value
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = var.data_bucket_kms_key_arns

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  statement {
    sid       = "Submissions"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.work_arn}/batches/*"]
  }

  statement {
    sid       = "Results"
    actions   = ["s3:GetObject"]
    resources = [for prefix in ["raw", "reports", "results", "videos", local.inventory_prefix] : "${local.work_arn}/${prefix}/*"]
  }

  # doctor reads; smoke publishes a marked message to the subscribers of alerts if it is asked to.
  statement {
    sid       = "Topics"
    actions   = ["sns:ListSubscriptionsByTopic"]
    resources = values(local.topic_arns)
  }

  statement {
    sid       = "TestAlert"
    actions   = ["sns:Publish"]
    resources = [for topic in ["alerts", "mail"] : local.topic_arns[topic]]
  }

  statement {
    sid       = "CompletionRole"
    actions   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    resources = [aws_iam_role.rekognition.arn]
  }

  # smoke distinguishes a lost notification from an analysis that still runs. No resources to name, see task_role.tf.
  statement {
    sid       = "Analyses"
    actions   = [for analysis in values(local.analyses) : "rekognition:${analysis.get}"]
    resources = ["*"]
  }

  # An account with the default has no quota applied: then the default is asked for. Neither knows resources.
  statement {
    sid       = "Quota"
    actions   = ["servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = aws_kms_key.main[*].arn

    content {
      sid       = "Key"
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["dynamodb", "s3", "sns", "sqs"] : "${service}.${local.region}.amazonaws.com"]
      }
    }
  }
}
