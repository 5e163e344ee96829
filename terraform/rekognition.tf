# The role by which Rekognition publishes completions, and may decrypt videos. The policy that AWS manages for this allows topics named
# AmazonRekognition* of any kind; this one allows one topic.

resource "aws_iam_role" "rekognition" {
  name               = "${var.deployment}-rekognition"
  description        = "Lets Rekognition report the end of an analysis to the topic ${var.deployment}-completions"
  assume_role_policy = data.aws_iam_policy_document.rekognition_trust.json

  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "rekognition_trust" {
  statement {
    sid     = "Rekognition"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["rekognition.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }

    # An analysis of a stored video has no ARN; where Rekognition names one all the same, it is of this region.
    condition {
      test     = "ArnLikeIfExists"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:rekognition:${local.region}:${local.account_id}:*"]
    }
  }
}

resource "aws_iam_role_policy" "rekognition" {
  name   = "publish-completions"
  role   = aws_iam_role.rekognition.id
  policy = data.aws_iam_policy_document.rekognition.json
}

data "aws_iam_policy_document" "rekognition" {
  statement {
    sid       = "Completions"
    actions   = ["sns:Publish"]
    resources = [local.topic_arns["completions"]]
  }

  dynamic "statement" {
    for_each = aws_kms_key.main[*].arn

    content {
      sid       = "Key"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com", "sns.${local.region}.amazonaws.com"]
      }
    }
  }

  # Videos under keys of their own, see task_role.tf.
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
}
