# What the console's tasks may do: show what is known of videos, sign links to them, and write what people decide. They can
# start no analysis: no queue of lines, no bucket and nothing of Rekognition is theirs to write to.

resource "aws_iam_role" "console" {
  count = local.consoles

  name               = local.console_name
  description        = "What the review console of the deployment ${var.deployment} does for the people in it"
  assume_role_policy = data.aws_iam_policy_document.ecs_trust.json

  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "console" {
  count = local.consoles

  name   = "console"
  role   = aws_iam_role.console[0].id
  policy = data.aws_iam_policy_document.console[0].json

  lifecycle {
    precondition {
      # Of all inline policies of a role together; IAM does not count white space.
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.console[0].json))) <= 10240
      error_message = "With so many data buckets and keys the console's policy is longer than the 10240 characters that IAM takes: spread the buckets over two deployments."
    }
  }
}

data "aws_iam_policy_document" "console" {
  #checkov:skip=CKV_AWS_111:what knows no resources is said there, statement by statement
  #checkov:skip=CKV_AWS_356:what knows no resources is said there, statement by statement
  count = local.consoles

  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueUrl"]
    resources = concat([for queue in aws_sqs_queue.main : queue.arn], [for queue in aws_sqs_queue.dead : queue.arn])
  }

  # How much waits, for how long a batch still takes.
  statement {
    sid       = "Waiting"
    actions   = ["sqs:GetQueueAttributes"]
    resources = [for queue in aws_sqs_queue.main : queue.arn]
  }

  # A message that says nothing wakes a fleet that sleeps: what was decided is told by workers. On this queue no message
  # starts an analysis.
  statement {
    sid       = "Tick"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.main["completion"].arn]
  }

  # A decision is one transaction: it is put, the row of its video updated, and what it answers closed, while the claim on
  # the video is as it was read.
  statement {
    sid = "Reviews"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.reviews]
  }

  # What waits, who is at what, what was decided, which videos have which verdict and status, and what of a batch is not done
  # yet.
  statement {
    sid     = "ReviewItems"
    actions = ["dynamodb:Query"]
    resources = concat(
      [for index in ["by_status", "claims", "decided", "due", "flagged", "sealing", "untold", "waiting"] : "${local.table_arns.reviews}/index/${index}"],
      var.tag_objects ? ["${local.table_arns.reviews}/index/untagged"] : [],
    )
  }

  # Before each shard is asked: whether anything stands there at all.
  statement {
    sid     = "AnythingInIndexes"
    actions = ["dynamodb:Scan"]
    resources = concat(
      [for index in ["claims", "sealing", "untold"] : "${local.table_arns.reviews}/index/${index}"],
      var.tag_objects ? ["${local.table_arns.reviews}/index/untagged"] : [],
    )
  }

  # What is kept of each of those who review: what they chose, their drafts, the links that were signed for them.
  statement {
    sid = "Reviewers"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.reviewers]
  }

  # Which pseudonym stands for whom, and who the colleagues are that a video can be parked for. Workers may not read it.
  statement {
    sid       = "People"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"]
    resources = [local.table_arns.people]
  }

  # Batches, the live policy and its versions, and whether a worker runs.
  statement {
    sid       = "Batches"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = [local.table_arns.batches]
  }

  statement {
    sid       = "Jobs"
    actions   = ["dynamodb:BatchGetItem", "dynamodb:Query"]
    resources = [local.table_arns.jobs]
  }

  statement {
    sid       = "Outcomes"
    actions   = ["dynamodb:Query"]
    resources = [local.table_arns.outcomes]
  }

  # Slots are few; a test of a policy passes over all statuses.
  statement {
    sid       = "AllRows"
    actions   = ["dynamodb:Scan"]
    resources = [for table in ["reviews", "slots"] : local.table_arns[table]]
  }

  statement {
    sid     = "Indexes"
    actions = ["dynamodb:Query"]
    resources = concat(
      [for table in ["batches", "jobs"] : "${local.table_arns[table]}/index/open"],
      ["${local.table_arns.batches}/index/recent", "${local.table_arns.labels}/index/found"],
    )
  }

  # How long a batch still takes depends on the quota. An account with the default has none applied: then the default is
  # asked for. Neither knows resources.
  statement {
    sid       = "Quota"
    actions   = ["servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota"]
    resources = ["*"]
  }

  # Links to videos are signed with these: whoever has one reads what this role may read, for some minutes.
  statement {
    sid       = "Videos"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = [for arn in local.data_bucket_arns : "${arn}/*"]
  }

  # Without it S3 answers for an object that does not exist as for one that may not be read.
  statement {
    sid       = "Buckets"
    actions   = ["s3:ListBucket"]
    resources = concat(local.data_bucket_arns, [local.work_arn])
  }

  statement {
    sid       = "Results"
    actions   = ["s3:GetObject"]
    resources = [for prefix in ["archive", "policies", "results", "videos"] : "${local.work_arn}/${prefix}/*"]
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

  # Only where specialists see sealed videos in the console: who they are is then said by their login, no longer by IAM.
  dynamic "statement" {
    for_each = var.console.sealed ? ["Sealed"] : []

    content {
      sid       = statement.value
      actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
      resources = [local.table_arns.sealed]
    }
  }

  dynamic "statement" {
    for_each = var.console.sealed ? ["SealedVideos"] : []

    content {
      sid       = statement.value
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arns.sealed}/index/listed"]
    }
  }

  dynamic "statement" {
    for_each = var.console.sealed ? ["SealedObjects"] : []

    content {
      sid       = statement.value
      actions   = ["s3:GetObject"]
      resources = ["${local.sealed_arn}/*"]
    }
  }

  dynamic "statement" {
    for_each = var.console.sealed ? ["SealedBucket"] : []

    content {
      sid       = statement.value
      actions   = ["s3:ListBucket"]
      resources = [local.sealed_arn]
    }
  }
}
