# The load balancer before the console: it lets in networks, speaks TLS, and logs people in. It forwards nothing of whom it
# does not know.

locals {
  console_vpc_id  = local.consoles == 0 ? null : local.own_network ? aws_vpc.main[0].id : data.aws_subnet.console[0].vpc_id
  console_subnets = local.consoles == 0 ? [] : local.own_network ? aws_subnet.tasks[*].id : var.console.subnet_ids

  # Pages send people to the login. Data does not: a script cannot follow a redirect to another site, and is told 401.
  console_unauthenticated = { pages = "authenticate", data = "deny" }
}

data "aws_subnet" "console" {
  count = local.consoles == 1 && !local.own_network ? 1 : 0

  id = var.console.subnet_ids[0]
}

resource "aws_lb" "console" {
  #checkov:skip=CKV_AWS_91:an option, since logs need a bucket of the operator's: console.access_log_bucket
  #checkov:skip=CKV_AWS_150:an option with a default of true, which a deployment that is destroyable turns off
  #checkov:skip=CKV2_AWS_20:nothing listens for plain HTTP, so there is nothing to redirect
  #checkov:skip=CKV2_AWS_28:only the networks of console_cidrs reach it, and nobody without a login gets any further
  count = local.consoles

  name               = local.console_name
  load_balancer_type = "application"
  internal           = var.console.internal
  subnets            = local.console_subnets
  security_groups    = aws_security_group.console_balancer[*].id

  desync_mitigation_mode     = "strictest"
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection && !var.destroyable

  dynamic "access_logs" {
    for_each = var.console.access_log_bucket == null ? [] : [var.console.access_log_bucket]

    content {
      bucket  = access_logs.value
      prefix  = var.deployment
      enabled = true
    }
  }

  lifecycle {
    precondition {
      condition     = var.network_mode != "private"
      error_message = "The console needs a way out: its tasks fetch the keys by which logins are verified, which have no endpoint in a VPC. Use network_mode public, or a network of your own (existing)."
    }

    precondition {
      condition     = length(local.console_subnets) >= 2
      error_message = "A load balancer needs subnets in two zones: where network_mode is existing, name them in console.subnet_ids."
    }
  }
}

resource "aws_lb_target_group" "console" {
  #checkov:skip=CKV_AWS_378:between balancer and task, in one VPC, where the task's security group lets in the balancer alone
  count = local.consoles

  name        = local.console_name
  vpc_id      = local.console_vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = local.console_port

  # Requests last a second.
  deregistration_delay = 15

  health_check {
    path                = "/healthz"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "console" {
  count = local.consoles

  load_balancer_arn = aws_lb.console[0].arn
  protocol          = "HTTPS"
  port              = 443
  certificate_arn   = var.console.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

  dynamic "default_action" {
    for_each = var.console.cognito == null ? [] : [var.console.cognito]

    content {
      type  = "authenticate-cognito"
      order = 1

      authenticate_cognito {
        user_pool_arn              = default_action.value.user_pool_arn
        user_pool_client_id        = default_action.value.client_id
        user_pool_domain           = default_action.value.domain
        scope                      = "openid profile"
        session_timeout            = var.console.session_hours * 3600
        on_unauthenticated_request = local.console_unauthenticated.pages
      }
    }
  }

  dynamic "default_action" {
    for_each = var.console.oidc == null ? [] : [var.console.oidc]

    content {
      type  = "authenticate-oidc"
      order = 1

      authenticate_oidc {
        issuer                     = default_action.value.issuer
        authorization_endpoint     = default_action.value.authorization_endpoint
        token_endpoint             = default_action.value.token_endpoint
        user_info_endpoint         = default_action.value.user_info_endpoint
        client_id                  = default_action.value.client_id
        client_secret              = var.console_client_secret
        scope                      = default_action.value.scope
        session_timeout            = var.console.session_hours * 3600
        on_unauthenticated_request = local.console_unauthenticated.pages
      }
    }
  }

  default_action {
    type             = "forward"
    order            = 2
    target_group_arn = aws_lb_target_group.console[0].arn
  }
}

resource "aws_lb_listener_rule" "console_data" {
  count = local.consoles

  listener_arn = aws_lb_listener.console[0].arn
  priority     = 1

  condition {
    path_pattern {
      values = ["/api/*"]
    }
  }

  dynamic "action" {
    for_each = var.console.cognito == null ? [] : [var.console.cognito]

    content {
      type  = "authenticate-cognito"
      order = 1

      authenticate_cognito {
        user_pool_arn              = action.value.user_pool_arn
        user_pool_client_id        = action.value.client_id
        user_pool_domain           = action.value.domain
        scope                      = "openid profile"
        session_timeout            = var.console.session_hours * 3600
        on_unauthenticated_request = local.console_unauthenticated.data
      }
    }
  }

  dynamic "action" {
    for_each = var.console.oidc == null ? [] : [var.console.oidc]

    content {
      type  = "authenticate-oidc"
      order = 1

      authenticate_oidc {
        issuer                     = action.value.issuer
        authorization_endpoint     = action.value.authorization_endpoint
        token_endpoint             = action.value.token_endpoint
        user_info_endpoint         = action.value.user_info_endpoint
        client_id                  = action.value.client_id
        client_secret              = var.console_client_secret
        scope                      = action.value.scope
        session_timeout            = var.console.session_hours * 3600
        on_unauthenticated_request = local.console_unauthenticated.data
      }
    }
  }

  action {
    type             = "forward"
    order            = 2
    target_group_arn = aws_lb_target_group.console[0].arn
  }
}

resource "aws_security_group" "console_balancer" {
  count = local.consoles

  name        = "${local.console_name}-balancer"
  description = "The load balancer of reelsift's console: HTTPS from the networks that may reach it"
  vpc_id      = local.console_vpc_id

  tags = { Name = "${local.console_name}-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "console_balancer" {
  for_each = local.consoles == 1 ? toset(var.console_cidrs) : toset([])

  security_group_id = aws_security_group.console_balancer[0].id
  description       = "HTTPS from console_cidrs"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "console_balancer_tasks" {
  count = local.consoles

  security_group_id            = aws_security_group.console_balancer[0].id
  description                  = "To the console"
  ip_protocol                  = "tcp"
  from_port                    = local.console_port
  to_port                      = local.console_port
  referenced_security_group_id = aws_security_group.console[0].id
}

# Wherever that is: a balancer asks the provider for tokens, by a name that may lead anywhere.
resource "aws_vpc_security_group_egress_rule" "console_balancer_login" {
  count = local.consoles

  security_group_id = aws_security_group.console_balancer[0].id
  description       = "HTTPS to the provider that people log in with"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "console" {
  count = local.consoles

  name        = local.console_name
  description = "Tasks of reelsift's console: its load balancer in, HTTPS to AWS out"
  vpc_id      = local.console_vpc_id

  tags = { Name = local.console_name }
}

resource "aws_vpc_security_group_ingress_rule" "console" {
  count = local.consoles

  security_group_id            = aws_security_group.console[0].id
  description                  = "From the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = local.console_port
  to_port                      = local.console_port
  referenced_security_group_id = aws_security_group.console_balancer[0].id
}

resource "aws_vpc_security_group_egress_rule" "console" {
  count = local.consoles

  security_group_id = aws_security_group.console[0].id
  description       = "HTTPS to the services of AWS, and to where keys of logins are published"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
