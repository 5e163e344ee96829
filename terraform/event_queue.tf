# A queue for programs that pull: every event, at least once and in any order.

resource "aws_sqs_queue" "events" {
  count = var.event_queue ? 1 : 0

  name   = "${var.deployment}-events"
  policy = data.aws_iam_policy_document.event_queue["events"].json

  max_message_size = local.message_bytes
  # The longest that SQS allows: whoever reads may be out of order for days.
  message_retention_seconds = 14 * 24 * 3600

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.event_dead["events"].arn
    maxReceiveCount     = 10
  })

  sqs_managed_sse_enabled           = var.customer_managed_key ? null : true
  kms_master_key_id                 = local.kms_key_arn
  kms_data_key_reuse_period_seconds = var.customer_managed_key ? 3600 : null
}

resource "aws_cloudwatch_event_rule" "events" {
  count = var.event_queue ? 1 : 0

  name           = "${var.deployment}-events"
  description    = "Every event of reelsift, for the queue ${var.deployment}-events"
  event_bus_name = aws_cloudwatch_event_bus.main.name
  event_pattern  = local.event_pattern
}

resource "aws_cloudwatch_event_target" "events" {
  count = var.event_queue ? 1 : 0

  rule           = aws_cloudwatch_event_rule.events[0].name
  event_bus_name = aws_cloudwatch_event_bus.main.name
  target_id      = "queue"
  arn            = aws_sqs_queue.events[0].arn

  dead_letter_config {
    arn = aws_sqs_queue.event_dead["events"].arn
  }
}
