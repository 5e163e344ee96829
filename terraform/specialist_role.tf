# Whoever decides about sealed videos. The role is always there, because policies name it; nobody may assume it until
# specialist_principals says who.

resource "aws_iam_role" "specialist" {
  name                 = "${var.deployment}-specialist"
  description          = "Who may see sealed videos of the deployment ${var.deployment}, and decide about them"
  assume_role_policy   = data.aws_iam_policy_document.specialist_trust.json
  max_session_duration = 3600

  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "specialist_trust" {
  dynamic "statement" {
    for_each = length(var.specialist_principals) > 0 ? ["Specialists"] : []

    content {
      sid     = statement.value
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = var.specialist_principals
      }

      dynamic "condition" {
        for_each = var.specialist_mfa ? ["true"] : []

        content {
          test     = "Bool"
          variable = "aws:MultiFactorAuthPresent"
          values   = [condition.value]
        }
      }
    }
  }

  # A trust policy has to say something.
  dynamic "statement" {
    for_each = length(var.specialist_principals) > 0 ? [] : ["Nobody"]

    content {
      sid     = statement.value
      effect  = "Deny"
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}

# What they do with other videos they do with sealed ones.
resource "aws_iam_role_policy_attachment" "specialist" {
  role       = aws_iam_role.specialist.name
  policy_arn = aws_iam_policy.reviewer.arn
}

resource "aws_iam_role_policy" "specialist" {
  name   = "sealed"
  role   = aws_iam_role.specialist.id
  policy = data.aws_iam_policy_document.specialist.json
}

data "aws_iam_policy_document" "specialist" {
  statement {
    sid       = "Sealed"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    resources = [local.table_arns.sealed]
  }

  statement {
    sid       = "SealedVideos"
    actions   = ["dynamodb:Query"]
    resources = ["${local.table_arns.sealed}/index/listed"]
  }

  statement {
    sid       = "SealedObjects"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${local.sealed_arn}/*"]
  }

  statement {
    sid       = "SealedBucket"
    actions   = ["s3:ListBucket"]
    resources = [local.sealed_arn]
  }

  # Where evidence is handed over. The key policy of sealed videos lets the role use their key.
  dynamic "statement" {
    for_each = length(var.evidence_buckets) > 0 ? ["Evidence"] : []

    content {
      sid       = statement.value
      actions   = ["s3:AbortMultipartUpload", "s3:PutObject"]
      resources = [for name in var.evidence_buckets : "arn:${local.partition}:s3:::${name}/*"]
    }
  }
}
