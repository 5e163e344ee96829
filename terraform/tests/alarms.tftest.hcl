mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

override_resource {
  target          = aws_sns_topic.main["urgent"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-urgent" }
}

override_resource {
  target          = aws_sns_topic.main["ticket"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-ticket" }
}

override_resource {
  target          = aws_sns_topic.main["batches"]
  override_during = plan
  values          = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-batches" }
}

variables {
  image_tag = "test"
}

run "somebody_is_notified_when_something_is_wrong_and_when_it_is_over" {
  command = plan

  variables {
    spend_per_day_alarm = 250
    daily_budget        = 99.5
  }

  assert {
    condition = toset(local.alarms[*].alarm_name) == toset([
      "reelsift-no-progress",
      "reelsift-dead-letters-intake",
      "reelsift-dead-letters-priority",
      "reelsift-dead-letters-begun",
      "reelsift-dead-letters-completion",
      "reelsift-old-messages-intake",
      "reelsift-old-messages-priority",
      "reelsift-old-messages-begun",
      "reelsift-old-messages-completion",
      "reelsift-failure-rate",
      "reelsift-blocked-slots",
      "reelsift-program-failures",
      "reelsift-batches-paused",
      "reelsift-untold-revisions",
      "reelsift-policy-unreadable",
      "reelsift-sealing-late",
      "reelsift-actions-failed",
      "reelsift-items-past-due",
      "reelsift-new-model-version",
      "reelsift-auto-reject-braked",
      "reelsift-verdict-mix",
      "reelsift-spend-per-day",
      "reelsift-daily-budget",
    ])
    error_message = "an alarm for each thing that somebody should act on"
  }

  assert {
    condition = alltrue([
      for alarm in local.alarms :
      alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:reelsift-${local.urgencies[trimprefix(alarm.alarm_name, "reelsift-")]}"])
      && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "each notifies the topic of its urgency when it goes off and when it is over"
  }

  assert {
    condition = toset([for alarm, urgency in local.urgencies : alarm if urgency == "urgent"]) == toset([
      "no-progress", "failure-rate", "spend-per-day", "old-messages-completion", "dead-letters-webhook", "untold-revisions",
      "policy-unreadable",
      "sealing-late",
    ])
    error_message = "somebody is woken for what cannot wait, and for nothing else"
  }

  assert {
    condition = alltrue([
      for alarm in concat(local.alarms, [aws_cloudwatch_metric_alarm.wake, aws_cloudwatch_metric_alarm.idle]) :
      endswith(alarm.alarm_description, "See docs/operations.md#${trimprefix(alarm.alarm_name, "reelsift-")}.")
      && length(alarm.alarm_description) <= 1024
    ])
    error_message = "each says where the operator's guide goes on, within what CloudWatch takes"
  }

  assert {
    condition     = alltrue([for alarm in local.alarms : alarm.treat_missing_data == "notBreaching"])
    error_message = "silence is no alarm: idle workers send nothing"
  }

  assert {
    condition = alltrue([
      for alarm in concat(local.alarms, [aws_cloudwatch_metric_alarm.wake]) :
      length([for query in alarm.metric_query : query if length(query.metric) > 0]) <= 10
      && length(toset(flatten([for query in alarm.metric_query : query.metric[*].period]))) <= 1
    ])
    error_message = "CloudWatch takes ten metrics an alarm, all of one period"
  }

  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.one_metric : name => join(" ", [
        alarm.namespace, one(values(alarm.dimensions)), alarm.metric_name, alarm.statistic,
        alarm.comparison_operator, alarm.threshold, alarm.evaluation_periods, "x", alarm.period,
      ])
      } == {
      # One dead letter is enough.
      dead-letters-intake     = "AWS/SQS reelsift-intake-dead ApproximateNumberOfMessagesVisible Maximum GreaterThanThreshold 0 1 x 300"
      dead-letters-priority   = "AWS/SQS reelsift-priority-dead ApproximateNumberOfMessagesVisible Maximum GreaterThanThreshold 0 1 x 300"
      dead-letters-begun      = "AWS/SQS reelsift-begun-dead ApproximateNumberOfMessagesVisible Maximum GreaterThanThreshold 0 1 x 300"
      dead-letters-completion = "AWS/SQS reelsift-completion-dead ApproximateNumberOfMessagesVisible Maximum GreaterThanThreshold 0 1 x 300"
      # Completions may wait a quarter of an hour, attempts and priority lines an hour, other lines four days.
      old-messages-completion = "AWS/SQS reelsift-completion ApproximateAgeOfOldestMessage Maximum GreaterThanThreshold 900 1 x 300"
      old-messages-begun      = "AWS/SQS reelsift-begun ApproximateAgeOfOldestMessage Maximum GreaterThanThreshold 3600 1 x 300"
      old-messages-priority   = "AWS/SQS reelsift-priority ApproximateAgeOfOldestMessage Maximum GreaterThanThreshold 3600 1 x 300"
      old-messages-intake     = "AWS/SQS reelsift-intake ApproximateAgeOfOldestMessage Maximum GreaterThanThreshold 345600 1 x 300"
      # Slots blocked for half an hour.
      blocked-slots = "Reelsift reelsift SlotsBlocked Maximum GreaterThanThreshold 0 6 x 300"
      # One error of reelsift itself, one batch that has paused itself.
      program-failures = "Reelsift reelsift ProgramFailures Sum GreaterThanThreshold 0 1 x 300"
      batches-paused   = "Reelsift reelsift BatchesPaused Sum GreaterThanThreshold 0 1 x 300"
      # Tries to read the policy that failed, for ten minutes.
      policy-unreadable = "Reelsift reelsift PolicyUnreadable Sum GreaterThanOrEqualToThreshold 3 2 x 300"
      # A video that was sealed five minutes ago, and is not all where only specialists see it.
      sealing-late = "Reelsift reelsift OldestUnsealedSeconds Maximum GreaterThanThreshold 300 1 x 300"
      # A tag that was refused in an hour, items past due for half an hour, one model that was never met.
      actions-failed    = "Reelsift reelsift ActionsFailed Sum GreaterThanThreshold 0 1 x 3600"
      items-past-due    = "Reelsift reelsift ItemsPastDue Maximum GreaterThanThreshold 0 6 x 300"
      new-model-version = "Reelsift reelsift NewModelVersion Sum GreaterThanThreshold 0 1 x 300"
      # One video that a machine would have rejected, and may not.
      auto-reject-braked = "Reelsift reelsift AutoRejectBraked Sum GreaterThanThreshold 0 1 x 300"
      # Verdicts that are as far from the usual as they may be, or further.
      verdict-mix = "Reelsift reelsift VerdictShift Maximum GreaterThanOrEqualToThreshold 1 1 x 3600"
      # The money of a day, against what spend_per_day_alarm says.
      spend-per-day = "Reelsift reelsift Spend Sum GreaterThanOrEqualToThreshold 250 1 x 86400"
      # One line in an hour that waits for the next day's money.
      daily-budget = "Reelsift reelsift BudgetRefusals Sum GreaterThanThreshold 0 1 x 3600"
    }
    error_message = "each alarm on one metric: whose metric, how it is measured, and when it goes off"
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.no_progress.metric_query : query.id => query.expression if length(query.metric) == 0 } == {
      waiting  = "SUM([intake, priority, begun, completion, backlog])"
      zero     = "0 * waiting"
      progress = "SUM([running, ended, refused, held, zero])"
      stuck    = "IF(progress > 0, 0, waiting)"
    }
    error_message = "stuck is what waits while nothing runs, ends or is kept by budget or hold, also where no worker reports anything"
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.no_progress.metric_query :
      query.id => join(" ", concat([one(query.metric).namespace, one(query.metric).metric_name, one(query.metric).stat], values(one(query.metric).dimensions)))
      if length(query.metric) > 0
      } == {
      intake     = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum reelsift-intake"
      priority   = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum reelsift-priority"
      begun      = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum reelsift-begun"
      completion = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum reelsift-completion"
      backlog    = "Reelsift Backlog Maximum reelsift"
      running    = "Reelsift Running Maximum reelsift"
      ended      = "Reelsift Outcomes Sum reelsift"
      refused    = "Reelsift BudgetRefusals Sum reelsift"
      held       = "Reelsift Held Maximum reelsift starts"
    }
    error_message = "what waits is counted by the queues themselves too, so it is known without a worker"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.no_progress.evaluation_periods == 6
      && alltrue(flatten([for query in aws_cloudwatch_metric_alarm.no_progress.metric_query : [for metric in query.metric : metric.period == 300]]))
    )
    error_message = "no progress for half an hour"
  }

  assert {
    condition = (
      { for query in aws_cloudwatch_metric_alarm.untold_revisions.metric_query : query.id => query.expression if length(query.metric) == 0 } == {
        holding = "SUM([held, 0 * oldest])"
        untold  = "IF(holding > 0, 0, oldest)"
      }
      && aws_cloudwatch_metric_alarm.untold_revisions.threshold == 300
    )
    error_message = "five minutes unpublished, unless somebody holds events"
  }

  assert {
    condition = (
      { for query in aws_cloudwatch_metric_alarm.failure_rate.metric_query : query.id => query.expression if length(query.metric) == 0 } == {
        ended           = "SUM([succeeded, failed])"
        failures        = "SUM([failed, 0 * ended])"
        failure_percent = "IF(ended >= 20, 100 * failures / ended, 0)"
      }
      && aws_cloudwatch_metric_alarm.failure_rate.threshold == 50
    )
    error_message = "half of the lines, of 20 or more, that ended within the hour"
  }

  assert {
    condition     = strcontains(aws_cloudwatch_metric_alarm.one_metric["daily-budget"].alarm_description, "99.5 USD")
    error_message = "the alarm of the budget names the budget"
  }
}

run "nobody_is_notified_of_spending_unless_asked" {
  command = plan
  variables {
    failure_percent_alarm  = 5
    intake_age_hours_alarm = 12
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.one_metric), "spend-per-day")
    error_message = "without spend_per_day_alarm there is no such alarm"
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.one_metric), "daily-budget") && !contains(keys(local.worker_environment), "REELSIFT_DAILY_BUDGET")
    error_message = "nor is there a budget unless one is set"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.failure_rate.threshold == 5
      && aws_cloudwatch_metric_alarm.one_metric["old-messages-intake"].threshold == 43200
      && strcontains(aws_cloudwatch_metric_alarm.one_metric["old-messages-intake"].alarm_description, "12 hours")
    )
    error_message = "the thresholds are the variables'"
  }
}
