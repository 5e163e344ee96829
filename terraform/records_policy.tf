# What a person needs to keep records and to forget from the command line (forget; review export, archive and restore). It
# is for few: nobody else may take anything away that was decided, or see all of it at once.

resource "aws_iam_policy" "records" {
  name        = "${var.deployment}-records"
  description = "For people who keep the records of the deployment ${var.deployment}, and forget videos"
  policy      = data.aws_iam_policy_document.records.json

  lifecycle {
    precondition {
      # IAM does not count white space.
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.records.json))) <= 6144
      error_message = "With so many data buckets and keys the records policy is longer than the 6144 characters that IAM takes: spread the buckets over two deployments."
    }
  }
}

data "aws_iam_policy_document" "records" {
  # Every command looks up where the queues are.
  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueUrl"]
    resources = concat([for queue in aws_sqs_queue.main : queue.arn], [for queue in aws_sqs_queue.dead : queue.arn])
  }

  # What is forgotten is deleted, but for the video's own row; what is restored is put.
  statement {
    sid = "Reviews"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.reviews]
  }

  # Whose a pseudonym is, to be erased.
  statement {
    sid       = "People"
    actions   = ["dynamodb:DeleteItem", "dynamodb:Scan"]
    resources = [local.table_arns.people]
  }

  # What was sealed just now is left out of the lines of a batch.
  statement {
    sid       = "Decisions"
    actions   = ["dynamodb:Query"]
    resources = [for index in ["decided", "sealing", "unarchived"] : "${local.table_arns.reviews}/index/${index}"]
  }

  # A batch that is named by the beginning of its id.
  statement {
    sid       = "RecentBatches"
    actions   = ["dynamodb:Query"]
    resources = ["${local.table_arns.batches}/index/recent"]
  }

  # The day of the first decision: this index holds decisions and nothing else.
  statement {
    sid       = "FirstDecision"
    actions   = ["dynamodb:Scan"]
    resources = ["${local.table_arns.reviews}/index/decided"]
  }

  statement {
    sid       = "Jobs"
    actions   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:Query"]
    resources = [local.table_arns.jobs]
  }

  statement {
    sid       = "Labels"
    actions   = ["dynamodb:BatchWriteItem", "dynamodb:Query"]
    resources = [local.table_arns.labels]
  }

  # The decisions on a batch's videos; and mail of a video that was not sent yet.
  statement {
    sid       = "Outcomes"
    actions   = ["dynamodb:BatchWriteItem", "dynamodb:Query"]
    resources = [local.table_arns.outcomes]
  }

  # Batches, what is to leave the reports, and how far the archive is.
  statement {
    sid       = "Batches"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    resources = [local.table_arns.batches]
  }

  # What an object holds, and whether it is still there.
  statement {
    sid       = "Videos"
    actions   = ["s3:GetObject"]
    resources = [for arn in local.data_bucket_arns : "${arn}/*"]
  }

  statement {
    sid       = "Buckets"
    actions   = ["s3:ListBucket"]
    resources = concat(local.data_bucket_arns, local.archive_arns)
  }

  # Every version of what is forgotten.
  statement {
    sid       = "Versions"
    actions   = ["s3:ListBucketVersions"]
    resources = [local.work_arn]
  }

  statement {
    sid       = "Forgotten"
    actions   = ["s3:DeleteObjectVersion"]
    resources = [for prefix in ["alerts", "raw", "results", "videos"] : "${local.work_arn}/${prefix}/*"]
  }

  # The lines of a batch, by which its videos are known.
  statement {
    sid       = "Submissions"
    actions   = ["s3:GetObject"]
    resources = ["${local.work_arn}/batches/*"]
  }

  # Whoever may bypass the lock is not said here: nobody needs that.
  dynamic "statement" {
    for_each = length(local.archive_arns) > 0 ? ["DecisionArchive"] : []

    content {
      sid       = statement.value
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = [for arn in local.archive_arns : "${arn}/decisions/*"]
    }
  }

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

  dynamic "statement" {
    for_each = aws_kms_key.main[*].arn

    content {
      sid       = "Key"
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for service in ["dynamodb", "s3", "sqs"] : "${service}.${local.region}.amazonaws.com"]
      }
    }
  }
}
