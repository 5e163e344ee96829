# One page, read from the top: is anything wrong, does work get done, what comes out and costs, how long does it take,
# and where does it pile up. Charts that ask by SEARCH show each analysis, reason or state there turns out to be.

locals {
  console_url = "https://${local.region}.console.aws.amazon.com"

  # In the console's links a slash of a log group's name is escaped twice, with $ for the outer %.
  log_group_url = "${local.console_url}/cloudwatch/home?region=${local.region}#logsV2:log-groups/log-group/${replace(aws_cloudwatch_log_group.worker.name, "/", "$252F")}"
  service_url   = "${local.console_url}/ecs/v2/clusters/${aws_ecs_cluster.main.name}/services/${aws_ecs_service.worker.name}/health?region=${local.region}"

  # What a SEARCH asks for, for the metrics of the workers that have a further dimension.
  search = {
    for name, dimensions in {
      BilledMinutes = "Deployment,Analysis"
      Failed        = "Deployment,Analysis,Reason"
      JobSeconds    = "Deployment,Analysis"
      Overdue       = "Deployment,State"
      Throttled     = "Deployment,Operation"
      Verdicts      = "Deployment,Verdict"
    } : name => "{${local.metrics_namespace},${dimensions}} MetricName=\"${name}\" Deployment=\"${var.deployment}\""
  }
  # What `reelsift hold` may hold.
  held_kinds   = ["starts", "events", "tags"]
  from_service = flatten([for name, value in local.service_dimensions : [name, value]])

  dashboard_rows = [
    {
      height = 5
      widgets = [
        {
          type = "text"
          properties = {
            markdown = <<-EOT
              # ${var.deployment}
              [Workers](${local.service_url}) | [Log](${local.log_group_url}) | `reelsift status` | `reelsift doctor`

              - **Open analyses at the quota, backlog high:** all is well, and Rekognition's quota is the limit.
              - **Open analyses below the quota, backlog not falling:** check blocked slots, then the log.
              - **No worker and no backlog:** the fleet sleeps; a message or the next tick wakes it.
              - **An alarm:** docs/operations.md has a section for each, under its name.
            EOT
          }
        },
        {
          type       = "alarm"
          properties = { title = "Alarms", alarms = local.alarms[*].arn }
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type = "metric"
          properties = {
            title = "Backlog: messages, open analyses, chunks; what is held"
            stat  = "Maximum", period = 60
            metrics = concat(
              [[local.metrics_namespace, "Backlog", "Deployment", var.deployment, { label = "backlog" }]],
              [
                for kind in local.held_kinds :
                [local.metrics_namespace, "Held", "Deployment", var.deployment, "Kind", kind, { label = "${kind} held", yAxis = "right" }]
              ],
            )
          }
        },
        {
          type = "metric"
          properties = {
            title = "Open analyses against the quota"
            stat  = "Maximum", period = 60
            metrics = [
              [local.metrics_namespace, "Running", "Deployment", var.deployment, { label = "open" }],
              [local.metrics_namespace, "Quota", "Deployment", var.deployment, { label = "quota" }],
              [local.metrics_namespace, "SlotsBlocked", "Deployment", var.deployment, { label = "blocked by others" }],
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Workers"
            stat  = "SampleCount", period = 60
            metrics = [
              concat(["AWS/ECS", "CPUUtilization"], local.from_service, [{ label = "tasks that run" }]),
              [local.metrics_namespace, "Backlog", "Deployment", var.deployment, { label = "workers that report" }],
            ]
          }
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type = "metric"
          properties = {
            title = "Lines ended"
            stat  = "Sum", period = 300, stacked = true
            metrics = [
              for status in ["SUCCEEDED", "FAILED", "SKIPPED"] :
              [local.metrics_namespace, "Outcomes", "Deployment", var.deployment, "Status", status, { label = lower(status) }]
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Analyses"
            stat  = "Sum", period = 300
            metrics = [
              for name in ["Started", "Succeeded", "Failed"] :
              [local.metrics_namespace, name, "Deployment", var.deployment, { label = lower(name) }]
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Failed analyses by reason"
            stat  = "Sum", period = 300, stacked = true
            metrics = [
              [{ expression = "SEARCH('${local.search["Failed"]}', 'Sum', 300)", label = "$${PROP('Dim.Reason')}" }],
            ]
          }
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type = "metric"
          properties = {
            title = "Minutes billed"
            stat  = "Sum", period = 300, stacked = true
            metrics = [
              [{ expression = "SEARCH('${local.search["BilledMinutes"]}', 'Sum', 300)", label = "$${PROP('Dim.Analysis')}" }],
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Money, USD"
            stat  = "Sum", period = 300
            metrics = [
              [local.metrics_namespace, "Spend", "Deployment", var.deployment, { id = "spend", label = "in 5 minutes", yAxis = "right" }],
              [{ expression = "RUNNING_SUM(FILL(spend, 0))", label = "since the chart's beginning" }],
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Verdicts and alerts"
            stat  = "Sum", period = 300
            metrics = [
              [{ expression = "SEARCH('${local.search["Verdicts"]}', 'Sum', 300)", label = "$${PROP('Dim.Verdict')}" }],
              [local.metrics_namespace, "Alerts", "Deployment", var.deployment, { label = "alerts sent" }],
              [local.metrics_namespace, "Mails", "Deployment", var.deployment, { label = "mails sent" }],
            ]
          }
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type = "metric"
          properties = {
            title  = "From an analysis's end to its alert, seconds"
            period = 300
            metrics = [
              for stat in ["p50", "p99"] :
              [local.metrics_namespace, "CompletionToAlertSeconds", "Deployment", var.deployment, { stat = stat, label = stat }]
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title  = "Analyses at Rekognition, seconds"
            period = 300
            metrics = [
              for stat in ["p50", "p99"] :
              [{ expression = "SEARCH('${local.search["JobSeconds"]}', '${stat}', 300)", label = "$${PROP('Dim.Analysis')} ${stat}" }]
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title  = "Processor and memory of the tasks, %"
            period = 60
            metrics = [
              for chart in setproduct(["CPUUtilization", "MemoryUtilization"], ["Average", "Maximum"]) :
              concat(["AWS/ECS", chart[0]], local.from_service, [{ stat = chart[1], label = "${chart[0]} ${lower(chart[1])}" }])
            ]
          }
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type = "metric"
          properties = {
            title = "Messages that wait"
            stat  = "Maximum", period = 60
            metrics = [
              for name, queue in aws_sqs_queue.main :
              ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name, { label = name }]
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Age of the oldest message, seconds"
            stat  = "Maximum", period = 60
            metrics = [
              for name, queue in aws_sqs_queue.main :
              ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue.name, { label = name }]
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Dead letters"
            stat  = "Maximum", period = 300
            metrics = [
              for name, queue in aws_sqs_queue.dead :
              ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue.name, { label = name }]
            ]
          }
        },
      ]
    },
    {
      height = 6
      widgets = [
        {
          type = "metric"
          properties = {
            title = "Refused and throttled by Rekognition"
            stat  = "Sum", period = 300
            metrics = [
              [local.metrics_namespace, "QuotaFull", "Deployment", var.deployment, { label = "no slot at Rekognition" }],
              [{ expression = "SEARCH('${local.search["Throttled"]}', 'Sum', 300)", label = "throttled $${PROP('Dim.Operation')}" }],
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Taken up again because overdue, by state"
            stat  = "Sum", period = 300
            metrics = [
              [{ expression = "SEARCH('${local.search["Overdue"]}', 'Sum', 300)", label = "$${PROP('Dim.State')}" }],
            ]
          }
        },
        {
          type = "metric"
          properties = {
            title = "Errors of reelsift itself"
            stat  = "Sum", period = 300
            metrics = [
              [local.metrics_namespace, "ProgramFailures", "Deployment", var.deployment, { label = "program failures" }],
            ]
          }
        },
      ]
    },
  ]

  widget_defaults = {
    text   = {}
    alarm  = {}
    metric = { region = local.region, view = "timeSeries", yAxis = { left = { min = 0 } } }
  }

  # Rows lie below each other, and the widgets of a row share the dashboard's 24 columns.
  dashboard_widgets = flatten([
    for number, row in local.dashboard_rows : [
      for place, widget in row.widgets : {
        type       = widget.type
        x          = place * 24 / length(row.widgets)
        y          = sum(concat([0], [for above in slice(local.dashboard_rows, 0, number) : above.height]))
        width      = 24 / length(row.widgets)
        height     = row.height
        properties = merge(local.widget_defaults[widget.type], widget.properties)
      }
    ]
  ])
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = var.deployment
  dashboard_body = jsonencode({ widgets = local.dashboard_widgets })
}
