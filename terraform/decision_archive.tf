# Decisions are records: every night a worker exports them to this bucket, in which nobody can change or delete them
# before their time. It outlives the deployment, so it has no key of the deployment's, and destroy.sh leaves it.

locals {
  archive_bucket_name = "${var.deployment}-decisions-${local.account_id}-${local.region}"
  archive_buckets     = { for bucket in aws_s3_bucket.decisions : "decisions" => bucket.bucket }
  archive_arns        = [for bucket in aws_s3_bucket.decisions : bucket.arn]
}

resource "aws_s3_bucket" "decisions" {
  #checkov:skip=CKV_AWS_18:access logs would need a bucket of their own; CloudTrail's data events do this where an account wants it
  #checkov:skip=CKV_AWS_144:whoever has to keep records in a second region replicates them there
  #checkov:skip=CKV_AWS_145:a key of the deployment's would go with it, and the records could not be read any more
  #checkov:skip=CKV2_AWS_62:nobody waits for a record
  count = var.decision_archive_days == null ? 0 : 1

  bucket              = local.archive_bucket_name
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "decisions" {
  count = length(aws_s3_bucket.decisions)

  bucket = aws_s3_bucket.decisions[0].bucket

  rule {
    default_retention {
      mode = var.decision_archive_mode
      days = var.decision_archive_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.created]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "decisions" {
  count = length(aws_s3_bucket.decisions)

  bucket = aws_s3_bucket.decisions[0].bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# What is no longer locked stays: a record is deleted by whoever decides that it has had its time.
resource "aws_s3_bucket_lifecycle_configuration" "decisions" {
  count = length(aws_s3_bucket.decisions)

  bucket = aws_s3_bucket.decisions[0].bucket

  rule {
    id     = "unfinished_uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
