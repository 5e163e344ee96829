# What a person needs to look at the deployment and to change nothing: status, show, search, report, doctor, and what a list
# would become (`submit --dry-run`). Attach it to whoever may see what was found, and beside the policy of
# `operator_policy.tf` to whoever operates.

resource "aws_iam_policy" "reader" {
  name        = "${var.deployment}-reader"
  description = "For people who look at the deployment ${var.deployment} and change nothing"
  policy      = data.aws_iam_policy_document.reader.json

  lifecycle {
    precondition {
      # IAM does not count white space.
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.reader.json))) <= 6144
      error_message = "With so many data buckets and keys the reader policy is longer than the 6144 characters that IAM takes: spread the buckets over two deployments."
    }
  }
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    resources = concat([for queue in aws_sqs_queue.main : queue.arn], [for queue in aws_sqs_queue.dead : queue.arn])
  }

  # Names one by one would take a fifth of what IAM lets a policy have.
  statement {
    sid       = "Tables"
    actions   = ["dynamodb:DescribeTable"]
    resources = ["arn:${local.partition}:dynamodb:${local.region}:${local.account_id}:table/${var.deployment}-*"]
  }

  # doctor looks whether the bus exists.
  statement {
    sid       = "Bus"
    actions   = ["events:DescribeEventBus"]
    resources = [aws_cloudwatch_event_bus.main.arn]
  }

  statement {
    sid       = "Rows"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [for table in ["batches", "jobs", "outcomes", "reviews"] : local.table_arns[table]]
  }

  statement {
    sid       = "ManyRows"
    actions   = ["dynamodb:BatchGetItem"]
    resources = [for table in ["jobs", "labels", "reviews"] : local.table_arns[table]]
  }

  # Slots are few; `events resend` passes over all statuses.
  statement {
    sid       = "AllRows"
    actions   = ["dynamodb:Scan"]
    resources = [for table in ["reviews", "slots"] : local.table_arns[table]]
  }

  statement {
    sid     = "Indexes"
    actions = ["dynamodb:Query"]
    resources = concat(
      [for table in ["jobs", "labels", "batches"] : "${local.table_arns[table]}/index/*"],
      [for index in ["by_status", "claims", "decided", "flagged", "sealing", "untold"] : "${local.table_arns.reviews}/index/${index}"],
      # `status` counts what is due to be tagged.
      var.tag_objects ? ["${local.table_arns.reviews}/index/untagged"] : [],
    )
  }

  # Before each shard is asked: whether anything stands there at all.
  statement {
    sid     = "AnythingInIndexes"
    actions = ["dynamodb:Scan"]
    resources = concat(
      [for index in ["sealing", "untold"] : "${local.table_arns.reviews}/index/${index}"],
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

  # A list may be encrypted as the videos beside it are.
  dynamic "statement" {
    for_each = length(var.data_bucket_kms_key_arns) > 0 ? ["VideosKey"] : []

    content {
      sid       = statement.value
      actions   = ["kms:Decrypt"]
      resources = var.data_bucket_kms_key_arns

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
    }
  }

  # doctor compares the key of new videos with those that the roles may use; without Object Lock nothing but a copy keeps the
  # object of a sealed video.
  statement {
    sid       = "DataBuckets"
    actions   = ["s3:GetBucketObjectLockConfiguration", "s3:GetEncryptionConfiguration", "s3:ListBucket"]
    resources = local.data_bucket_arns
  }

  statement {
    sid       = "WorkBucket"
    actions   = ["s3:ListBucket"]
    resources = [local.work_arn]
  }

  # That it is there, and no more.
  statement {
    sid       = "SealedBucket"
    actions   = ["s3:GetEncryptionConfiguration"]
    resources = [local.sealed_arn]
  }

  statement {
    sid     = "Results"
    actions = ["s3:GetObject"]
    resources = [
      for prefix in ["archive", "batches", "policies", "raw", "reports", "results", "videos", local.inventory_prefix] : "${local.work_arn}/${prefix}/*"
    ]
  }

  statement {
    sid       = "Topics"
    actions   = ["sns:ListSubscriptionsByTopic"]
    resources = values(local.topic_arns)
  }

  statement {
    sid       = "CompletionRole"
    actions   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    resources = [aws_iam_role.rekognition.arn]
  }

  statement {
    sid       = "SpecialistRole"
    actions   = ["iam:GetRole"]
    resources = [aws_iam_role.specialist.arn]
  }

  # doctor asks for an analysis that there is not, whose refusal says that the region has Rekognition Video; smoke
  # distinguishes a lost notification from an analysis that still runs. No resources to name, see task_role.tf.
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
      actions   = ["kms:Decrypt", "kms:DescribeKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["dynamodb", "s3", "sns", "sqs"] : "${service}.${local.region}.amazonaws.com"]
      }
    }
  }
}
