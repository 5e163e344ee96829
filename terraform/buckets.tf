# The work bucket, and the data bucket where reelsift creates one. Existing data buckets are only read.

resource "aws_s3_bucket" "work" {
  #checkov:skip=CKV_AWS_18:access logs would need a bucket of their own; CloudTrail's data events do this where an account wants it
  #checkov:skip=CKV_AWS_144:raw answers can be bought again from the videos; a copy in another region is not worth its price to most
  #checkov:skip=CKV_AWS_145:SSE-S3 unless customer_managed_key
  #checkov:skip=CKV2_AWS_62:events are an opt-in, see notifications.tf
  bucket        = local.work_bucket_name
  force_destroy = var.destroyable
}

resource "aws_s3_bucket" "videos" {
  #checkov:skip=CKV_AWS_18:access logs would need a bucket of their own; CloudTrail's data events do this where an account wants it
  #checkov:skip=CKV_AWS_144:whoever owns the videos decides whether they are kept in a second region
  #checkov:skip=CKV_AWS_145:SSE-S3 unless customer_managed_key
  #checkov:skip=CKV2_AWS_62:events are an opt-in, see notifications.tf
  count = var.create_data_bucket ? 1 : 0

  bucket        = local.videos_bucket_name
  force_destroy = var.destroyable
}

# Where a bucket of another region is asked for, S3 answers with its region and nothing else; the provider then says
# "empty result" for it and stops, as it does for a bucket that does not exist. The condition is for every other way.
data "aws_s3_bucket" "existing" {
  for_each = toset(var.existing_data_buckets)

  bucket = each.key

  lifecycle {
    postcondition {
      # Version 6 of the provider calls it bucket_region, and gives region another meaning.
      condition     = lookup(self, "bucket_region", self.region) == local.region
      error_message = "wrong_region: bucket ${each.key} lies in ${lookup(self, "bucket_region", self.region)}, but this deployment in ${local.region}, and Rekognition reads videos of its own region only. Deploy once more in that region for it, or copy its videos."
    }
  }
}

locals {
  created_buckets = merge(
    { work = aws_s3_bucket.work.id },
    { for bucket in aws_s3_bucket.videos : "videos" => bucket.id },
  )

  # What holds for every bucket that is made here, whether it goes with the deployment or not.
  own_buckets = merge(local.created_buckets, local.archive_buckets, local.sealed_buckets)

  # Name to name, by way of what has to exist first.
  inventoried_buckets = merge(
    { for bucket in aws_s3_bucket.videos : local.videos_bucket_name => bucket.bucket },
    { for name, bucket in data.aws_s3_bucket.existing : name => bucket.bucket },
  )

  # Of a bucket of another account nothing can be looked up before its owner lets this one in.
  data_buckets = merge(local.inventoried_buckets, { for name in var.foreign_data_buckets : name => name })
}

