# S3 lists each data bucket of this account into the work bucket: inventory/<bucket>/<deployment>/<time>/manifest.json, the last of its
# files being manifest.checksum. The first list comes within 48 hours.

locals {
  inventory_prefix = "inventory"
}

resource "aws_s3_bucket_inventory" "videos" {
  for_each = var.inventory_frequency == "None" ? {} : local.inventoried_buckets

  bucket = each.value
  name   = var.deployment

  # An older version of a video is analysed where somebody names it; all of them would be paid for.
  included_object_versions = "Current"
  # What identifies a video already analysed (the ETag), what it costs (the size), and whether it can be read at all: not
  # from an archive, and not under a customer's key.
  optional_fields = [
    "ETag", "EncryptionStatus", "IntelligentTieringAccessTier", "LastModifiedDate", "Size", "StorageClass"
  ]

  schedule {
    frequency = var.inventory_frequency
  }

  destination {
    bucket {
      account_id = local.account_id
      bucket_arn = aws_s3_bucket.work.arn
      prefix     = local.inventory_prefix
      format     = "Parquet"

      encryption {
        dynamic "sse_s3" {
          for_each = var.customer_managed_key ? [] : ["AES256"]
          content {}
        }

        dynamic "sse_kms" {
          for_each = var.customer_managed_key ? [local.kms_key_arn] : []

          content {
            key_id = sse_kms.value
          }
        }
      }
    }
  }

  depends_on = [aws_s3_bucket_policy.created]
}
