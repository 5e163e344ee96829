# What a bucket policy may say so that nobody reads what is rejected (docs/tags.md). It is only printed: the policy of a
# bucket is its owner's, and a mistake in it locks people out.

locals {
  # What writing the tag takes: S3 replaces all tags of an object at once, so they are read first.
  tagging_actions = [
    "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging",
    "s3:PutObjectTagging",
    "s3:PutObjectVersionTagging",
  ]

  deny_rejected_actions = {
    Read = ["s3:GetObject", "s3:GetObjectVersion"]
    # Whoever could take the tag away could read after that.
    Tags = ["s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
  }

  deny_rejected = {
    for name in values(local.data_buckets) : name => jsonencode([
      for what, actions in local.deny_rejected_actions : {
        Sid       = "ReelsiftDenyRejected${what}"
        Effect    = "Deny"
        Principal = "*"
        Action    = actions
        Resource  = "arn:${local.partition}:s3:::${name}/*"
        Condition = {
          StringEquals = { "s3:ExistingObjectTag/reelsift-status" = "rejected" }
          ArnNotLike   = { "aws:PrincipalArn" = sort(concat([aws_iam_role.task.arn], aws_iam_role.console[*].arn, var.rejected_readers)) }
        }
      }
    ])
  }
}