# What the owners of foreign buckets have to allow. Rekognition reads with the permissions of the worker's role; this
# account's own policies say which of its roles and people these are.
data "aws_iam_policy_document" "foreign_bucket" {
  for_each = toset(var.foreign_data_buckets)

  statement {
    sid       = "ReelsiftVideos"
    actions   = concat(["s3:GetObject", "s3:GetObjectVersion"], var.tag_objects ? local.tagging_actions : [])
    resources = ["arn:${local.partition}:s3:::${each.key}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }

  statement {
    sid       = "ReelsiftBucket"
    actions   = ["s3:GetEncryptionConfiguration", "s3:ListBucket"]
    resources = ["arn:${local.partition}:s3:::${each.key}"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account_id}:root"]
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "created" {
  for_each = local.own_buckets

  bucket = each.value

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "created" {
  for_each = local.own_buckets

  bucket                  = each.value
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Videos: a line may name a version, and what is replaced while it is analysed can still be read. Work: a raw answer
# costs as much as its analysis, and survives a mistaken delete for a month.
resource "aws_s3_bucket_versioning" "created" {
  for_each = local.own_buckets

  bucket = each.value

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "created" {
  for_each = local.created_buckets

  bucket = each.value

  rule {
    # One request to KMS for many objects, not one each.
    bucket_key_enabled = var.customer_managed_key

    apply_server_side_encryption_by_default {
      sse_algorithm     = var.customer_managed_key ? "aws:kms" : "AES256"
      kms_master_key_id = local.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "work" {
  #checkov:skip=CKV_AWS_300:the rule unfinished_uploads does it, for the whole bucket
  bucket = aws_s3_bucket.work.bucket

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

  # A newer one lists the same objects; three months show how a bucket grew.
  rule {
    id     = "inventories"
    status = "Enabled"

    filter {
      prefix = "${local.inventory_prefix}/"
    }

    expiration {
      days = 90
    }
  }

  # What is made of answers, and can be made again while these are kept.
  dynamic "rule" {
    for_each = { for prefix, days in { videos = var.dataset_days, alerts = var.alert_days, reports = var.report_days } : prefix => days if days != null }

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = "${rule.key}/"
      }

      expiration {
        days = rule.value
      }
    }
  }

  # Copies of manifests, below batches/, are kept: the report of a batch reads them, and they are small. So are reports,
  # below reports/, unless report_days says otherwise: they say what became of each line, and queries over many batches
  # read them.
  dynamic "rule" {
    for_each = var.raw_answer_days == null ? [] : ["archive", "raw", "results"]

    content {
      id     = rule.value
      status = "Enabled"

      filter {
        prefix = "${rule.value}/"
      }

      expiration {
        days = var.raw_answer_days
      }
    }
  }

  # What a rule on versions means depends on whether there are any.
  depends_on = [aws_s3_bucket_versioning.created]
}

# Videos are their owner's: reelsift deletes none, nor any of their versions.
resource "aws_s3_bucket_lifecycle_configuration" "videos" {
  count = var.create_data_bucket ? 1 : 0

  bucket = aws_s3_bucket.videos[0].bucket

  rule {
    id     = "unfinished_uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.own_buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["arn:${local.partition}:s3:::${each.value}", "arn:${local.partition}:s3:::${each.value}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # An Allow of somebody's own policy does not help: this goes first. What is not denied is the bucket's administration.
  # That takes s3:ListBucket, without which Terraform does not see the bucket; keys are made of ids.
  dynamic "statement" {
    for_each = each.key == "sealed" ? ["NobodyElse"] : []

    content {
      sid    = statement.value
      effect = "Deny"
      actions = [
        "s3:AbortMultipartUpload",
        "s3:BypassGovernanceRetention",
        "s3:DeleteObject*",
        "s3:GetObject*",
        "s3:ListBucketMultipartUploads",
        "s3:ListBucketVersions",
        "s3:ListMultipartUploadParts",
        "s3:ObjectOwnerOverrideToBucketOwner",
        "s3:PutObject*",
        "s3:Replicate*",
        "s3:RestoreObject",
      ]
      resources = ["arn:${local.partition}:s3:::${each.value}", "arn:${local.partition}:s3:::${each.value}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotEquals"
        variable = "aws:PrincipalArn"
        values   = local.sealed_principals
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "work" && var.inventory_frequency != "None" ? ["Inventory"] : []

    content {
      sid       = statement.value
      actions   = ["s3:PutObject"]
      resources = ["arn:${local.partition}:s3:::${each.value}/${local.inventory_prefix}/*"]

      principals {
        type        = "Service"
        identifiers = ["s3.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = local.own_data_bucket_arns
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account_id]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "created" {
  for_each = local.own_buckets

  bucket = each.value
  policy = data.aws_iam_policy_document.bucket[each.key].json

  # S3 refuses two changes of a bucket's access at the same time.
  depends_on = [aws_s3_bucket_public_access_block.created]
}
