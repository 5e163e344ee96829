data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  # Its id is its name, which version 6 of the provider calls otherwise than version 5.
  region = data.aws_region.current.id

  work_bucket_name   = "${var.deployment}-work-${local.account_id}-${local.region}"
  videos_bucket_name = "${var.deployment}-videos-${local.account_id}-${local.region}"

  created_data_buckets = var.create_data_bucket ? [local.videos_bucket_name] : []
  own_data_buckets     = concat(local.created_data_buckets, var.existing_data_buckets)
  own_data_bucket_arns = [for name in local.own_data_buckets : "arn:${local.partition}:s3:::${name}"]
  data_bucket_names    = concat(local.own_data_buckets, var.foreign_data_buckets)
  data_bucket_arns     = [for name in local.data_bucket_names : "arn:${local.partition}:s3:::${name}"]

  # What Rekognition reads, and how people write it. Upper case is common, and S3's filters know no other way to ask.
  video_suffixes = [".mp4", ".mov", ".m4v"]
}
