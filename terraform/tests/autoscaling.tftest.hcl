# Nothing here is acted out: what Application Auto Scaling is given is all that Terraform can prove.

mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_appautoscaling_policy.wake
  values = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:wake" }
}

override_resource {
  target = aws_appautoscaling_policy.sleep
  values = { arn = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:sleep" }
}

variables {
  image_tag = "test"
}

run "the_fleet_sleeps_wakes_and_follows_the_backlog_by_default" {
  assert {
    condition = (
      aws_appautoscaling_target.worker.min_capacity == 0
      && aws_appautoscaling_target.worker.max_capacity == 4
      && aws_appautoscaling_target.worker.resource_id == "service/reelsift/reelsift"
      && aws_appautoscaling_target.worker.scalable_dimension == "ecs:service:DesiredCount"
    )
    error_message = "the service scales from 0 to 4 tasks"
  }

  assert {
    condition = alltrue([
      for policy in [
        aws_appautoscaling_policy.wake, aws_appautoscaling_policy.follow, aws_appautoscaling_policy.sleep,
      ] : policy.resource_id == aws_appautoscaling_target.worker.resource_id
    ])
    error_message = "the three policies scale the same service"
  }

  # Wake

  assert {
    condition = (
      one(aws_appautoscaling_policy.wake.step_scaling_policy_configuration).adjustment_type == "ChangeInCapacity"
      && one(one(aws_appautoscaling_policy.wake.step_scaling_policy_configuration).step_adjustment).scaling_adjustment == 1
      && one(aws_appautoscaling_policy.wake.step_scaling_policy_configuration).cooldown >= 300
    )
    error_message = "waking adds one task, and not another before that one has had time to start"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.wake.alarm_actions == toset([aws_appautoscaling_policy.wake.arn])
    error_message = "the alarm wake starts a worker, and notifies nobody"
  }

  assert {
    condition = toset(flatten([
      for query in aws_cloudwatch_metric_alarm.wake.metric_query : [
        for metric in query.metric : "${metric.namespace} ${metric.metric_name} ${metric.stat} ${metric.period} ${join(",", values(metric.dimensions))}"
      ]
      ])) == toset([
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 60 reelsift-intake",
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 60 reelsift-priority",
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 60 reelsift-begun",
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum 60 reelsift-completion",
      "AWS/ECS CPUUtilization SampleCount 60 reelsift,reelsift",
      "Reelsift Backlog SampleCount 60 reelsift",
    ])
    error_message = "the alarm wake asks the queues for what waits, and ECS and the workers for who runs"
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.wake.metric_query : query.id => query.expression if length(query.metric) == 0 } == {
      waiting    = "SUM([intake, priority, begun, completion])"
      zero       = "0 * waiting"
      running    = "SUM([FILL(tasks, REPEAT), FILL(workers, REPEAT), zero])"
      unattended = "IF(running > 0, 0, waiting)"
    }
    error_message = "messages count for waking only while no task runs, also where nobody has reported one for long"
  }

  assert {
    condition = (
      [for query in aws_cloudwatch_metric_alarm.wake.metric_query : query.id if query.return_data] == ["unattended"]
      && aws_cloudwatch_metric_alarm.wake.comparison_operator == "GreaterThanOrEqualToThreshold"
      && aws_cloudwatch_metric_alarm.wake.threshold == 1
      && aws_cloudwatch_metric_alarm.wake.treat_missing_data == "notBreaching"
    )
    error_message = "one message that nobody attends to wakes the fleet; silence does not"
  }

  # Follow

  assert {
    condition = (
      one(aws_appautoscaling_policy.follow.target_tracking_scaling_policy_configuration).target_value == 5000
      && one(aws_appautoscaling_policy.follow.target_tracking_scaling_policy_configuration).scale_out_cooldown >= 300
      && one(aws_appautoscaling_policy.follow.target_tracking_scaling_policy_configuration).disable_scale_in != true
    )
    error_message = "a worker for each 5,000 of backlog, there and back"
  }

  assert {
    condition = {
      for query in one(one(aws_appautoscaling_policy.follow.target_tracking_scaling_policy_configuration).customized_metric_specification).metrics :
      query.id => length(query.metric_stat) == 0 ? query.expression : join(" ", [
        one(one(query.metric_stat).metric).namespace,
        one(one(query.metric_stat).metric).metric_name,
        one(query.metric_stat).stat,
        one(one(one(query.metric_stat).metric).dimensions).value,
      ])
      } == {
      backlog    = "Reelsift Backlog Average reelsift"
      workers    = "Reelsift Backlog SampleCount reelsift"
      per_worker = "IF(backlog < 5000, 5000, backlog) / workers"
    }
    error_message = "backlog per worker is the average of what the workers report, by how many report, and never below one worker's share"
  }

  # Sleep

  assert {
    condition = (
      one(aws_appautoscaling_policy.sleep.step_scaling_policy_configuration).adjustment_type == "ExactCapacity"
      && one(one(aws_appautoscaling_policy.sleep.step_scaling_policy_configuration).step_adjustment).scaling_adjustment == 0
      && one(one(aws_appautoscaling_policy.sleep.step_scaling_policy_configuration).step_adjustment).metric_interval_upper_bound == "0"
    )
    error_message = "an idle fleet goes to zero at once"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.idle.alarm_actions == toset([aws_appautoscaling_policy.sleep.arn])
      && "${aws_cloudwatch_metric_alarm.idle.namespace} ${aws_cloudwatch_metric_alarm.idle.metric_name} ${aws_cloudwatch_metric_alarm.idle.statistic}" == "Reelsift Backlog Maximum"
      && aws_cloudwatch_metric_alarm.idle.dimensions == tomap({ Deployment = "reelsift" })
      && aws_cloudwatch_metric_alarm.idle.comparison_operator == "LessThanThreshold"
      && aws_cloudwatch_metric_alarm.idle.threshold == 1
    )
    error_message = "idle means that the workers themselves find no backlog"
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.idle.period * aws_cloudwatch_metric_alarm.idle.evaluation_periods == 600
      && aws_cloudwatch_metric_alarm.idle.datapoints_to_alarm == aws_cloudwatch_metric_alarm.idle.evaluation_periods
    )
    error_message = "ten minutes, each of them without backlog"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.idle.treat_missing_data == "notBreaching"
    error_message = "a fleet that does not report is not idle, and a worker that starts is not stopped for an earlier one's silence"
  }
}

