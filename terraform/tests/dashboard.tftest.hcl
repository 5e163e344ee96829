mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  image_tag = "test"
}

run "one_page_shows_the_deployment" {
  command = plan

  variables {
    deployment = "acme-videos"
  }

  assert {
    condition     = aws_cloudwatch_dashboard.main.dashboard_name == "acme-videos"
    error_message = "the dashboard has the deployment's name"
  }

  assert {
    condition     = output.dashboard_url == "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/acme-videos"
    error_message = "the output leads to it"
  }

  # What an operator wants to see, and the metrics that show it.
  assert {
    condition = length(setsubtract([
      "Backlog", "Running", "Quota", "SlotsBlocked", "Outcomes", "Started", "Succeeded", "Failed", "Spend", "Alerts",
      "CompletionToAlertSeconds", "QuotaFull", "ProgramFailures",
      "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "CPUUtilization", "MemoryUtilization",
      ], flatten([
        for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets : [
          for metric in try(widget.properties.metrics, []) : length(metric) > 1 ? metric[1] : ""
        ]
    ]))) == 0
    error_message = "backlog, quota, blocked slots, outcomes, money, latency, queues, processor and memory are shown"
  }

  assert {
    condition = alltrue([
      for name in ["BilledMinutes", "Failed", "JobSeconds", "Overdue", "Throttled", "Verdicts"] : anytrue(flatten([
        for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets : [
          for metric in try(widget.properties.metrics, []) :
          can(regex("^SEARCH\\('{Reelsift,Deployment,[A-Za-z,]+} MetricName=\"${name}\" Deployment=\"acme-videos\"', ", metric[0].expression))
        ]
      ]))
    ])
    error_message = "metrics with a further dimension are searched for, in this deployment only"
  }

  assert {
    condition = toset(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) : length(metric) < 4 ? [] : [metric[3]]
      ]
      ])) == toset(concat(["acme-videos"], flatten([
        for name in ["intake", "priority", "begun", "completion"] : ["acme-videos-${name}", "acme-videos-${name}-dead"]
    ])))
    error_message = "every chart is of this deployment, its queues and its dead-letter queues"
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets :
      widget.type != "metric" || try(widget.properties.region, "") == "eu-west-1"
    ])
    error_message = "charts name their region, without which CloudWatch refuses them"
  }

  assert {
    condition = sum([
      for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets :
      widget.type == "alarm" ? length(widget.properties.alarms) : 0
    ]) == length(local.alarms)
    error_message = "the states of all alarms are shown"
  }

  assert {
    condition = sum([
      for widget in jsondecode(aws_cloudwatch_dashboard.main.dashboard_body).widgets :
      length([for metric in try(widget.properties.metrics, []) : metric if length(metric) > 1])
    ]) <= 50
    error_message = "CloudWatch's free dashboards have 50 metrics at most"
  }

  # Cells of the grid: as many as the widgets cover, counted once each, if none overlap and no row has a gap.
  assert {
    condition = (
      length(toset(flatten([
        for widget in local.dashboard_widgets : [
          for x in range(widget.x, widget.x + widget.width) : [
            for y in range(widget.y, widget.y + widget.height) : "${x},${y}"
          ]
        ]
      ]))) == sum([for widget in local.dashboard_widgets : widget.width * widget.height])
      && sum([for widget in local.dashboard_widgets : widget.width * widget.height]) == 24 * sum(local.dashboard_rows[*].height)
    )
    error_message = "widgets fill the page without lying over each other"
  }
}
