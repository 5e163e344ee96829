# What somebody should act on. Each alarm goes to the topic of its urgency when it goes off and when it is over, and is named
# <deployment>-<section of docs/operations.md>.
#
# Silence is "notBreaching" throughout. Counts are sent only when there is something to count, the workers sleep, and SQS
# stops reporting a queue that nobody uses, so silence is the usual state of a healthy deployment. That nobody works
# though somebody should is what no-progress watches for, in the queues' own metrics.

locals {
  # How soon somebody should act: `urgent` at once, at night too, since work stands still, money runs away or the company
  # does not hear what it should; `ticket` on the next working day. docs/operations.md has the same table.
  urgencies = {
    no-progress             = "urgent"
    failure-rate            = "urgent"
    untold-revisions        = "urgent"
    policy-unreadable       = "urgent"
    sealing-late            = "urgent"
    spend-per-day           = "urgent"
    old-messages-completion = "urgent"
    old-messages-begun      = "ticket"
    old-messages-priority   = "ticket"
    old-messages-intake     = "ticket"
    dead-letters-intake     = "ticket"
    dead-letters-priority   = "ticket"
    dead-letters-begun      = "ticket"
    dead-letters-completion = "ticket"
    dead-letters-webhook    = "urgent"
    dead-letters-events     = "ticket"
    blocked-slots           = "ticket"
    program-failures        = "ticket"
    batches-paused          = "ticket"
    actions-failed          = "ticket"
    items-past-due          = "ticket"
    new-model-version       = "ticket"
    auto-reject-braked      = "ticket"
    verdict-mix             = "ticket"
    daily-budget            = "ticket"
  }
  alarm_actions = { for alarm, urgency in local.urgencies : alarm => [local.topic_arns[urgency]] }

  # Seconds that the oldest message of a queue may have waited.
  oldest_message_seconds = {
    completion = 15 * 60 # takes no slot: a worker that runs reads it within seconds, and one that sleeps wakes for it
    begun      = 60 * 60 # takes the next free slot; even a full quota frees one sooner, unless every video is long
    priority   = 60 * 60 # the same, behind what has begun
    intake     = var.intake_age_hours_alarm * 60 * 60
  }

  # Alarms on one metric, by name. Unless it says otherwise, an alarm watches a metric of the workers and goes off when
  # five minutes show more than 0.
  metric_alarms = merge(
    {
      for queue, dead in aws_sqs_queue.dead : "dead-letters-${queue}" => {
        description = [
          "${dead.name} holds messages that could not be done.",
          "First: `reelsift redrive` shows the reason of each; correct the cause, then let it send them back.",
        ]
        queue  = dead.name
        metric = "ApproximateNumberOfMessagesVisible"
        # Workers read these queues now and then, which hides their messages for half a minute.
        statistic = "Maximum"
      }
    },
    {
      for name, dead in aws_sqs_queue.event_dead : "dead-letters-${name}" => {
        description = [
          "${dead.name} holds events that could not be delivered.",
          "First: the attributes ERROR_CODE and ERROR_MESSAGE of a message in it say why.",
        ]
        queue     = dead.name
        metric    = "ApproximateNumberOfMessagesVisible"
        statistic = "Maximum"
      }
    },
    {
      for queue, seconds in local.oldest_message_seconds : "old-messages-${queue}" => {
        description = [
          "The oldest message of ${aws_sqs_queue.main[queue].name} has waited for more than",
          seconds < 7200 ? "${seconds / 60} minutes." : "${seconds / 3600} hours.",
          "First: `reelsift status`. Do workers run, and are slots free or blocked?",
        ]
        queue     = aws_sqs_queue.main[queue].name
        metric    = "ApproximateAgeOfOldestMessage"
        statistic = "Maximum"
        above     = seconds
      }
    },
    {
      # Somebody else in the account analyses videos too, and Rekognition refuses what this deployment believes to be
      # free. A slot is blocked for seconds at a time and tried again: only the highest value of five minutes shows it.
      blocked-slots = {
        description = [
          "For 30 minutes Rekognition has refused analyses within the quota: something else in this account and region uses it.",
          "Nothing fails for it, but everything takes longer.",
          "First: find who else starts video analyses (CloudTrail), or set the variable `quota` to this deployment's share.",
        ]
        metric    = "SlotsBlocked"
        statistic = "Maximum"
        periods   = 6
      }

      program-failures = {
        description = [
          "Reelsift met an error of its own. What it worked on is tried again a few times, and then ends as gave_up.",
          "First: find the entry of level error with a traceback in the log.",
        ]
        metric    = "ProgramFailures"
        statistic = "Sum"
      }

      # A batch pauses itself where most of it fails: somebody has to say whether it is to go on. Pausing by hand is no
      # fault.
      batches-paused = {
        description = [
          "A batch has paused itself, because too many of its lines have failed. It waits until somebody resumes or cancels it.",
          "First: `reelsift status` shows which, `reelsift report` the reasons of its failures.",
        ]
        metric    = "BatchesPaused"
        statistic = "Sum"
      }

      # Each worker tries every 15 seconds, and counts what fails. A single failure is nothing: the last version goes on
      # for ten minutes.
      policy-unreadable = {
        description = [
          "For 10 minutes workers could not read the live policy: its row, or its document in the work bucket.",
          "After so long each of them judges nothing: videos are analysed, and get no verdict, alert or status.",
          "First: `reelsift doctor` says what is wrong; `policy_unreadable` in the log has the error.",
        ]
        metric    = "PolicyUnreadable"
        statistic = "Sum"
        periods   = 2
        at_least  = 3
      }

      # Tags that could not be written. Each is tried again with growing pauses, and told as an event.
      actions-failed = {
        description = [
          "What should follow a status could not be done: tags of objects were refused within the last hour.",
          "It is tried again by itself, and no line waits for it.",
          "First: `object_not_tagged` in the log, or the events `Video Action Failed`, name the object and the reason.",
        ]
        metric    = "ActionsFailed"
        statistic = "Sum"
        period    = 3600
      }

      # Until a sealed video is where only specialists see it, the tables that many may read have all that is known of it.
      sealing-late = {
        description = [
          "A video was sealed more than 5 minutes ago, and what is known of it is not all where only specialists see it,",
          "or its object is not protected from deletion. Nobody is shown it, but who may read the tables themselves can.",
          "First: `sealing_failed` and `nowhere_to_seal` in the log say why.",
        ]
        metric    = "OldestUnsealedSeconds"
        statistic = "Maximum"
        above     = 300
      }

      # The number is measured every minute or so: half an hour, so that an item that is decided a little late wakes nobody.
      items-past-due = {
        description = [
          "For 30 minutes there have been review items whose due time is over, and that nobody has taken.",
          "First: `reelsift review list` shows what waits in which queue.",
        ]
        metric    = "ItemsPastDue"
        statistic = "Maximum"
        periods   = 6
      }

      new-model-version = {
        description = [
          "Rekognition has answered with a version of a model that this deployment has never met.",
          "The same video may get other labels and confidences than before; verdicts of old answers stay as they are.",
          "First: `model_version_new` in the log names the analysis and the version.",
        ]
        metric    = "NewModelVersion"
        statistic = "Sum"
      }

      auto-reject-braked = {
        description = [
          "Videos were not rejected by machines, because within the hour as many were as may be: they wait for people.",
          "The policy, a model or what is uploaded has changed; or the limits are too low for what is usual here.",
          "First: `auto_reject_braked` in the log names the limit, hourly or usual, and the number it allows.",
        ]
        metric    = "AutoRejectBraked"
        statistic = "Sum"
      }

      # The workers reckon it: an alarm knows neither yesterday nor how sure a share of few videos is, and anomaly detection
      # learns a band of daily values from two weeks, that is from fourteen of them.
      verdict-mix = {
        description = [
          "The verdicts of today are far from those of the days before: one of them is much more or much less frequent.",
          "The policy, a model of Rekognition or what is uploaded has changed.",
          "First: `Verdicts` on the dashboard shows which; then the policy's last change, and new-model-version.",
        ]
        metric    = "VerdictShift"
        statistic = "Maximum"
        period    = 3600
        at_least  = 1
      }
    },
    var.spend_per_day_alarm == null ? {} : {
      spend-per-day = {
        description = [
          "The analyses of a day have cost ${var.spend_per_day_alarm} USD or more, by the prices that are set.",
          "Nothing is stopped for it; daily_budget would.",
          "First: `reelsift status` shows the batches that run and what they cost.",
        ]
        metric    = "Spend"
        statistic = "Sum"
        period    = 86400
        at_least  = var.spend_per_day_alarm
      }
    },
    # Lines that wait for the next day are tried again every quarter of an hour at the longest: within an hour somebody
    # meets the budget as long as it keeps anything waiting.
    var.daily_budget == null ? {} : {
      daily-budget = {
        description = [
          "The daily budget of ${var.daily_budget} USD is used up: what would pass it waits for the next day (UTC).",
          "Nothing is lost, and what was started ends.",
          "First: `reelsift status` shows what the day has cost; raise daily_budget if it should go on.",
        ]
        metric    = "BudgetRefusals"
        statistic = "Sum"
        period    = 3600
      }
    },
  )

  # All of them; wake and idle belong to the scaling and are no faults.
  alarms = concat(
    [
      aws_cloudwatch_metric_alarm.no_progress,
      aws_cloudwatch_metric_alarm.failure_rate,
      aws_cloudwatch_metric_alarm.untold_revisions,
    ],
    values(aws_cloudwatch_metric_alarm.one_metric),
  )

  # What no-progress reads: what waits, and each sign that something is done about it.
  no_progress_metrics = merge(
    # The queues report also while no worker does; the workers' backlog adds what has no message.
    { for queue in local.queues : queue => { queue = queue, metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum" } },
    {
      backlog = { metric = "Backlog", statistic = "Maximum" }

      # A video of six hours runs for hours, and while all slots hold such ones nothing starts or ends: that is progress.
      # What was started and runs no longer has ended, or is tried again, which for half an hour is none: so starts are not
      # counted, in an alarm that CloudWatch allows ten metrics.
      running = { metric = "Running", statistic = "Maximum" }

      # Lines that ended, whatever became of them: the workers send their sum as well.
      ended = { metric = "Outcomes", statistic = "Sum" }

      # What waits for the next day's budget is meant to wait: the alarm daily-budget reports it.
      refused = { metric = "BudgetRefusals", statistic = "Sum" }

      # So is what waits because somebody holds all starts.
      held = { metric = "Held", statistic = "Maximum", further = { Kind = "starts" } }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "one_metric" {
  for_each = local.metric_alarms

  alarm_name          = "${var.deployment}-${each.key}"
  alarm_description   = join(" ", concat(each.value.description, ["See docs/operations.md#${each.key}."]))
  namespace           = can(each.value.queue) ? "AWS/SQS" : local.metrics_namespace
  metric_name         = each.value.metric
  dimensions          = can(each.value.queue) ? { QueueName = each.value.queue } : local.worker_dimensions
  statistic           = each.value.statistic
  period              = try(each.value.period, 300)
  comparison_operator = can(each.value.at_least) ? "GreaterThanOrEqualToThreshold" : "GreaterThanThreshold"
  threshold           = try(each.value.at_least, each.value.above, 0)
  evaluation_periods  = try(each.value.periods, 1)
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions[each.key]
  ok_actions          = local.alarm_actions[each.key]
}

# Work waits, and for half an hour nothing runs and no line ends. It covers workers that are gone,
# that die over and over, that cannot start at all and that hang, so there is no alarm on tasks besides.
resource "aws_cloudwatch_metric_alarm" "no_progress" {
  alarm_name = "${var.deployment}-no-progress"
  alarm_description = join(" ", [
    "Work waits, but for 30 minutes nothing has run at Rekognition and no line has ended.",
    "First: check whether tasks run in the ECS service, why the last ones stopped, and what their logs say.",
    "See docs/operations.md#no-progress.",
  ])
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 6
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions["no-progress"]
  ok_actions          = local.alarm_actions["no-progress"]

  dynamic "metric_query" {
    for_each = local.no_progress_metrics
    content {
      id          = metric_query.key
      return_data = false
      metric {
        namespace   = can(metric_query.value.queue) ? "AWS/SQS" : local.metrics_namespace
        metric_name = metric_query.value.metric
        dimensions = (
          can(metric_query.value.queue) ? { QueueName = aws_sqs_queue.main[metric_query.value.queue].name } :
          merge(local.worker_dimensions, try(metric_query.value.further, {}))
        )
        period = 300
        stat   = metric_query.value.statistic
      }
    }
  }

  metric_query {
    id          = "waiting"
    expression  = "SUM([intake, priority, begun, completion, backlog])"
    label       = "Work that waits"
    return_data = false
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
    expression  = "SUM([running, ended, refused, held, zero])"
    label       = "Running, ended, kept by the budget or by a hold"
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
  alarm_actions       = local.alarm_actions["failure-rate"]
  ok_actions          = local.alarm_actions["failure-rate"]

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

# What the rest of the company acts on has not been told for five minutes. While somebody holds events it is not to be.
resource "aws_cloudwatch_metric_alarm" "untold_revisions" {
  alarm_name = "${var.deployment}-untold-revisions"
  alarm_description = join(" ", [
    "Changes of videos' statuses have not been published for 5 minutes: whoever listens acts on what is out of date.",
    "Nothing is lost, and no line waits for it.",
    "First: `events_not_taken` and `aws_unavailable` in the log; `reelsift doctor` looks for the bus.",
    "See docs/operations.md#untold-revisions.",
  ])
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions["untold-revisions"]
  ok_actions          = local.alarm_actions["untold-revisions"]

  dynamic "metric_query" {
    for_each = {
      oldest = { metric = "OldestUntoldSeconds", dimensions = {} }
      held   = { metric = "Held", dimensions = { Kind = "events" } }
    }
    content {
      id          = metric_query.key
      return_data = false
      metric {
        namespace   = local.metrics_namespace
        metric_name = metric_query.value.metric
        dimensions  = merge(local.worker_dimensions, metric_query.value.dimensions)
        period      = 300
        stat        = "Maximum"
      }
    }
  }

  # Where nothing is held there is no series of it.
  metric_query {
    id          = "holding"
    expression  = "SUM([held, 0 * oldest])"
    label       = "Somebody holds events"
    return_data = false
  }

  metric_query {
    id          = "untold"
    expression  = "IF(holding > 0, 0, oldest)"
    label       = "Seconds that the oldest revision is unpublished"
    return_data = true
  }
}