run "the_variables_bound_the_fleet" {
  command = plan

  variables {
    deployment       = "acme-videos"
    min_tasks        = 2
    max_tasks        = 9
    backlog_per_task = 100
    idle_minutes     = 30
    tick_minutes     = 60
  }

  assert {
    condition     = aws_ecs_service.worker.desired_count == 1
    error_message = "min_tasks is for scaling to keep: the count that a service has is never set again"
  }

  assert {
    condition = (
      aws_appautoscaling_target.worker.resource_id == "service/acme-videos/acme-videos"
      && aws_appautoscaling_target.worker.min_capacity == 2
      && aws_appautoscaling_target.worker.max_capacity == 9
    )
    error_message = "min_tasks and max_tasks bound the service"
  }

  assert {
    condition     = one(one(aws_appautoscaling_policy.sleep.step_scaling_policy_configuration).step_adjustment).scaling_adjustment == 2
    error_message = "an idle fleet goes back to min_tasks"
  }

  assert {
    condition = (
      one(aws_appautoscaling_policy.follow.target_tracking_scaling_policy_configuration).target_value == 100
      && contains([
        for query in one(one(aws_appautoscaling_policy.follow.target_tracking_scaling_policy_configuration).customized_metric_specification).metrics : query.expression
      ], "IF(backlog < 100, 100, backlog) / workers")
    )
    error_message = "backlog_per_task is the target, and the share of one worker"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.idle.evaluation_periods == 30
    error_message = "idle_minutes is how long there must be nothing to do"
  }

  assert {
    condition     = aws_cloudwatch_event_rule.tick.schedule_expression == "rate(60 minutes)"
    error_message = "tick_minutes is the rule's rate"
  }
}
