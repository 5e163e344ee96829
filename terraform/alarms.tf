# What somebody should look at. Each alarm goes to the operations topic when it goes off and when it is over, and is
# named <deployment>-<section of docs/operations.md>.
#
# Silence is "notBreaching" throughout. Counts are sent only when there is something to count, the workers sleep, and SQS
# stops reporting a queue that nobody uses, so silence is the usual state of a healthy deployment. That nobody works
# though somebody should is what no-progress looks for, in the queues' own metrics.

locals {
  operations_topic = aws_sns_topic.main["operations"].arn

  # Seconds that the oldest message of a queue may have waited.
  oldest_message_seconds = {
    completion = 15 * 60 # takes no slot: a worker that runs reads it within seconds, and one that sleeps wakes for it
    priority   = 60 * 60 # takes the next free slot; even a full quota frees one sooner, unless every video is long
    intake     = var.intake_age_hours_alarm * 60 * 60
  }

  # All of them; wake and idle belong to the scaling and are no faults.
  alarms = concat(
    [aws_cloudwatch_metric_alarm.no_progress],
    values(aws_cloudwatch_metric_alarm.dead_letters),
    values(aws_cloudwatch_metric_alarm.old_messages),
    [
      aws_cloudwatch_metric_alarm.failure_rate,
      aws_cloudwatch_metric_alarm.blocked_slots,
      aws_cloudwatch_metric_alarm.messages_failed,
      aws_cloudwatch_metric_alarm.batches_paused,
    ],
    aws_cloudwatch_metric_alarm.spend_per_day,
    aws_cloudwatch_metric_alarm.daily_budget,
  )
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = aws_sqs_queue.dead

  alarm_name = "${var.deployment}-dead-letters-${each.key}"
  alarm_description = join(" ", [
    "${each.value.name} holds messages that could not be done.",
    "First: `reelsift redrive` shows why each died; mend that, then let it send them back.",
    "See docs/operations.md#dead-letters-${each.key}.",
  ])
  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = each.value.name }
  statistic   = "Maximum"
  # Workers look into these queues now and then, which hides their messages for half a minute.
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}

resource "aws_cloudwatch_metric_alarm" "old_messages" {
  for_each = local.oldest_message_seconds

  alarm_name = "${var.deployment}-old-messages-${each.key}"
  alarm_description = join(" ", [
    "The oldest message of ${aws_sqs_queue.main[each.key].name} has waited for more than",
    each.value < 7200 ? "${each.value / 60} minutes." : "${each.value / 3600} hours.",
    "First: `reelsift status`. Do workers run, and are slots free or blocked?",
    "See docs/operations.md#old-messages-${each.key}.",
  ])
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.main[each.key].name }
  statistic           = "Maximum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}

# Work waits, and for half an hour nothing was started, nothing runs and no line ends. It covers workers that are gone,
# that die over and over, that cannot start at all and that hang, so there is no alarm on tasks besides.
resource "aws_cloudwatch_metric_alarm" "no_progress" {
  alarm_name = "${var.deployment}-no-progress"
  alarm_description = join(" ", [
    "Work waits, but for 30 minutes nothing was started, nothing has run at Rekognition and no line has ended.",
    "First: look whether tasks run in the ECS service, why the last ones stopped, and what their logs say.",
    "See docs/operations.md#no-progress.",
  ])
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 6
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]

  # The queues report also while no worker does; the workers' backlog adds what has no message.
  dynamic "metric_query" {
    for_each = local.queues
    content {
      id          = metric_query.value
      return_data = false
      metric {
        namespace   = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = aws_sqs_queue.main[metric_query.value].name }
        period      = 300
        stat        = "Maximum"
      }
    }
  }

  metric_query {
    id          = "backlog"
    return_data = false
    metric {
      namespace   = local.metrics_namespace
      metric_name = "Backlog"
      dimensions  = local.worker_dimensions
      period      = 300
      stat        = "Maximum"
    }
  }

  metric_query {
    id          = "waiting"
    expression  = "SUM([intake, priority, completion, backlog])"
    label       = "Work that waits"
    return_data = false
  }

  # A video of six hours runs for hours, and while all slots hold such ones nothing starts or ends: that is progress.
  metric_query {
    id          = "running"
    return_data = false
    metric {
      namespace   = local.metrics_namespace
      metric_name = "Running"
      dimensions  = local.worker_dimensions
      period      = 300
      stat        = "Maximum"
    }
  }

  metric_query {
    id          = "started"
    return_data = false
    metric {
      namespace   = local.metrics_namespace
      metric_name = "Started"
      dimensions  = local.worker_dimensions
      period      = 300
      stat        = "Sum"
    }
  }

  dynamic "metric_query" {
    for_each = toset(["SUCCEEDED", "FAILED", "SKIPPED"])
    content {
      id          = lower(metric_query.value)
      return_data = false
      metric {
        namespace   = local.metrics_namespace
        metric_name = "Outcomes"
        dimensions  = merge(local.worker_dimensions, { Status = metric_query.value })
        period      = 300
        stat        = "Sum"
      }
    }
  }

  # What waits for the next day's budget is meant to: the alarm daily-budget tells of it.
  metric_query {
    id          = "refused"
    return_data = false
    metric {
      namespace   = local.metrics_namespace
      metric_name = "BudgetRefusals"
      dimensions  = local.worker_dimensions
      period      = 300
      stat        = "Sum"
    }
  }

  # Without a worker none of these has a value. The 0 wherever something waits gives the sum one, so that silence counts
  # as no progress.
  metric_query {
    id          = "zero"
    expression  = "0 * waiting"
    return_data = false
  }

  metric_query {
    id          = "progress"
    expression  = "SUM([running, started, succeeded, failed, skipped, refused, zero])"
    label       = "Started, running, ended, kept by the budget"
    return_data = false
  }

  metric_query {
    id          = "stuck"
    expression  = "IF(progress > 0, 0, waiting)"
    label       = "Work that waits while nothing is done"
    return_data = true
  }
}

