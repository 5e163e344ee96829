# The bus, and what may hang on it.

mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_cloudwatch_event_bus.main
  values = { arn = "arn:aws:events:eu-west-1:123456789012:event-bus/reelsift" }
}

override_resource {
  target = aws_sqs_queue.events
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:reelsift-events" }
}

override_resource {
  target = aws_sqs_queue.event_dead
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:reelsift-some-dead" }
}

override_resource {
  target = aws_cloudwatch_event_api_destination.webhook
  values = { arn = "arn:aws:events:eu-west-1:123456789012:api-destination/reelsift-webhook/id" }
}

override_resource {
  target = aws_cloudwatch_event_connection.webhook
  values = { arn = "arn:aws:events:eu-west-1:123456789012:connection/reelsift-webhook/id" }
}

override_resource {
  target = aws_iam_role.webhook
  values = { arn = "arn:aws:iam::123456789012:role/reelsift-webhook" }
}

variables {
  image_tag = "test"
}

run "a_bus_of_its_own_with_an_archive_and_nobody_who_listens" {
  assert {
    condition     = aws_cloudwatch_event_bus.main.name == "reelsift" && output.environment.REELSIFT_EVENT_BUS == "reelsift"
    error_message = "a bus of the deployment's name, of which workers know"
  }

  assert {
    condition = (
      aws_cloudwatch_event_archive.main[0].retention_days == 30
      && aws_cloudwatch_event_archive.main[0].event_source_arn == aws_cloudwatch_event_bus.main.arn
    )
    error_message = "an archive for thirty days"
  }

  assert {
    condition = (
      length(aws_sqs_queue.events) == 0 && length(aws_sqs_queue.event_dead) == 0
      && length(aws_cloudwatch_event_api_destination.webhook) == 0 && length(aws_iam_role.webhook) == 0
    )
    error_message = "no queue and no webhook unless asked for"
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.task.statement : statement.resources if contains(statement.actions, "events:PutEvents")
    ] == [toset(["arn:aws:events:eu-west-1:123456789012:event-bus/reelsift"])]
    error_message = "workers put events on this bus, and on no other"
  }
}

run "a_webhook_and_a_queue_get_every_event_of_reelsift_and_lose_none" {
  variables {
    event_queue           = true
    webhook               = { url = "https://hooks.example.com/reelsift?v=1", rate = 25 }
    webhook_authorisation = { header = "X-Api-Key", value = "secret" }
  }

  assert {
    condition = alltrue([
      for rule in [aws_cloudwatch_event_rule.webhook[0], aws_cloudwatch_event_rule.events[0]] :
      jsondecode(rule.event_pattern) == { source = ["reelsift"] } && rule.event_bus_name == "reelsift"
    ])
    error_message = "both rules take everything that reelsift tells, on its own bus"
  }

  assert {
    condition = (
      aws_cloudwatch_event_connection.webhook[0].authorization_type == "API_KEY"
      && nonsensitive(one(one(aws_cloudwatch_event_connection.webhook[0].auth_parameters).api_key).key) == "X-Api-Key"
      && aws_cloudwatch_event_api_destination.webhook[0].invocation_endpoint == "https://hooks.example.com/reelsift?v=1"
      && aws_cloudwatch_event_api_destination.webhook[0].invocation_rate_limit_per_second == 25
      && aws_cloudwatch_event_api_destination.webhook[0].http_method == "POST"
    )
    error_message = "the address, its rate and its key"
  }

  assert {
    condition = (
      one(aws_cloudwatch_event_target.webhook[0].retry_policy).maximum_event_age_in_seconds == 86400
      && one(aws_cloudwatch_event_target.webhook[0].retry_policy).maximum_retry_attempts == 185
      && one(aws_cloudwatch_event_target.webhook[0].dead_letter_config).arn == aws_sqs_queue.event_dead["webhook"].arn
      && one(aws_cloudwatch_event_target.events[0].dead_letter_config).arn == aws_sqs_queue.event_dead["events"].arn
      && jsondecode(aws_sqs_queue.events[0].redrive_policy).deadLetterTargetArn == aws_sqs_queue.event_dead["events"].arn
    )
    error_message = "tried for a day, then kept; and what the queue cannot be sent, or its readers give back, is kept too"
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.webhook[0].role_arn == "arn:aws:iam::123456789012:role/reelsift-webhook"
      && one(data.aws_iam_policy_document.webhook[0].statement).actions == toset(["events:InvokeApiDestination"])
      && one(data.aws_iam_policy_document.webhook[0].statement).resources == toset(["arn:aws:events:eu-west-1:123456789012:api-destination/reelsift-webhook/id"])
      && contains(
        [for condition in one(data.aws_iam_policy_document.webhook_trust[0].statement).condition : "${condition.test} ${condition.variable}=${join(",", condition.values)}"],
        "StringEquals aws:SourceAccount=123456789012"
      )
    )
    error_message = "EventBridge calls the webhook as a role that may do nothing else, for this account only"
  }

  assert {
    condition = {
      for name, document in data.aws_iam_policy_document.event_queue : name => [
        for statement in document.statement : [
          one(one(statement.principals).identifiers),
          one([for condition in statement.condition : one(condition.values) if condition.variable == "aws:SourceArn"]),
        ] if statement.effect != "Deny"
      ]
      } == {
      events       = [["events.amazonaws.com", "arn:aws:events:eu-west-1:123456789012:rule/reelsift/reelsift-events"]]
      events-dead  = [["events.amazonaws.com", "arn:aws:events:eu-west-1:123456789012:rule/reelsift/reelsift-events"]]
      webhook-dead = [["events.amazonaws.com", "arn:aws:events:eu-west-1:123456789012:rule/reelsift/reelsift-webhook"]]
    }
    error_message = "each queue takes from its own rule only"
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.event_queue :
      anytrue([for statement in document.statement : contains(statement.condition[*].variable, "aws:SecureTransport") if statement.effect == "Deny"])
    ])
    error_message = "and nothing that does not come by TLS"
  }

  assert {
    condition = alltrue([
      for queue in concat(aws_sqs_queue.events, values(aws_sqs_queue.event_dead)) :
      queue.sqs_managed_sse_enabled && queue.message_retention_seconds == 1209600 && queue.max_message_size == 262144
    ])
    error_message = "encrypted, for fourteen days"
  }

  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.one_metric : name => one(values(alarm.dimensions)) if contains(["dead-letters-events", "dead-letters-webhook"], name)
    } == { dead-letters-events = "reelsift-events-dead", dead-letters-webhook = "reelsift-webhook-dead" }
    error_message = "somebody is notified of an event that nobody took"
  }
}

run "a_webhook_may_ask_for_a_user_and_a_password_and_0_days_are_no_archive" {
  command = plan

  variables {
    event_archive_days    = 0
    webhook               = { url = "https://hooks.example.com" }
    webhook_authorisation = { user = "reelsift", password = "secret" }
  }

  assert {
    condition = (
      aws_cloudwatch_event_connection.webhook[0].authorization_type == "BASIC"
      && nonsensitive(one(one(aws_cloudwatch_event_connection.webhook[0].auth_parameters).basic).username) == "reelsift"
      && aws_cloudwatch_event_api_destination.webhook[0].invocation_rate_limit_per_second == 10
    )
    error_message = "basic authorisation, and ten requests a second unless told otherwise"
  }

  assert {
    condition     = length(aws_cloudwatch_event_archive.main) == 0
    error_message = "and no archive where none is wanted"
  }
}
