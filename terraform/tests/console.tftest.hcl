# The review console behind its load balancer: who reaches it, how they log in, and what its tasks may do.

mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_iam_role.console
  values = { arn = "arn:aws:iam::123456789012:role/reelsift-console" }
}

variables {
  image_tag     = "test"
  console_cidrs = ["203.0.113.0/24", "198.51.100.7/32"]
  console = {
    url             = "https://review.example.com"
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
    cognito = {
      user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
      client_id     = "5abc"
      domain        = "acme"
    }
  }
}

run "without_it_there_is_none" {
  command = plan

  variables {
    console       = null
    console_cidrs = []
  }

  assert {
    condition = length(concat(
      aws_lb.console[*].name, aws_ecs_service.console[*].name, aws_iam_role.console[*].name,
      aws_security_group.console[*].name, aws_cloudwatch_log_group.console[*].name,
    )) == 0
    error_message = "nothing of it costs anything"
  }
}

run "people_log_in_before_anything_is_forwarded_to_tasks_that_start_nothing" {
  assert {
    condition = [for action in aws_lb_listener.console[0].default_action : action.type] == ["authenticate-cognito", "forward"] && [
      for action in aws_lb_listener_rule.console_data[0].action : action.type
    ] == ["authenticate-cognito", "forward"]
    error_message = "the login comes first, for pages and for data"
  }

  assert {
    condition = (
      one(aws_lb_listener.console[0].default_action[0].authenticate_cognito).on_unauthenticated_request == "authenticate"
      && one(aws_lb_listener_rule.console_data[0].action[0].authenticate_cognito).on_unauthenticated_request == "deny"
      && one(aws_lb_listener.console[0].default_action[0].authenticate_cognito).session_timeout == 8 * 3600
    )
    error_message = "pages lead to the login, data is refused, and a day's work is one login"
  }

  assert {
    condition = (
      aws_lb_listener.console[0].protocol == "HTTPS" && aws_lb_listener.console[0].port == 443
      && startswith(aws_lb_listener.console[0].ssl_policy, "ELBSecurityPolicy-TLS13-1-2")
      && aws_lb.console[0].drop_invalid_header_fields && aws_lb.console[0].enable_deletion_protection
      && aws_lb.console[0].desync_mitigation_mode == "strictest"
    )
    error_message = "TLS alone, of today, and no header that could be read as another"
  }

  assert {
    condition = toset(values(aws_vpc_security_group_ingress_rule.console_balancer)[*].cidr_ipv4) == toset(var.console_cidrs) && (
      aws_vpc_security_group_ingress_rule.console[0].referenced_security_group_id == aws_security_group.console_balancer[0].id
      && aws_vpc_security_group_ingress_rule.console[0].cidr_ipv4 == null
    )
    error_message = "the balancer is reached from these networks, and tasks by the balancer alone"
  }

  assert {
    condition = { for each in jsondecode(aws_ecs_task_definition.console[0].container_definitions)[0].environment : each.name => each.value if startswith(each.name, "REELSIFT_CONSOLE_") } == {
      REELSIFT_CONSOLE_URL              = "https://review.example.com"
      REELSIFT_CONSOLE_OIDC_PROVIDER    = "cognito"
      REELSIFT_CONSOLE_OIDC_SIGNER      = aws_lb.console[0].arn
      REELSIFT_CONSOLE_OIDC_ISSUER      = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc"
      REELSIFT_CONSOLE_OIDC_CLIENT      = "5abc"
      REELSIFT_CONSOLE_OIDC_ROLES_CLAIM = "cognito:groups"
      REELSIFT_CONSOLE_REVIEWERS        = "reelsift-reviewer"
      REELSIFT_CONSOLE_LEADS            = "reelsift-lead"
      REELSIFT_CONSOLE_SPECIALISTS      = "reelsift-specialist"
      REELSIFT_CONSOLE_SIGN_OUT_URL     = "https://acme.auth.eu-west-1.amazoncognito.com/logout?client_id=5abc&logout_uri=https%3A%2F%2Freview.example.com%2F"
    }
    error_message = "the console believes this balancer, for this client of this pool"
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.console[0].container_definitions)[0].command == ["console", "--serve", "--port", "8080"]
      && jsondecode(aws_ecs_task_definition.console[0].container_definitions)[0].readonlyRootFilesystem
      && aws_ecs_service.console[0].desired_count == 2
      && one(aws_lb_target_group.console[0].health_check).path == "/healthz"
    )
    error_message = "two tasks serve it, and the balancer asks whether they do"
  }

  assert {
    condition     = output.console_callback == "https://review.example.com/oauth2/idpresponse"
    error_message = "what the provider has to allow is told"
  }

  assert {
    condition = length(setintersection(
      flatten(data.aws_iam_policy_document.console[0].statement[*].actions),
      ["rekognition:StartContentModeration", "s3:PutObject", "s3:DeleteObject", "iam:PassRole", "dynamodb:BatchWriteItem"],
    )) == 0
    error_message = "it writes nothing but rows"
  }

  assert {
    condition = flatten([
      for statement in data.aws_iam_policy_document.console[0].statement : statement.resources if contains(statement.actions, "sqs:SendMessage")
    ]) == [aws_sqs_queue.main["completion"].arn]
    error_message = "no queue of lines is its to write to"
  }

  assert {
    condition = length([for statement in data.aws_iam_policy_document.console[0].statement : statement.sid if startswith(statement.sid, "Sealed")]) == 0 && !contains(
      flatten([for statement in data.aws_iam_policy_document.sealed_key.statement : statement.principals[*].identifiers]),
      ["arn:aws:iam::123456789012:role/reelsift-console"],
    )
    error_message = "sealed videos are not its own unless somebody says so"
  }
}

