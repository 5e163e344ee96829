# As refusals.tftest.hcl, for variables_console.tf.

mock_provider "aws" {
  source = "./tests/mocks"
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

run "refuses_a_console_that_nobody_logs_in_to" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
    }
  }

  expect_failures = [var.console]
}

run "refuses_to_sign_out_without_tls" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      oidc = {
        issuer                 = "https://idp.example.com"
        authorization_endpoint = "https://idp.example.com/authorize"
        token_endpoint         = "https://idp.example.com/token"
        user_info_endpoint     = "https://idp.example.com/userinfo"
        client_id              = "5abc"
        sign_out_url           = "http://idp.example.com/logout"
      }
    }
    console_client_secret = "secret"
  }

  expect_failures = [var.console]
}

run "refuses_another_scheme" {
  command = plan

  variables {
    console = {
      url             = "http://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_another_certificate" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:iam::123456789012:server-certificate/x"
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_a_pool_by_its_id" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      cognito = {
        user_pool_arn = "eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_a_provider_without_tls" {
  command = plan

  variables {
    console_client_secret = "secret"
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      oidc = {
        issuer                 = "http://idp.example.com"
        authorization_endpoint = "https://idp.example.com/authorize"
        token_endpoint         = "https://idp.example.com/token"
        user_info_endpoint     = "https://idp.example.com/userinfo"
        client_id              = "5abc"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_claims_that_people_write" {
  command = plan

  variables {
    console_client_secret = "secret"
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      oidc = {
        issuer                 = "https://idp.example.com"
        authorization_endpoint = "https://idp.example.com/authorize"
        token_endpoint         = "https://idp.example.com/token"
        user_info_endpoint     = "https://idp.example.com/userinfo"
        client_id              = "5abc"
        roles_claim            = "nickname"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_one_group_for_two_roles" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      leads           = "reelsift-reviewer"
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_sessions_without_end" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      session_hours   = 1000
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_half_a_task" {
  command = plan

  variables {
    console = {
      url             = "https://review.example.com"
      certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
      tasks           = 0.5
      cognito = {
        user_pool_arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc"
        client_id     = "5abc"
        domain        = "acme"
      }
    }
  }

  expect_failures = [var.console]
}

run "refuses_nobody_and_a_secret_that_nobody_asks_for" {
  command = plan

  variables {
    console_cidrs         = []
    console_client_secret = "secret"
  }

  expect_failures = [var.console_cidrs, var.console_client_secret]
}

run "refuses_networks_of_another_protocol" {
  command = plan

  variables {
    console_cidrs = ["2001:db8::/32"]
  }

  expect_failures = [var.console_cidrs]
}

run "refuses_the_whole_internet_by_accident" {
  command = plan

  variables {
    console_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.console_cidrs]
}
