output "dashboard_url" {
  description = "The dashboard: backlog, quota, outcomes, money, latency, dead letters, workers."
  value       = "${local.console_url}/cloudwatch/home?region=${local.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.main.dashboard_name}"
}
