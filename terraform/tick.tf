# A sleeping fleet is woken by messages. Two kinds of work have none: an analysis whose completion got lost, and a batch
# whose chunks stand in a table. The tick is a message that says nothing: a worker acknowledges it, and finds the work by
# itself while it is awake. It also keeps SQS reporting the queues' depth, which it stops 6 hours after a queue's last
# use and resumes up to 15 minutes after the next.

locals {
  tick_rule = "${var.deployment}-tick"

  # Put together by hand: the intake queue's policy names the rule, the rule's target names the queue, and a reference
  # in both directions would be a cycle.
  intake_event_rule_arns = [
    "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${local.tick_rule}",
  ]
}

resource "aws_cloudwatch_event_rule" "tick" {
  name                = local.tick_rule
  description         = "Wakes the workers of ${var.deployment}, so that they find work that has no message."
  schedule_expression = "rate(${var.tick_minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "tick" {
  rule      = aws_cloudwatch_event_rule.tick.name
  target_id = "intake"
  arn       = aws_sqs_queue.main["intake"].arn
  input     = jsonencode({ reelsift = "tick" })
}
