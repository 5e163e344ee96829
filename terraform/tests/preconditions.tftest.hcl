# What no variable can tell by itself is refused by the resource that it would be wrong for.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image_tag = "test"
}

run "refuses_a_service_without_an_image" {
  command = plan

  variables {
    image_tag = ""
  }

  expect_failures = [aws_ecs_task_definition.worker]
}

run "refuses_a_bucket_of_another_region" {
  command = plan

  variables {
    existing_data_buckets = ["acme-far-away"]
  }

  override_data {
    target = data.aws_s3_bucket.existing["acme-far-away"]
    values = { region = "us-east-1" }
  }

  expect_failures = [data.aws_s3_bucket.existing["acme-far-away"]]
}

run "warns_of_a_region_in_which_nobody_knows_rekognition" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "eu-west-3" }
  }

  expect_failures = [check.rekognition_video]
}

run "refuses_a_topic_of_another_region" {
  command = plan

  variables {
    existing_topic_arns = { urgent = "arn:aws:sns:us-east-1:123456789012:oncall" }
  }

  expect_failures = [aws_iam_role_policy.task]
}

run "refuses_a_private_network_where_no_zone_has_every_endpoint" {
  command = plan

  variables {
    network_mode = "private"
  }

  override_data {
    target = data.aws_vpc_endpoint_service.interface["rekognition"]
    values = { availability_zones = ["eu-west-1d"] }
  }

  expect_failures = [aws_vpc.main]
}
