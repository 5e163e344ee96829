# Where sealed videos are kept: a table (see tables.tf) and a bucket under a key of their own, which only workers and
# specialists may use. Whoever administers the account can change these policies, and CloudTrail records that they did.

locals {
  sealed_bucket_name = "${var.deployment}-sealed-${local.account_id}-${local.region}"
  sealed_buckets     = { sealed = aws_s3_bucket.sealed.id }
  sealed_arn         = aws_s3_bucket.sealed.arn

  # Conditions name roles by their ARNs, so that a role that is made anew is the same.
  sealed_principals = concat(
    [aws_iam_role.task.arn, aws_iam_role.specialist.arn],
    try(var.console.sealed, false) ? aws_iam_role.console[*].arn : [],
  )
}

resource "aws_kms_key" "sealed" {
  description             = "Sealed videos of the reelsift deployment ${var.deployment}"
  enable_key_rotation     = true
  deletion_window_in_days = var.destroyable ? 7 : 30
  policy                  = data.aws_iam_policy_document.sealed_key.json
}

resource "aws_kms_alias" "sealed" {
  name          = "alias/${var.deployment}-sealed"
  target_key_id = aws_kms_key.sealed.key_id
}

data "aws_iam_policy_document" "sealed_key" {
  #checkov:skip=CKV_AWS_109:the key's administration stays with the account, or nobody could ever change it again
  #checkov:skip=CKV_AWS_111:the same; in a key policy the resource "*" means this key
  #checkov:skip=CKV_AWS_356:the same; in a key policy the resource "*" means this key

  # All of the administration, and nothing that reads: no grants either, for whoever makes one may let anybody read.
  statement {
    sid = "Administration"
    actions = [
      "kms:CancelKeyDeletion",
      "kms:CreateAlias",
      "kms:DeleteAlias",
      "kms:Describe*",
      "kms:DisableKey",
      "kms:DisableKeyRotation",
      "kms:EnableKey",
      "kms:EnableKeyRotation",
      "kms:GetKeyPolicy",
      "kms:GetKeyRotationStatus",
      "kms:List*",
      "kms:PutKeyPolicy",
      "kms:RetireGrant",
      "kms:RevokeGrant",
      "kms:RotateKeyOnDemand",
      "kms:ScheduleKeyDeletion",
      "kms:TagResource",
      "kms:UntagResource",
      "kms:UpdateAlias",
      "kms:UpdateKeyDescription",
    ]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "Sealed"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = local.sealed_principals
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["dynamodb", "s3"] : "${service}.${local.region}.amazonaws.com"]
    }
  }

  # Whoever makes the table, as DynamoDB's guide asks for it. That nobody else reads the table is said by its own policy.
  statement {
    sid       = "Table"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "TableGrants"
    actions   = ["kms:CreateGrant"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${local.region}.amazonaws.com"]
    }

    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
  }
}

# Administration of the table is not in it: it stays with the account.
data "aws_iam_policy_document" "sealed_table" {
  statement {
    sid    = "NobodyElse"
    effect = "Deny"
    actions = [
      "dynamodb:BatchGetItem",
      "dynamodb:BatchWriteItem",
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:PartiQLDelete",
      "dynamodb:PartiQLInsert",
      "dynamodb:PartiQLSelect",
      "dynamodb:PartiQLUpdate",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:Scan",
      "dynamodb:UpdateItem",
    ]
    resources = [local.table_arns.sealed, "${local.table_arns.sealed}/index/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = local.sealed_principals
    }
  }
}

resource "aws_dynamodb_resource_policy" "sealed" {
  resource_arn = local.table_arns.sealed
  policy       = data.aws_iam_policy_document.sealed_table.json
}

resource "aws_s3_bucket" "sealed" {
  #checkov:skip=CKV_AWS_18:access logs would need a bucket of their own; CloudTrail's data events do this where an account wants it
  #checkov:skip=CKV_AWS_144:what is sealed is to lie in as few places as possible
  #checkov:skip=CKV2_AWS_62:nobody is to hear of what is sealed
  bucket        = local.sealed_bucket_name
  force_destroy = var.destroyable
}

resource "aws_s3_bucket_server_side_encryption_configuration" "sealed" {
  bucket = aws_s3_bucket.sealed.bucket

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.sealed.arn
    }
  }
}

# A video that is unsealed leaves nothing behind after a month.
resource "aws_s3_bucket_lifecycle_configuration" "sealed" {
  #checkov:skip=CKV_AWS_300:the rule unfinished_uploads does it, for the whole bucket
  bucket = aws_s3_bucket.sealed.bucket

  rule {
    id     = "unfinished_uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  rule {
    id     = "replaced_and_deleted"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 30
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  depends_on = [aws_s3_bucket_versioning.created]
}
