# What a worker may do: what its code calls, on the resources of this deployment. A test makes each of these calls, and
# fails where one is denied or a permission is not used.

resource "aws_iam_role" "task" {
  name               = "${var.deployment}-task"
  description        = "What a worker of reelsift does"
  assume_role_policy = data.aws_iam_policy_document.ecs_trust.json

  permissions_boundary = var.permissions_boundary_arn
}

# ECS assumes roles on behalf of tasks of this account and region only.
data "aws_iam_policy_document" "ecs_trust" {
  statement {
    sid     = "Tasks"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:ecs:${local.region}:${local.account_id}:*"]
    }
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "worker"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task.json

  lifecycle {
    precondition {
      # Of all inline policies of a role together; IAM does not count white space.
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.task.json))) <= 10240
      error_message = "With so many data buckets and keys the worker's policy is longer than the 10240 characters that IAM takes: spread the buckets over two deployments."
    }

    precondition {
      condition     = alltrue([for arn in values(var.existing_topic_arns) : split(":", arn)[3] == local.region])
      error_message = "existing_topic_arns names a topic of another region: workers and alarms publish to topics of ${local.region} only."
    }
  }
}

locals {
  work_arn = aws_s3_bucket.work.arn
}

data "aws_iam_policy_document" "task" {
  #checkov:skip=CKV_AWS_111:what knows no resources is said there, statement by statement
  #checkov:skip=CKV_AWS_356:what knows no resources is said there, statement by statement

  # The dead letters too: what SQS's own redrive brought there is read, recorded and put back with its reason.
  statement {
    sid = "Lines"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]
    resources = flatten([
      for name in ["intake", "priority", "begun"] : [aws_sqs_queue.main[name].arn, aws_sqs_queue.dead[name].arn]
    ])
  }

  statement {
    sid = "Completions"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
    ]
    resources = [aws_sqs_queue.main["completion"].arn]
  }

  # Completions are hints: a dead one is put there for people to see, and read by nobody.
  statement {
    sid       = "DeadCompletions"
    actions   = ["sqs:GetQueueUrl", "sqs:SendMessage"]
    resources = [aws_sqs_queue.dead["completion"].arn]
  }

  statement {
    sid = "Jobs"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.jobs]
  }

  # Rows of videos and review items are only ever updated, but for those of sealed videos: they are deleted once they are
  # copied, and put back where the seal is taken away. An item is opened only while its video's status and the claim on it
  # are as they were read.
  statement {
    sid = "Reviews"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.reviews]
  }

  # All that is known of a sealed video is moved there, and back where the seal is taken away.
  statement {
    sid = "Sealed"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.sealed]
  }

  # Put once, by the first worker that draws.
  statement {
    sid       = "DrawSecret"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [local.table_arns.secrets]
  }

  statement {
    sid       = "Labels"
    actions   = ["dynamodb:BatchWriteItem", "dynamodb:Query"]
    resources = [local.table_arns.labels]
  }

  statement {
    sid       = "Slots"
    actions   = ["dynamodb:Scan", "dynamodb:UpdateItem"]
    resources = [local.table_arns.slots]
  }

  statement {
    sid = "Batches"
    actions = [
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.batches]
  }

  # The outbox of mail is among the outcomes; alerts that were sent are deleted from it in bulk. A line that is to be
  # sent anew is read first: it may have ended.
  statement {
    sid = "Outcomes"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.outcomes]
  }

  # The newest batches show how many minutes a video of some size has; money is reserved by that.
  statement {
    sid     = "Indexes"
    actions = ["dynamodb:Query"]
    resources = [
      "${local.table_arns.jobs}/index/open",
      "${local.table_arns.batches}/index/open",
      "${local.table_arns.batches}/index/recent",
      "${local.table_arns.reviews}/index/claims",
      "${local.table_arns.reviews}/index/due",
      "${local.table_arns.reviews}/index/sealing",
      "${local.table_arns.reviews}/index/untagged",
      "${local.table_arns.reviews}/index/untold",
    ]
  }

  # Before each shard is asked: whether anything stands there at all.
  statement {
    sid       = "AnythingInIndexes"
    actions   = ["dynamodb:Scan"]
    resources = [for index in ["claims", "sealing", "untagged", "untold"] : "${local.table_arns.reviews}/index/${index}"]
  }

  # What no export has brought to the archive yet.
  dynamic "statement" {
    for_each = length(local.archive_arns) > 0 ? ["Unarchived"] : []

    content {
      sid       = statement.value
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.reviews}/index/unarchived"]
    }
  }

  # Rekognition reads the videos with these permissions too. A version is named where the line names one. A legal hold keeps
  # a sealed video from being deleted, where its bucket has Object Lock; one that was there before is not taken away.
  statement {
    sid       = "Videos"
    actions   = ["s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectVersion", "s3:PutObjectLegalHold"]
    resources = [for arn in local.data_bucket_arns : "${arn}/*"]
  }

  # Only where objects are to say the status of their video.
  dynamic "statement" {
    for_each = var.tag_objects ? ["VideosTags"] : []

    content {
      sid       = statement.value
      actions   = local.tagging_actions
      resources = [for arn in local.data_bucket_arns : "${arn}/*"]
    }
  }

  statement {
    sid = "SealedObjects"
    actions = [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:DeleteObjectVersion",
      "s3:GetObject",
      "s3:ListMultipartUploadParts",
      "s3:PutObject",
    ]
    resources = ["${local.sealed_arn}/*"]
  }

  statement {
    sid       = "SealedMissing"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [local.sealed_arn]
  }

  # Without it S3 answers for an object that does not exist as for one that may not be read.
  statement {
    sid       = "VideosMissing"
    actions   = ["s3:ListBucket"]
    resources = local.data_bucket_arns
  }

  # Rekognition's guide asks for both actions, and its sample policy leaves open whose they are: the caller's or those of
  # the role that Rekognition assumes. So both roles have both.
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

  # A video of identical content is judged by the answer that was given for another.
  statement {
    sid       = "RawAnswers"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.work_arn}/raw/*"]
  }

  statement {
    sid       = "Results"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [for prefix in ["alerts", "batches", "policies", "results"] : "${local.work_arn}/${prefix}/*"]
  }

  statement {
    sid       = "Datasets"
    actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.work_arn}/videos/*"]
  }

  # Of a sealed video nothing stays, in no version, once it is copied.
  statement {
    sid       = "SealedAway"
    actions   = ["s3:DeleteObjectVersion"]
    resources = [for prefix in ["alerts", "raw", "results", "videos"] : "${local.work_arn}/${prefix}/*"]
  }

  # A chunk whose lines are retried is reported anew, and perhaps has no failed lines any more. Forgotten videos are looked
  # for in the reports.
  statement {
    sid       = "Reports"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.work_arn}/reports/*"]
  }

  # The copy against which policies are tested. Small parts become one, and forgotten videos leave it.
  statement {
    sid       = "Copy"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.work_arn}/archive/*"]
  }

  # Whoever is not given it cannot bypass the lock, nor shorten it.
  dynamic "statement" {
    for_each = length(local.archive_arns) > 0 ? ["DecisionArchive"] : []

    content {
      sid       = statement.value
      actions   = ["s3:PutObject"]
      resources = [for arn in local.archive_arns : "${arn}/decisions/*"]
    }
  }

  statement {
    sid       = "Inventories"
    actions   = ["s3:GetObject"]
    resources = ["${local.work_arn}/${local.inventory_prefix}/*"]
  }

  statement {
    sid       = "ResultsMissing"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions"]
    resources = [local.work_arn]
  }

  # Rekognition Video has no resources to name: a job is addressed by its id alone, and "*" is all that IAM takes.
  statement {
    sid       = "Analyses"
    actions   = flatten([for analysis in values(local.analyses) : ["rekognition:${analysis.get}", "rekognition:${analysis.start}"]])
    resources = ["*"]
  }

  statement {
    sid       = "CompletionRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.rekognition.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["rekognition.amazonaws.com"]
    }
  }

  # Alerts to programs and to people, and the ends of batches.
  statement {
    sid       = "Topics"
    actions   = ["sns:Publish"]
    resources = [for topic in ["alerts", "mail", "batches"] : local.topic_arns[topic]]
  }

  statement {
    sid       = "Events"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.main.arn]
  }

  # PutMetricData knows no resources; the namespace bounds it.
  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = [local.metrics_namespace]
    }
  }

  # An account with the default has no quota applied: then the default is asked for. Neither knows resources.
  dynamic "statement" {
    for_each = var.quota == null ? ["Quota"] : []

    content {
      sid       = statement.value
      actions   = ["servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota"]
      resources = ["*"]
    }
  }

  # DynamoDB, S3, SNS and SQS use the deployment's key on behalf of whoever asks them.
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
