# As refusals.tftest.hcl, for variables_events.tf.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image_tag = "test"
}

# A condition that names another variable is evaluated only where that one is right.
run "refuses_parts_of_a_day_and_addresses_that_eventbridge_does_not_call" {
  command = plan

  variables {
    event_archive_days    = 0.5
    webhook               = { url = "http://hooks.example.com", rate = 10 }
    webhook_authorisation = { header = "X-Api-Key", value = "secret" }
  }

  expect_failures = [var.event_archive_days, var.webhook]
}

run "refuses_a_webhook_that_is_never_called" {
  command = plan

  variables {
    webhook               = { url = "https://hooks.example.com", rate = 0 }
    webhook_authorisation = { header = "X-Api-Key", value = "secret" }
  }

  expect_failures = [var.webhook]
}

run "refuses_half_an_authorisation" {
  command = plan

  variables {
    webhook               = { url = "https://hooks.example.com" }
    webhook_authorisation = { header = "X-Api-Key", password = "secret" }
  }

  expect_failures = [var.webhook_authorisation]
}

run "refuses_events_that_nobody_could_trust" {
  command = plan

  variables {
    webhook = { url = "https://hooks.example.com" }
  }

  expect_failures = [var.webhook_authorisation]
}
