# What a person needs to decide about videos from the command line (decide, review). Who decides need not be able to submit,
# so it is a policy of its own: attach it to whoever reviews, and to operators who do.

resource "aws_iam_policy" "reviewer" {
  name        = "${var.deployment}-reviewer"
  description = "For people who decide about videos of the deployment ${var.deployment}"
  policy      = data.aws_iam_policy_document.reviewer.json

  lifecycle {
    precondition {
      # IAM does not count white space.
      condition     = length(jsonencode(jsondecode(data.aws_iam_policy_document.reviewer.json))) <= 6144
      error_message = "With so many data buckets and keys the reviewer policy is longer than the 6144 characters that IAM takes: spread the buckets over two deployments."
    }
  }
}

data "aws_iam_policy_document" "reviewer" {
  # Every command looks up where the queues are.
  statement {
    sid       = "Queues"
    actions   = ["sqs:GetQueueUrl"]
    resources = concat([for queue in aws_sqs_queue.main : queue.arn], [for queue in aws_sqs_queue.dead : queue.arn])
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

  # What waits, who is at what, and what was decided.
  statement {
    sid       = "ReviewItems"
    actions   = ["dynamodb:Query"]
    resources = [for index in ["claims", "decided", "due", "waiting"] : "${local.table_arns.reviews}/index/${index}"]
  }

  # What the console on somebody's own machine keeps of who reviews there: what they chose, drafts, links that were signed.
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

  # Which pseudonym stands for whom. Workers may not read it.
  statement {
    sid       = "People"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [local.table_arns.people]
  }

  # In which queue something waits, and by when it is due, the live policy says.
  statement {
    sid       = "LivePolicy"
    actions   = ["dynamodb:GetItem"]
    resources = [local.table_arns.batches]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = ["policy"]
    }
  }

  # A video whose analysis runs may be decided before it has a verdict.
  statement {
    sid       = "Jobs"
    actions   = ["dynamodb:Query"]
    resources = [local.table_arns.jobs]
  }

  # What an object holds, and whether it is still there.
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

  # What a verdict rests on is copied into the decision.
  statement {
    sid       = "Datasets"
    actions   = ["s3:GetObject"]
    resources = ["${local.work_arn}/policies/*", "${local.work_arn}/videos/*"]
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
