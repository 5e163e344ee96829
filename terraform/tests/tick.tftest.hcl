mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_sqs_queue.main["intake"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:reelsift-intake" }
}

variables {
  image_tag = "test"
}

run "a_tick_goes_to_the_intake_queue_every_five_hours" {
  assert {
    condition     = aws_cloudwatch_event_rule.tick.schedule_expression == "rate(300 minutes)"
    error_message = "a tick every five hours by default"
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.tick.rule == aws_cloudwatch_event_rule.tick.name
      && aws_cloudwatch_event_target.tick.arn == aws_sqs_queue.main["intake"].arn
      && jsondecode(aws_cloudwatch_event_target.tick.input) == { reelsift = "tick" }
    )
    error_message = "the intake queue gets the message that workers know as a tick"
  }

  assert {
    condition     = local.intake_event_rule_arns == ["arn:aws:events:eu-west-1:123456789012:rule/${aws_cloudwatch_event_rule.tick.name}"]
    error_message = "the ARN that the queue's policy is given is the rule's, as EventBridge forms it"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.queue["intake"].statement :
      statement.actions == toset(["sqs:SendMessage"])
      && anytrue([for principal in statement.principals : principal.identifiers == toset(["events.amazonaws.com"])])
      && anytrue([
        for condition in statement.condition :
        condition.variable == "aws:SourceArn" && contains(condition.values, one(local.intake_event_rule_arns))
      ])
    ])
    error_message = "the intake queue takes messages from this rule"
  }
}

run "tick_minutes_sets_the_pace" {
  command = plan
  variables { tick_minutes = 60 }

  assert {
    condition     = aws_cloudwatch_event_rule.tick.schedule_expression == "rate(60 minutes)"
    error_message = "tick_minutes is the rule's rate"
  }
}