run "specialists_see_sealed_videos_where_that_is_said" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      sealed          = true
      oidc = {
        issuer                 = "https://idp.example.com"
        authorization_endpoint = "https://idp.example.com/authorize"
        token_endpoint         = "https://idp.example.com/token"
        user_info_endpoint     = "https://idp.example.com/userinfo"
        client_id              = "5abc"
        roles_claim            = "roles"
        sign_out_url           = "https://idp.example.com/logout?client_id=5abc"
      }
    }
    console_client_secret = "secret"
  }

  assert {
    condition     = contains(jsondecode(aws_ecs_task_definition.console[0].container_definitions)[0].environment, { name = "REELSIFT_CONSOLE_SIGN_OUT_URL", value = "https://idp.example.com/logout?client_id=5abc" })
    error_message = "who signs out goes to where the provider ends its session"
  }

  assert {
    condition = contains(
      flatten([for statement in data.aws_iam_policy_document.sealed_key.statement : flatten(statement.principals[*].identifiers) if statement.sid == "Sealed"]),
      "arn:aws:iam::123456789012:role/reelsift-console",
    )
    error_message = "its role is then one of those that the key lets in"
  }

  assert {
    condition = (
      one(aws_lb_listener.console[0].default_action[0].authenticate_oidc).client_secret == "secret"
      && one(aws_lb_listener_rule.console_data[0].action[0].authenticate_oidc).on_unauthenticated_request == "deny"
    )
    error_message = "another provider does as well"
  }

  assert {
    condition = { for each in jsondecode(aws_ecs_task_definition.console[0].container_definitions)[0].environment : each.name => each.value if startswith(each.name, "REELSIFT_CONSOLE_OIDC_") && each.name != "REELSIFT_CONSOLE_OIDC_SIGNER" } == {
      REELSIFT_CONSOLE_OIDC_PROVIDER    = "oidc"
      REELSIFT_CONSOLE_OIDC_ISSUER      = "https://idp.example.com"
      REELSIFT_CONSOLE_OIDC_CLIENT      = "5abc"
      REELSIFT_CONSOLE_OIDC_ROLES_CLAIM = "roles"
    }
    error_message = "and its groups are in the claim that was named"
  }
}

run "in_a_network_of_ones_own_it_stands_in_the_subnets_that_are_named" {
  command = plan

  variables {
    network_mode       = "existing"
    subnet_ids         = ["subnet-a", "subnet-b"]
    security_group_ids = ["sg-tasks"]
    console = {
      url               = "https://review.example.com"
      certificate_arn   = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      subnet_ids        = ["subnet-public-a", "subnet-public-b"]
      access_log_bucket = "acme-logs"
      internal          = true
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  assert {
    condition = (
      aws_lb.console[0].subnets == toset(["subnet-public-a", "subnet-public-b"]) && aws_lb.console[0].internal
      && aws_lb_target_group.console[0].vpc_id == "vpc-theirs" && aws_security_group.console[0].vpc_id == "vpc-theirs"
      && one(aws_lb.console[0].access_logs).bucket == "acme-logs"
    )
    error_message = "balancer, tasks and groups are in that network"
  }
}

run "refuses_a_network_without_a_way_out" {
  command = plan

  variables {
    network_mode = "private"
  }

  expect_failures = [aws_lb.console]
}

run "refuses_one_zone" {
  command = plan

  variables {
    network_mode       = "existing"
    subnet_ids         = ["subnet-a"]
    security_group_ids = ["sg-tasks"]
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      subnet_ids      = ["subnet-public-a"]
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [aws_lb.console]
}

run "the_whole_internet_is_let_in_where_that_is_meant" {
  command = plan

  variables {
    console_cidrs = ["0.0.0.0/0"]
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      anywhere        = true
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  assert {
    condition     = values(aws_vpc_security_group_ingress_rule.console_balancer)[*].cidr_ipv4 == ["0.0.0.0/0"]
    error_message = "by console.anywhere"
  }
}
