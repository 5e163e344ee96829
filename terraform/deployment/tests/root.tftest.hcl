# What the root decides by itself: the region, and the tags of everything.

mock_provider "aws" {
  source = "../tests/mocks"
}

variables {
  image_tag = "test"
}

run "hands_every_variable_over_and_gives_every_output_back" {
  command = plan

  variables {
    deployment   = "acme-videos"
    daily_budget = 99.5
  }

  assert {
    condition = (
      output.environment["REELSIFT_DEPLOYMENT"] == "acme-videos"
      && output.environment["REELSIFT_DAILY_BUDGET"] == "99.5"
      && output.region == "eu-west-1"
    )
    error_message = "the module is made with the root's variables, in the provider's region"
  }
}

run "refuses_a_region_and_tags_that_cannot_be" {
  command = plan

  variables {
    region = "Ireland"
    tags   = { deployment = "mine" }
  }

  expect_failures = [var.region, var.tags]
}

run "refuses_tags_that_belong_to_aws" {
  command = plan

  variables {
    tags = { "aws:cost" = "mine" }
  }

  expect_failures = [var.tags]
}