# An hour, so that also a deployment with few long videos has enough lines to judge by.
resource "aws_cloudwatch_metric_alarm" "failure_rate" {
  alarm_name = "${var.deployment}-failure-rate"
  alarm_description = join(" ", [
    "${var.failure_percent_alarm} % or more of the lines that ended within an hour have failed.",
    "First: the reasons, in the column `reason` of `reelsift report` or in the metric Failed by Reason.",
    "See docs/operations.md#failure-rate.",
  ])
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.failure_percent_alarm
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]

  # Skipped lines are left out: they were analysed before, and would hide how the others fare.
  dynamic "metric_query" {
    for_each = toset(["SUCCEEDED", "FAILED"])
    content {
      id          = lower(metric_query.value)
      return_data = false
      metric {
        namespace   = local.metrics_namespace
        metric_name = "Outcomes"
        dimensions  = merge(local.worker_dimensions, { Status = metric_query.value })
        period      = 3600
        stat        = "Sum"
      }
    }
  }

  metric_query {
    id          = "ended"
    expression  = "SUM([succeeded, failed])"
    label       = "Lines ended"
    return_data = false
  }

  # Without a failure there is no series of failures; without a success, none of successes.
  metric_query {
    id          = "failures"
    expression  = "SUM([failed, 0 * ended])"
    label       = "Lines failed"
    return_data = false
  }

  metric_query {
    id          = "failure_percent"
    expression  = "IF(ended >= 20, 100 * failures / ended, 0)"
    label       = "Lines failed, %"
    return_data = true
  }
}

# Somebody else in the account analyses videos too, and Rekognition refuses what this deployment believes to be free.
resource "aws_cloudwatch_metric_alarm" "blocked_slots" {
  alarm_name = "${var.deployment}-blocked-slots"
  alarm_description = join(" ", [
    "For 30 minutes Rekognition has refused analyses within the quota: something else in this account and region uses it.",
    "Nothing fails for it, but everything takes longer.",
    "First: find who else starts video analyses (CloudTrail), or set the variable `quota` to this deployment's share.",
    "See docs/operations.md#blocked-slots.",
  ])
  namespace   = local.metrics_namespace
  metric_name = "SlotsBlocked"
  dimensions  = local.worker_dimensions
  # A slot is blocked for seconds at a time and tried again: the highest value of five minutes tells, one moment's not.
  statistic           = "Maximum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 6
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}

resource "aws_cloudwatch_metric_alarm" "messages_failed" {
  alarm_name = "${var.deployment}-messages-failed"
  alarm_description = join(" ", [
    "A message met an error of reelsift itself. It is tried again, and becomes a dead letter when that does not help.",
    "First: look for message_failed in the log, it has the traceback.",
    "See docs/operations.md#messages-failed.",
  ])
  namespace           = local.metrics_namespace
  metric_name         = "MessagesFailed"
  dimensions          = local.worker_dimensions
  statistic           = "Sum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}

resource "aws_cloudwatch_metric_alarm" "spend_per_day" {
  count = var.spend_per_day_alarm == null ? 0 : 1

  alarm_name = "${var.deployment}-spend-per-day"
  alarm_description = join(" ", [
    "The analyses of a day have cost ${var.spend_per_day_alarm} USD or more, by the prices that are set.",
    "Nothing is stopped for it; daily_budget would.",
    "First: `reelsift status` shows the batches that run and what they cost.",
    "See docs/operations.md#spend-per-day.",
  ])
  namespace           = local.metrics_namespace
  metric_name         = "Spend"
  dimensions          = local.worker_dimensions
  statistic           = "Sum"
  period              = 86400
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.spend_per_day_alarm
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}

# A batch pauses itself where most of it fails: somebody has to say whether it is to go on. Pausing by hand is no fault.
resource "aws_cloudwatch_metric_alarm" "batches_paused" {
  alarm_name = "${var.deployment}-batches-paused"
  alarm_description = join(" ", [
    "A batch has paused itself, because too many of its lines have failed. It waits until somebody resumes or cancels it.",
    "First: `reelsift status` shows which, `reelsift report` the reasons of its failures.",
    "See docs/operations.md#batches-paused.",
  ])
  namespace           = local.metrics_namespace
  metric_name         = "BatchesPaused"
  dimensions          = local.worker_dimensions
  statistic           = "Sum"
  period              = 300
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}

# Lines that wait for the next day are tried again every quarter of an hour at the longest: within an hour somebody meets
# the budget as long as it keeps anything waiting.
resource "aws_cloudwatch_metric_alarm" "daily_budget" {
  count = var.daily_budget == null ? 0 : 1

  alarm_name = "${var.deployment}-daily-budget"
  alarm_description = join(" ", [
    "The daily budget of ${var.daily_budget} USD is used up: what would pass it waits for the next day (UTC).",
    "Nothing is lost, and what was started ends.",
    "First: `reelsift status` shows what the day has cost; raise daily_budget if it should go on.",
    "See docs/operations.md#daily-budget.",
  ])
  namespace           = local.metrics_namespace
  metric_name         = "BudgetRefusals"
  dimensions          = local.worker_dimensions
  statistic           = "Sum"
  period              = 3600
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.operations_topic]
  ok_actions          = [local.operations_topic]
}
