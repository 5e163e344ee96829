output "console_balancer" {
  description = "Name of the load balancer before the console: the name in console.url has to lead there (CNAME, or an alias of Route 53). null without a console."
  value       = one(aws_lb.console[*].dns_name)
}

output "console_callback" {
  description = "Address that the provider has to allow for the client of the console, as the one that it sends people back to."
  value       = var.console == null ? null : "${var.console.url}/oauth2/idpresponse"
}

output "console_signed_out" {
  description = "Address that a user pool of Cognito has to allow for the client of the console as a sign-out URL."
  value       = try(var.console.cognito == null, true) ? null : "${var.console.url}/"
}

output "console_role_arn" {
  description = "Role of the console's tasks; null without a console."
  value       = one(aws_iam_role.console[*].arn)
}
