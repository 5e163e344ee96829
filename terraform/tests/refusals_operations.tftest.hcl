# As refusals.tftest.hcl, for variables_operations.tf: a run tests one condition of each variable, and a condition that
# names another variable is evaluated only where that one is right.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image_tag = "test"
}

run "refuses_less_than_nothing_and_thresholds_that_are_always_passed" {
  command = plan

  variables {
    min_tasks              = -1
    initial_tasks          = -1
    backlog_per_task       = 0
    idle_minutes           = 1
    failure_percent_alarm  = 0
    intake_age_hours_alarm = 0.5
    spend_per_day_alarm    = 0
  }

  expect_failures = [
    var.min_tasks,
    var.initial_tasks,
    var.backlog_per_task,
    var.idle_minutes,
    var.failure_percent_alarm,
    var.intake_age_hours_alarm,
    var.spend_per_day_alarm,
  ]
}

run "refuses_parts_of_a_task_and_thresholds_that_are_never_passed" {
  command = plan

  variables {
    min_tasks              = 0.5
    backlog_per_task       = 0.5
    idle_minutes           = 2.5
    failure_percent_alarm  = 101
    intake_age_hours_alarm = 336
  }

  expect_failures = [
    var.min_tasks,
    var.backlog_per_task,
    var.idle_minutes,
    var.failure_percent_alarm,
    var.intake_age_hours_alarm,
  ]
}

run "refuses_a_fleet_that_never_runs_or_is_woken_before_it_sleeps" {
  command = plan

  variables {
    max_tasks    = 0
    idle_minutes = 30
    tick_minutes = 30
  }

  expect_failures = [var.max_tasks, var.idle_minutes]
}

run "refuses_half_a_task_at_most_and_ticks_so_rare_that_sqs_falls_silent" {
  command = plan

  variables {
    max_tasks    = 1.5
    tick_minutes = 360
  }

  expect_failures = [var.max_tasks, var.tick_minutes]
}

run "refuses_more_tasks_always_than_at_most_and_ticks_in_a_row" {
  command = plan

  variables {
    min_tasks    = 5
    max_tasks    = 4
    idle_minutes = 2
    tick_minutes = 4
  }

  expect_failures = [var.max_tasks, var.tick_minutes]
}

run "refuses_half_a_minute" {
  command = plan

  variables {
    tick_minutes = 60.5
  }

  expect_failures = [var.tick_minutes]
}
