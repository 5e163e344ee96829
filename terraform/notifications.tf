# How work starts by itself: new videos, and delivered inventories. Both are opt-ins.
#
# S3 keeps one notification configuration a bucket, and writing it replaces what was there. So this is only done to
# buckets that reelsift created, and to those that the operator handed over by name.

locals {
  notified_buckets = !var.analyse_new_videos ? {} : {
    for name, id in local.inventoried_buckets : name => id
    if !contains(var.existing_data_buckets, name) || contains(var.take_over_notifications, name)
  }

  notified_bucket_names = var.analyse_new_videos ? concat(local.created_data_buckets, var.take_over_notifications) : []

  # The buckets whose events the intake queue takes, by ARNs that are known before the buckets are.
  notifying_bucket_arns = [
    for name in concat(local.notified_bucket_names, var.analyse_inventories ? [local.work_bucket_name] : []) :
    "arn:${local.partition}:s3:::${name}"
  ]

  eventbridge_buckets   = var.analyse_new_videos ? var.eventbridge_buckets : []
  new_videos_rule_name  = "${var.deployment}-new-videos"
  new_videos_rule_arns  = length(local.eventbridge_buckets) == 0 ? [] : ["arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.new_videos_rule_name}"]
  notification_suffixes = flatten([for suffix in local.video_suffixes : [suffix, upper(suffix)]])
}

# One rule a suffix: S3 takes one suffix each, distinguishes upper from lower case, and refuses rules that overlap. Without a
# filter every thumbnail and subtitle beside a video would take a slot, be refused by Rekognition and count as a failure.
# A name written otherwise (.Mp4, or no suffix) is analysed when an inventory or a person names it.
resource "aws_s3_bucket_notification" "videos" {
  for_each = local.notified_buckets

  bucket = each.value

  dynamic "queue" {
    for_each = toset(local.notification_suffixes)

    content {
      id            = "${var.deployment}-new${queue.value}"
      queue_arn     = aws_sqs_queue.main["intake"].arn
      events        = ["s3:ObjectCreated:*"]
      filter_suffix = queue.value
    }
  }
}

resource "aws_s3_bucket_notification" "work" {
  count = var.analyse_inventories ? 1 : 0

  bucket = aws_s3_bucket.work.bucket

  queue {
    id            = "${var.deployment}-inventory"
    queue_arn     = aws_sqs_queue.main["intake"].arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "${local.inventory_prefix}/"
    filter_suffix = "manifest.checksum"
  }
}

# Buckets whose events go to EventBridge already: nothing of theirs is touched.
resource "aws_cloudwatch_event_rule" "new_videos" {
  count = length(local.eventbridge_buckets) == 0 ? 0 : 1

  name        = local.new_videos_rule_name
  description = "New videos of the buckets that send their events to EventBridge, for reelsift's intake queue"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = local.eventbridge_buckets }
      object = { key = [for suffix in local.video_suffixes : { suffix = { equals-ignore-case = suffix } }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "new_videos" {
  count = length(aws_cloudwatch_event_rule.new_videos)

  rule      = aws_cloudwatch_event_rule.new_videos[0].name
  target_id = "intake"
  arn       = aws_sqs_queue.main["intake"].arn
}
