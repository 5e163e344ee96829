# What a person needs to operate the deployment: submit, pause, cancel and retry batches, hold, give up, redrive, resend,
# smoke. Who only looks needs none of it; who operates looks as well, and so has the policy of `reader_policy.tf` beside
# this one. IAM takes 6,144 characters of a policy: the two are one in what people do, and two in length.

resource "aws_iam_policy" "operator" {
  name        = "${var.deployment}-operator"
  description = "For people who operate the deployment ${var.deployment}, beside ${var.deployment}-reader"
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
    actions   = ["sqs:SendMessage"]
    resources = [for name in ["intake", "priority", "begun"] : aws_sqs_queue.main[name].arn]
  }

  # A dead letter is deleted once it was sent back, or kept in the work bucket.
  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
    resources = [for queue in aws_sqs_queue.dead : queue.arn]
  }

  statement {
    sid       = "DroppedLetters"
    actions   = ["s3:PutObject"]
    resources = ["${local.work_arn}/dead-letters/*"]
  }

  # `events resend` tells statuses anew.
  statement {
    sid       = "Events"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.main.arn]
  }

  # give-up ends a job, and frees its slot with it; redrive opens a line that failed for another round.
  statement {
    sid       = "Rows"
    actions   = ["dynamodb:UpdateItem"]
    resources = [for table in ["batches", "jobs", "outcomes", "slots"] : local.table_arns[table]]
  }

  statement {
    sid       = "Batches"
    actions   = ["dynamodb:PutItem"]
    resources = [local.table_arns.batches]
  }

  # `policy apply` stores a document before it makes it live.
  statement {
    sid       = "Policies"
    actions   = ["s3:PutObject"]
    resources = ["${local.work_arn}/policies/*"]
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

  # `policy archive --rebuild` writes what the copy lacks, and deletes what cannot be read.
  statement {
    sid       = "Submissions"
    actions   = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"]
    resources = ["${local.work_arn}/archive/*", "${local.work_arn}/batches/*"]
  }

  # smoke publishes a marked message to the subscribers of alerts if it is asked to.
  statement {
    sid       = "TestAlert"
    actions   = ["sns:Publish"]
    resources = [for topic in ["alerts", "mail"] : local.topic_arns[topic]]
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
