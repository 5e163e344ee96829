# What cannot be is refused before anything is made, each by the variable that is wrong: here and in refusals_*.tftest.hcl,
# which hold for the variables alone, without a resource. A run tests one condition of each variable. Terraform evaluates
# a condition that names another variable only where that one is right, so these have runs of their own.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  image_tag = "test"
}

run "refuses_values_that_aws_or_the_worker_would_not_take" {
  command = plan

  variables {
    deployment               = "Reelsift"
    existing_data_buckets    = ["s3://acme-uploads"]
    existing_topic_arns      = { completions = "arn:aws:sns:eu-west-1:123456789012:theirs" }
    permissions_boundary_arn = "boundary"
    data_bucket_kms_key_arns = ["alias/acme"]
    raw_answer_days          = 0
    dataset_days             = 0
    alert_days               = 29
    report_days              = 0
    decision_archive_days    = 0
    decision_archive_mode    = "governance"
    inventory_frequency      = "daily"
    analyses                 = ["people"]
    required_analyses        = ["people"]
    min_confidence           = 101
    policy_file              = "no-such-policy.yaml"
    reason_catalogue_file    = "no-such-reasons.yaml"
    rejected_readers         = ["reviewers"]
    undo_s                   = -1
    quota                    = 0
    prices                   = { labels = -1 }
    settings                 = { LookRunningS = "1800" }
    alert_emails             = ["nobody"]
    urgent_emails            = ["nobody"]
    ticket_emails            = ["nobody"]
    batches_emails           = ["nobody"]
    mail_window_s            = 0
    daily_budget             = 0
    image_tag                = "team/reelsift"
    image                    = "registry.example.com/reelsift"
    cpu_architecture         = "arm64"
    task_cpu                 = 500
    spot_percent             = 101
    log_retention_days       = 2
    network_mode             = "nat"
    vpc_cidr                 = "10.0.0.0/8"
    specialist_principals    = ["arn:aws:iam::123456789012:root"]
    evidence_buckets         = ["s3://evidence"]
  }

  expect_failures = [
    var.deployment,
    var.existing_data_buckets,
    var.existing_topic_arns,
    var.permissions_boundary_arn,
    var.data_bucket_kms_key_arns,
    var.raw_answer_days,
    var.dataset_days,
    var.alert_days,
    var.report_days,
    var.decision_archive_days,
    var.decision_archive_mode,
    var.inventory_frequency,
    var.analyses,
    var.required_analyses,
    var.min_confidence,
    var.policy_file,
    var.reason_catalogue_file,
    var.rejected_readers,
    var.undo_s,
    var.quota,
    var.prices,
    var.settings,
    var.alert_emails,
    var.urgent_emails,
    var.ticket_emails,
    var.batches_emails,
    var.mail_window_s,
    var.daily_budget,
    var.image_tag,
    var.image,
    var.cpu_architecture,
    var.task_cpu,
    var.spot_percent,
    var.log_retention_days,
    var.network_mode,
    var.vpc_cidr,
    var.specialist_principals,
    var.evidence_buckets,
  ]
}

run "refuses_what_contradicts_itself" {
  command = plan

  variables {
    deployment           = "xn--reelsift"
    eventbridge_buckets  = ["somebody-elses"]
    foreign_data_buckets = ["partner/uploads"]
    inventory_frequency  = "None"
    analyse_inventories  = true
    raw_answer_days      = 1.5
    analyses             = ["labels", "labels"]
    policy_file          = "tests/policies/words.txt"
    # A policy has no reasons.
    reason_catalogue_file = "tests/policy.yaml"
    quota                 = 2.5
    settings              = { quota = "3" }
    image_tag             = "latest"
    image                 = "registry.example.com/reelsift:latest"
    task_memory           = 512
    spot_percent          = 33.3
    network_mode          = "existing"
    vpc_cidr              = "10.0.0.0/28"
  }

  expect_failures = [
    var.deployment,
    var.eventbridge_buckets,
    var.foreign_data_buckets,
    var.analyse_inventories,
    var.raw_answer_days,
    var.analyses,
    var.policy_file,
    var.reason_catalogue_file,
    var.quota,
    var.settings,
    var.image_tag,
    var.image,
    var.task_memory,
    var.spot_percent,
    var.subnet_ids,
    var.security_group_ids,
    var.vpc_cidr,
  ]
}

run "refuses_what_belongs_to_another_mode_or_to_nobody" {
  command = plan

  variables {
    deployment              = "a-name-of-twenty-five-char"
    create_data_bucket      = false
    take_over_notifications = ["somebody-elses"]
    policy_file             = "tests/policies/missing.yaml"
    settings                = { policy_note = "it's" }
    subnet_ids              = ["subnet-1"]
    security_group_ids      = ["sg-1"]
    assign_public_ip        = true
  }

  expect_failures = [
    var.deployment,
    var.create_data_bucket,
    var.take_over_notifications,
    var.policy_file,
    var.settings,
    var.subnet_ids,
    var.security_group_ids,
    var.assign_public_ip,
  ]
}

run "refuses_a_bucket_named_twice" {
  command = plan

  variables {
    existing_data_buckets = ["acme-uploads", "acme-uploads"]
  }

  expect_failures = [var.existing_data_buckets]
}

run "refuses_events_that_would_arrive_twice" {
  command = plan

  variables {
    existing_data_buckets   = ["acme-uploads"]
    take_over_notifications = ["acme-uploads"]
    eventbridge_buckets     = ["acme-uploads"]
  }

  expect_failures = [var.eventbridge_buckets]
}

run "refuses_to_touch_the_notifications_of_a_bucket_that_was_not_handed_over" {
  command = plan

  variables {
    existing_data_buckets   = ["acme-archive", "acme-inbox", "acme-uploads"]
    take_over_notifications = ["acme-uploads"]
    eventbridge_buckets     = ["acme-archive"]
    analyse_new_videos      = true
  }

  expect_failures = [var.analyse_new_videos]
}

run "refuses_a_foreign_bucket_that_is_called_the_accounts_own_and_a_name_that_is_no_topic" {
  command = plan

  variables {
    existing_data_buckets = ["acme-uploads"]
    foreign_data_buckets  = ["acme-uploads"]
    existing_topic_arns   = { urgent = "oncall" }
  }

  expect_failures = [var.foreign_data_buckets, var.existing_topic_arns]
}
