# How many workers run. A new service begins with initial_tasks, since nothing could wake it: metrics of new queues may
# take 15 minutes to appear. From then on there are three policies, each for a range of its own, so that no two disagree:
#
#   wake     nobody runs and something waits    0 -> 1
#   follow   somebody runs                      1 to max_tasks, by the backlog per worker
#   sleep    nothing is left to do              -> min_tasks
#
# More workers do not analyse more: an analysis needs a slot, there are as many slots as Rekognition's quota allows, and
# one worker fills the default of 20. Others add what a worker does besides: admitting lines, paging long answers,
# storing results, expanding manifests. Beyond that Rekognition's rates limit, 5 starts a second for each operation and
# 5 to 20 reads, which the fleet shares too. So max_tasks is small, and a higher quota is what makes a bulk run faster.

locals {
  worker_dimensions = { Deployment = var.deployment }

  service_dimensions = {
    ClusterName = aws_ecs_cluster.main.name
    ServiceName = aws_ecs_service.worker.name
  }

  # A task is pulled, started and seen in the metrics within this time. Acting again before would act twice.
  task_start_seconds = 300
}

resource "aws_appautoscaling_target" "worker" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.worker.name}"
  min_capacity       = var.min_tasks
  max_capacity       = var.max_tasks
}

# Wake ----------------------------------------------------------------------------------------------------------------

resource "aws_appautoscaling_policy" "wake" {
  name               = "${var.deployment}-wake"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    # The alarm outlasts the first task's start by the minutes it covers. A second task would be of no use either: ECS
    # itself goes on trying to start the first.
    cooldown = 2 * local.task_start_seconds

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

# True only while no task runs and a message can be received. Workers report the backlog, so while none runs nobody
# does, and only the queues themselves report. Hidden and delayed messages are left out: no worker could receive them yet,
# and each becomes visible within 15 minutes. What has no message at all is what the tick is for.
resource "aws_cloudwatch_metric_alarm" "wake" {
  alarm_name          = "${var.deployment}-wake"
  alarm_description   = "No fault: messages wait and no worker runs, so one is started. See docs/operations.md#wake."
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  # Metrics arrive some minutes late, and each service's by another time: two of three minutes leave room for that.
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.wake.arn]

  # A queue without messages may report 0 or nothing: a sum over several series counts what there is.
  metric_query {
    id          = "waiting"
    expression  = "SUM([intake, priority, begun, completion])"
    label       = "Messages that wait"
    return_data = false
  }

  dynamic "metric_query" {
    for_each = local.queues
    content {
      id          = metric_query.value
      return_data = false
      metric {
        namespace   = "AWS/SQS"
        metric_name = "ApproximateNumberOfMessagesVisible"
        dimensions  = { QueueName = aws_sqs_queue.main[metric_query.value].name }
        period      = 60
        stat        = "Maximum"
      }
    }
  }

  # ECS reports a service's processor use with one sample for each running task, and nothing at all when none runs.
  metric_query {
    id          = "tasks"
    return_data = false
    metric {
      namespace   = "AWS/ECS"
      metric_name = "CPUUtilization"
      dimensions  = local.service_dimensions
      period      = 60
      stat        = "SampleCount"
    }
  }

  # The workers' own word that they run, since ECS's may be minutes late.
  metric_query {
    id          = "workers"
    return_data = false
    metric {
      namespace   = local.metrics_namespace
      metric_name = "Backlog"
      dimensions  = local.worker_dimensions
      period      = 60
      stat        = "SampleCount"
    }
  }

  # REPEAT, since the newest minutes of one series are often not there yet when the other's are, and a gap must not read
  # as an empty fleet. Where nobody has run for a while a series has no value to repeat and stays empty; the sum needs one
  # all the same, or the expression below has none. That is what `zero` adds: a 0 wherever the queues report.
  metric_query {
    id          = "zero"
    expression  = "0 * waiting"
    return_data = false
  }

  metric_query {
    id          = "running"
    expression  = "SUM([FILL(tasks, REPEAT), FILL(workers, REPEAT), zero])"
    label       = "Above 0 while somebody runs"
    return_data = false
  }

  metric_query {
    id          = "unattended"
    expression  = "IF(running > 0, 0, waiting)"
    label       = "Messages that wait while no worker runs"
    return_data = true
  }
}

# Follow --------------------------------------------------------------------------------------------------------------

resource "aws_appautoscaling_policy" "follow" {
  name               = "${var.deployment}-follow"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = var.backlog_per_task
    scale_out_cooldown = local.task_start_seconds
    scale_in_cooldown  = local.task_start_seconds

    customized_metric_specification {
      # Every worker reports the whole backlog once a minute: the average is the backlog, and the number of samples the
      # number of workers. So no Container Insights are needed, and a task that hangs does not count.
      metrics {
        id          = "backlog"
        return_data = false
        metric_stat {
          stat = "Average"
          metric {
            namespace   = local.metrics_namespace
            metric_name = "Backlog"
            dimensions {
              name  = "Deployment"
              value = var.deployment
            }
          }
        }
      }

      metrics {
        id          = "workers"
        return_data = false
        metric_stat {
          stat = "SampleCount"
          metric {
            namespace   = local.metrics_namespace
            metric_name = "Backlog"
            dimensions {
              name  = "Deployment"
              value = var.deployment
            }
          }
        }
      }

      # A backlog below one worker's share counts as that share, so that this policy never wants fewer than one: a fleet
      # with three analyses open is not idle. When it may sleep is for the next policy to say.
      metrics {
        id          = "per_worker"
        expression  = "IF(backlog < ${var.backlog_per_task}, ${var.backlog_per_task}, backlog) / workers"
        label       = "Backlog per worker"
        return_data = true
      }
    }
  }
}

# Sleep ---------------------------------------------------------------------------------------------------------------

resource "aws_appautoscaling_policy" "sleep" {
  name               = "${var.deployment}-sleep"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ExactCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = local.task_start_seconds

    step_adjustment {
      metric_interval_upper_bound = 0
      scaling_adjustment          = var.min_tasks
    }
  }
}

# The workers' own count of what is left: messages visible, hidden and delayed, open analyses, chunks not yet sent. A
# fleet that does not report is not idle, so silence is "notBreaching". Not "ignore": after the last worker has gone
# there is silence, the alarm would stay on, an alarm that is on acts every minute, and it would stop the next worker
# before that one's first report.
resource "aws_cloudwatch_metric_alarm" "idle" {
  alarm_name          = "${var.deployment}-idle"
  alarm_description   = "No fault: nothing has been left to do for ${var.idle_minutes} minutes, so the workers are stopped. See docs/operations.md#idle."
  namespace           = local.metrics_namespace
  metric_name         = "Backlog"
  dimensions          = local.worker_dimensions
  statistic           = "Maximum"
  period              = 60
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = var.idle_minutes
  datapoints_to_alarm = var.idle_minutes
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_appautoscaling_policy.sleep.arn]
}
