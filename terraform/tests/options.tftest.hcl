# What each option changes. Options that have nothing to do with each other share a run, for which Terraform plans everything.

mock_provider "aws" {
  source = "./tests/mocks"
}

# The id of a bucket is its name.
override_resource {
  target = aws_s3_bucket.work
  values = {
    id  = "reelsift-work-123456789012-eu-west-1"
    arn = "arn:aws:s3:::reelsift-work-123456789012-eu-west-1"
  }
}

override_resource {
  target = aws_s3_bucket.videos
  values = {
    id  = "reelsift-videos-123456789012-eu-west-1"
    arn = "arn:aws:s3:::reelsift-videos-123456789012-eu-west-1"
  }
}

override_resource {
  target = aws_sns_topic.main["mail"]
  values = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-mail" }
}

override_resource {
  target = aws_sns_topic.main["urgent"]
  values = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-urgent" }
}

override_resource {
  target = aws_sns_topic.main["ticket"]
  values = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-ticket" }
}

override_resource {
  target = aws_sns_topic.main["batches"]
  values = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-batches" }
}

variables {
  image_tag = "test"
}

run "a_key_of_its_own_encrypts_everything_and_serves_whom_it_must" {
  variables {
    customer_managed_key  = true
    destroyable           = true
    event_queue           = true
    webhook               = { url = "https://hooks.example.com" }
    webhook_authorisation = { user = "reelsift", password = "secret" }
  }

  assert {
    condition     = aws_kms_key.main[0].enable_key_rotation && aws_kms_alias.main[0].name == "alias/reelsift"
    error_message = "one key, which rotates"
  }

  assert {
    condition = toset(flatten([
      [for configuration in aws_s3_bucket_server_side_encryption_configuration.created : one(one(configuration.rule).apply_server_side_encryption_by_default).kms_master_key_id],
      [for inventory in aws_s3_bucket_inventory.videos : one(one(one(one(inventory.destination).bucket).encryption).sse_kms).key_id],
      [for queue in concat(values(aws_sqs_queue.main), values(aws_sqs_queue.dead), aws_sqs_queue.events, values(aws_sqs_queue.event_dead)) : queue.kms_master_key_id],
      [for table in aws_dynamodb_table.main : one(table.server_side_encryption).kms_key_arn],
      [for topic in aws_sns_topic.main : topic.kms_master_key_id],
      aws_cloudwatch_event_bus.main.kms_key_identifier,
      one(aws_ecr_repository.worker.encryption_configuration).kms_key,
      aws_cloudwatch_log_group.worker.kms_key_id,
      one(one(aws_ecs_cluster.main.configuration).managed_storage_configuration).fargate_ephemeral_storage_kms_key_id,
    ])) == toset([aws_kms_key.main[0].arn])
    error_message = "buckets, inventories, queues, tables, topics, the bus, images, logs and the tasks' storage"
  }

  assert {
    condition = alltrue(concat(
      [for configuration in aws_s3_bucket_server_side_encryption_configuration.created : one(configuration.rule).bucket_key_enabled],
      [for table in aws_dynamodb_table.main : one(table.server_side_encryption).enabled],
    ))
    error_message = "and by it, not beside it"
  }

  assert {
    condition = {
      for statement in data.aws_iam_policy_document.key[0].statement : statement.sid => flatten(statement.principals[*].identifiers)
      } == {
      Account          = ["arn:aws:iam::123456789012:root"]
      Queues           = ["events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"]
      Events           = ["events.amazonaws.com"]
      EventsLook       = ["events.amazonaws.com"]
      Alarms           = ["cloudwatch.amazonaws.com"]
      Inventories      = ["s3.amazonaws.com"]
      Logs             = ["logs.eu-west-1.amazonaws.com"]
      TaskStorageKey   = ["fargate.amazonaws.com"]
      TaskStorageGrant = ["fargate.amazonaws.com"]
      TaskStorageLook  = ["fargate.amazonaws.com"]
    }
    error_message = "the account and the services that send, write or store for it may use it"
  }

  assert {
    condition = toset(flatten([for statement in data.aws_iam_policy_document.key[0].statement : statement.condition[*].values if statement.sid == "Queues"])) == toset([
      for name in ["completion", "events", "events-dead", "intake", "webhook-dead"] : "arn:aws:sqs:eu-west-1:123456789012:reelsift-${name}"
    ])
    error_message = "services send to these queues"
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.task, data.aws_iam_policy_document.operator, data.aws_iam_policy_document.reader, data.aws_iam_policy_document.reviewer, data.aws_iam_policy_document.records, data.aws_iam_policy_document.rekognition] :
      anytrue([
        for statement in document.statement :
        statement.resources == toset([aws_kms_key.main[0].arn]) && contains(statement.condition[*].variable, "kms:ViaService")
      ])
    ])
    error_message = "worker, operator and Rekognition may use it by way of the services that they ask"
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.task, data.aws_iam_policy_document.operator, data.aws_iam_policy_document.reviewer, data.aws_iam_policy_document.records, data.aws_iam_policy_document.rekognition] :
      [
        for statement in document.statement :
        length(setsubtract(["kms:Decrypt", "kms:GenerateDataKey"], statement.actions)) == 0
        && contains(one(statement.condition).values, "s3.eu-west-1.amazonaws.com")
        if statement.sid == "Key"
      ] == [true]
    ])
    error_message = "and read videos that are encrypted with it"
  }

  assert {
    condition = (
      alltrue([for table in aws_dynamodb_table.main : !table.deletion_protection_enabled])
      && aws_s3_bucket.work.force_destroy && aws_s3_bucket.videos[0].force_destroy
      && aws_ecr_repository.worker.force_delete
      && aws_kms_key.main[0].deletion_window_in_days == 7
    )
    error_message = "what is destroyable can be destroyed, protection or not"
  }
}

run "new_videos_and_inventories_start_work_by_themselves" {
  command = plan

  variables {
    existing_data_buckets    = ["acme-archive", "acme-uploads"]
    take_over_notifications  = ["acme-uploads"]
    eventbridge_buckets      = ["acme-archive"]
    data_bucket_kms_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/acme"]
    analyse_new_videos       = true
    analyse_inventories      = true
    inventory_frequency      = "Daily"
    raw_answer_days          = null
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_notification.videos)) == toset(["acme-uploads", "reelsift-videos-123456789012-eu-west-1"])
    error_message = "notifications are written to the created bucket and to the one handed over, never to another"
  }

  assert {
    condition = toset(aws_s3_bucket_notification.videos["acme-uploads"].queue[*].filter_suffix) == toset([
      ".mp4", ".MP4", ".mov", ".MOV", ".m4v", ".M4V",
    ])
    error_message = "videos only, as people write their suffixes"
  }

  assert {
    condition = (
      one(aws_s3_bucket_notification.work[0].queue).filter_prefix == "inventory/"
      && one(aws_s3_bucket_notification.work[0].queue).filter_suffix == "manifest.checksum"
    )
    error_message = "of the work bucket, the last file of an inventory"
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.new_videos[0].event_pattern) == {
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail = {
        bucket = { name = ["acme-archive"] }
        object = { key = [
          { suffix = { equals-ignore-case = ".mp4" } },
          { suffix = { equals-ignore-case = ".mov" } },
          { suffix = { equals-ignore-case = ".m4v" } },
        ] }
      }
    }
    error_message = "EventBridge hands on the videos of the bucket that sends there"
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.queue["intake"].statement : [
        for condition in statement.condition : condition.values if condition.variable == "aws:SourceArn"
      ]
      ])) == toset([
      "arn:aws:events:eu-west-1:123456789012:rule/reelsift-new-videos",
      "arn:aws:events:eu-west-1:123456789012:rule/reelsift-tick",
      "arn:aws:s3:::acme-uploads",
      "arn:aws:s3:::reelsift-videos-123456789012-eu-west-1",
      "arn:aws:s3:::reelsift-work-123456789012-eu-west-1",
    ])
    error_message = "the intake queue takes from these buckets and rules, and from no others"
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_inventory.videos)) == toset(local.data_bucket_names) && alltrue([for inventory in aws_s3_bucket_inventory.videos : one(inventory.schedule).frequency == "Daily"])
    error_message = "every data bucket is listed, daily"
  }

  assert {
    condition     = local.worker_environment["REELSIFT_DATA_BUCKETS"] == "acme-archive,acme-uploads,reelsift-videos-123456789012-eu-west-1"
    error_message = "the worker may read all three"
  }

  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.task, data.aws_iam_policy_document.rekognition, data.aws_iam_policy_document.operator, data.aws_iam_policy_document.reviewer] :
      [
        for statement in document.statement : {
          actions    = statement.actions
          resources  = statement.resources
          conditions = { for condition in statement.condition : condition.variable => condition.values }
        } if statement.sid == "VideosKey"
        ] == [{
          actions    = toset(["kms:Decrypt", "kms:GenerateDataKey"])
          resources  = toset(["arn:aws:kms:eu-west-1:123456789012:key/acme"])
          conditions = { "kms:ViaService" = tolist(["s3.eu-west-1.amazonaws.com"]) }
      }]
    ])
    error_message = "worker, Rekognition and operator may use their key by way of S3, and by nothing else"
  }

  assert {
    condition     = local.worker_environment["REELSIFT_DATA_BUCKET_KMS_KEY_ARNS"] == "arn:aws:kms:eu-west-1:123456789012:key/acme,arn:aws:kms:eu-west-1:123456789012:key/s3"
    error_message = "and the worker knows which keys it may meet, S3's own among them"
  }

  assert {
    condition     = toset(aws_s3_bucket_lifecycle_configuration.work.rule[*].id) == toset(["unfinished_uploads", "replaced_and_deleted", "inventories"])
    error_message = "raw answers are kept for ever"
  }
}

run "a_private_network_lies_where_every_endpoint_is_and_asks_no_more_of_one_than_it_takes" {
  command = plan

  variables {
    network_mode = "private"
  }

  override_data {
    target = data.aws_vpc_endpoint_service.interface["rekognition"]
    values = { availability_zones = ["eu-west-1c", "eu-west-1b"], vpc_endpoint_policy_supported = true }
  }

  override_data {
    target = data.aws_vpc_endpoint_service.interface["servicequotas"]
    values = { availability_zones = ["eu-west-1a", "eu-west-1c"], vpc_endpoint_policy_supported = false }
  }

  assert {
    condition     = local.zones == tolist(["eu-west-1c"])
    error_message = "the one zone that has them all"
  }

  assert {
    condition     = [for name, policy in local.interface_policies : name if policy == null] == ["servicequotas"]
    error_message = "a policy where one is taken"
  }
}

run "existing_buckets_and_a_private_network" {
  command = plan

  variables {
    create_data_bucket    = false
    existing_data_buckets = ["acme-archive"]
    inventory_frequency   = "None"
    network_mode          = "private"
    vpc_cidr              = "10.8.0.0/20"
    quota                 = 5
  }

  # Existing buckets alone are left as they are.
  assert {
    condition     = toset(output.created_buckets) == toset(["reelsift-sealed-123456789012-eu-west-1", "reelsift-work-123456789012-eu-west-1"]) && toset(output.data_buckets) == toset(["acme-archive"])
    error_message = "no bucket for videos is made"
  }

  assert {
    condition     = length(aws_s3_bucket_inventory.videos) == 0 && length(aws_s3_bucket_notification.videos) == 0 && toset(keys(aws_s3_bucket_policy.created)) == toset(["sealed", "work"])
    error_message = "and nothing of theirs is changed"
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.bucket["work"].statement : statement.effect == "Deny"
    ])
    error_message = "without inventories S3 needs no way into the work bucket"
  }

  # A private network has no way out but endpoints.
  assert {
    condition     = length(aws_internet_gateway.main) == 0 && length(aws_route.internet) == 0 && length(aws_vpc_security_group_egress_rule.internet) == 0
    error_message = "no internet gateway and no route to one"
  }

  assert {
    condition     = !one(aws_ecs_service.worker.network_configuration).assign_public_ip && aws_subnet.tasks[*].cidr_block == ["10.8.0.0/22", "10.8.4.0/22"]
    error_message = "no public addresses"
  }

  assert {
    condition = toset(keys(aws_vpc_endpoint.interface)) == toset([
      "ecr.api", "ecr.dkr", "events", "logs", "monitoring", "rekognition", "sns", "sqs",
    ])
    error_message = "what a task needs, and no Service Quotas where the quota is a number"
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled && startswith(endpoint.service_name, "com.amazonaws.eu-west-1.")
    ])
    error_message = "by the names that every client uses"
  }

  assert {
    condition = alltrue([
      for name, document in data.aws_iam_policy_document.endpoint : anytrue([
        for statement in document.statement :
        contains([for condition in statement.condition : "${condition.variable}=${join(",", condition.values)}"], "aws:PrincipalAccount=123456789012")
      ])
    ])
    error_message = "with credentials of this account only"
  }

  assert {
    condition     = !contains(data.aws_iam_policy_document.task.statement[*].sid, "Quota") && local.worker_environment["REELSIFT_QUOTA"] == "5"
    error_message = "a worker with a number need not ask for the quota"
  }
}

run "topics_buckets_network_and_image_of_others" {
  command = plan

  variables {
    foreign_data_buckets = ["partner-uploads"]
    existing_topic_arns = {
      urgent  = "arn:aws:sns:eu-west-1:123456789012:oncall"
      ticket  = "arn:aws:sns:eu-west-1:123456789012:oncall"
      batches = "arn:aws:sns:eu-west-1:123456789012:archive"
    }
    permissions_boundary_arn = "arn:aws:iam::123456789012:policy/boundary"
    network_mode             = "existing"
    subnet_ids               = ["subnet-1", "subnet-2"]
    security_group_ids       = ["sg-1"]
    assign_public_ip         = true
    image                    = "210987654321.dkr.ecr.eu-central-1.amazonaws.com/team/reelsift@sha256:0123456789012345678901234567890123456789012345678901234567890123"
    cpu_architecture         = "ARM64"
    task_cpu                 = 1024
    task_memory              = 8192
    spot_percent             = 70
    container_insights       = true
  }

  # What others own is used as it is.
  assert {
    condition = (
      toset(keys(aws_sns_topic.main)) == toset(["alerts", "completions", "mail"])
      && toset(keys(aws_sns_topic_policy.main)) == toset(keys(aws_sns_topic.main))
      && local.worker_environment["REELSIFT_URGENT_TOPIC_ARN"] == "arn:aws:sns:eu-west-1:123456789012:oncall"
      && local.worker_environment["REELSIFT_BATCHES_TOPIC_ARN"] == "arn:aws:sns:eu-west-1:123456789012:archive"
      && alltrue([for alarm in local.alarms : alarm.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:oncall"])])
      && contains(flatten([for statement in data.aws_iam_policy_document.task.statement : statement.resources if statement.sid == "Topics"]), "arn:aws:sns:eu-west-1:123456789012:archive")
    )
    error_message = "alarms and workers publish to the topic that exists, and its policy is left alone"
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.task, aws_iam_role.execution, aws_iam_role.rekognition] : role.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary"])
    error_message = "the boundary bounds all roles"
  }

  assert {
    condition = (
      local.worker_environment["REELSIFT_DATA_BUCKETS"] == "partner-uploads,reelsift-videos-123456789012-eu-west-1"
      && keys(aws_s3_bucket_inventory.videos) == ["reelsift-videos-123456789012-eu-west-1"]
      && contains(flatten([for statement in data.aws_iam_policy_document.task.statement : statement.resources if statement.sid == "Videos"]), "arn:aws:s3:::partner-uploads/*")
    )
    error_message = "a bucket of another account is read, and not listed by an inventory"
  }

  assert {
    condition = (
      keys(output.foreign_bucket_policies) == ["partner-uploads"]
      && toset(flatten([for statement in data.aws_iam_policy_document.foreign_bucket["partner-uploads"].statement : statement.actions])) == toset(["s3:GetObject", "s3:GetObjectVersion", "s3:GetEncryptionConfiguration", "s3:ListBucket"])
      && alltrue([for statement in data.aws_iam_policy_document.foreign_bucket["partner-uploads"].statement : one(statement.principals).identifiers == toset(["arn:aws:iam::123456789012:root"])])
    )
    error_message = "its owner is told what to allow: to read, and no more"
  }

  # So are an existing network and image.
  assert {
    condition     = length(aws_vpc.main) == 0 && length(aws_subnet.tasks) == 0 && length(aws_security_group.tasks) == 0 && length(aws_vpc_endpoint.gateway) == 0
    error_message = "no network is made"
  }

  assert {
    condition = (
      one(aws_ecs_service.worker.network_configuration).subnets == toset(["subnet-1", "subnet-2"])
      && one(aws_ecs_service.worker.network_configuration).security_groups == toset(["sg-1"])
      && one(aws_ecs_service.worker.network_configuration).assign_public_ip
    )
    error_message = "tasks run where they are placed"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.execution.statement :
      contains(statement.resources, "arn:aws:ecr:eu-central-1:210987654321:repository/team/reelsift") && contains(statement.actions, "ecr:BatchGetImage")
    ]) && endswith(local.image, "@sha256:0123456789012345678901234567890123456789012345678901234567890123")
    error_message = "the image is taken from where it is, and may be pulled"
  }

  assert {
    condition     = { for strategy in aws_ecs_service.worker.capacity_provider_strategy : strategy.capacity_provider => strategy.weight } == { FARGATE = 30, FARGATE_SPOT = 70 }
    error_message = "70 of 100 tasks are Spot"
  }

  assert {
    condition = (
      one(aws_ecs_task_definition.worker.runtime_platform).cpu_architecture == "ARM64"
      && aws_ecs_task_definition.worker.cpu == "1024" && aws_ecs_task_definition.worker.memory == "8192"
      && one(aws_ecs_cluster.main.setting).value == "enabled"
    )
    error_message = "of the size and architecture asked for, with Container Insights"
  }
}

run "tags_settings_and_a_policy_and_an_archive_of_decisions" {
  command = plan

  variables {
    tag_objects           = true
    foreign_data_buckets  = ["partner-uploads"]
    rejected_readers      = ["arn:aws:iam::123456789012:role/reviewers"]
    analyses              = ["content_moderation", "labels"]
    required_analyses     = ["content_moderation"]
    min_confidence        = 62.5
    prices                = { content_moderation = 0.12, labels = 0.08 }
    policy_file           = "tests/policy.yaml"
    reason_catalogue_file = "tests/reasons.yaml"
    undo_s                = 5
    settings = {
      recheck_running_s = "1800"
      labels_include    = "Weapon,Dog"
      text_regions      = "[{\"BoundingBox\": {\"Left\": 0, \"Top\": 0.8, \"Width\": 1, \"Height\": 0.2}}]"
    }
    text_index            = false
    daily_budget          = 250.5
    mail_window_s         = 300
    alert_emails          = ["moderation@example.com"]
    urgent_emails         = ["oncall@example.com"]
    ticket_emails         = ["oncall@example.com"]
    batches_emails        = ["archive@example.com"]
    decision_archive_days = 365
    decision_archive_mode = "COMPLIANCE"
    customer_managed_key  = true
    dataset_days          = 90
    alert_days            = 30
    report_days           = 400
  }

  # Objects are tagged where that is asked for.
  assert {
    condition = (
      local.worker_environment["REELSIFT_TAG_OBJECTS"] == "true"
      && toset(flatten([for statement in data.aws_iam_policy_document.task.statement : statement.actions if statement.sid == "VideosTags"])) == toset(["s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"])
      && contains(flatten([for statement in data.aws_iam_policy_document.task.statement : statement.resources if statement.sid == "VideosTags"]), "arn:aws:s3:::partner-uploads/*")
      && contains(flatten([for statement in data.aws_iam_policy_document.foreign_bucket["partner-uploads"].statement : statement.actions]), "s3:PutObjectVersionTagging")
    )
    error_message = "the worker may read and write tags, and the owner of a bucket of another account is told so"
  }

  assert {
    condition = alltrue(flatten([
      for name, text in output.deny_rejected : [
        for statement in jsondecode(text) : [
          statement.Effect == "Deny",
          statement.Resource == "arn:aws:s3:::${name}/*",
          statement.Condition.StringEquals["s3:ExistingObjectTag/reelsift-status"] == "rejected",
          toset(statement.Condition.ArnNotLike["aws:PrincipalArn"]) == toset([aws_iam_role.task.arn, "arn:aws:iam::123456789012:role/reviewers"]),
        ]
      ]
    ])) && toset(keys(output.deny_rejected)) == toset(output.data_buckets)
    error_message = "the statements exempt the worker and who is named, in every data bucket"
  }

  # Settings and policy reach the worker.
  assert {
    condition = (
      local.worker_environment["REELSIFT_ANALYSES"] == "content_moderation,labels"
      && local.worker_environment["REELSIFT_REQUIRED_ANALYSES"] == "content_moderation"
      && local.worker_environment["REELSIFT_MIN_CONFIDENCE"] == "62.5"
      && local.worker_environment["REELSIFT_PRICE_CONTENT_MODERATION"] == "0.12"
      && local.worker_environment["REELSIFT_PRICE_LABELS"] == "0.08"
      && local.worker_environment["REELSIFT_RECHECK_RUNNING_S"] == "1800"
      && local.worker_environment["REELSIFT_LABELS_INCLUDE"] == "Weapon,Dog"
      && jsondecode(local.worker_environment["REELSIFT_TEXT_REGIONS"])[0].BoundingBox.Top == 0.8
      && local.worker_environment["REELSIFT_TEXT_INDEX"] == "false"
      && local.worker_environment["REELSIFT_DAILY_BUDGET"] == "250.5"
      && local.worker_environment["REELSIFT_MAIL_WINDOW_S"] == "300"
      && local.worker_environment["REELSIFT_UNDO_S"] == "5"
    )
    error_message = "as the worker reads them"
  }

  assert {
    condition = (
      jsondecode(local.worker_environment["REELSIFT_POLICY_DOCUMENT"]) == yamldecode(file("tests/policy.yaml"))
      && can(regex("^[^'$]*$", local.worker_environment["REELSIFT_POLICY_DOCUMENT"]))
      && !strcontains(local.worker_environment["REELSIFT_POLICY_DOCUMENT"], "\\\\")
    )
    error_message = "the policy unchanged, in characters that a shell and Python read alike from .env"
  }

  assert {
    condition = (
      jsondecode(output.environment["REELSIFT_REASON_CATALOGUE_DOCUMENT"]) == yamldecode(file("tests/reasons.yaml"))
      && can(regex("^[^'$]*$", output.environment["REELSIFT_REASON_CATALOGUE_DOCUMENT"]))
      && !contains(keys(local.worker_environment), "REELSIFT_REASON_CATALOGUE_DOCUMENT")
    )
    error_message = "the reasons unchanged for those who decide, and not for workers"
  }

  assert {
    condition = (
      aws_sns_topic_subscription.alert_emails["moderation@example.com"].protocol == "email"
      && aws_sns_topic_subscription.alert_emails["moderation@example.com"].topic_arn == "arn:aws:sns:eu-west-1:123456789012:reelsift-mail"
      && { for subscription in aws_sns_topic_subscription.emails : subscription.topic_arn => "${subscription.protocol} ${subscription.endpoint}" } == {
        "arn:aws:sns:eu-west-1:123456789012:reelsift-urgent"  = "email oncall@example.com"
        "arn:aws:sns:eu-west-1:123456789012:reelsift-ticket"  = "email oncall@example.com"
        "arn:aws:sns:eu-west-1:123456789012:reelsift-batches" = "email archive@example.com"
      }
    )
    error_message = "alerts, in bearable mail, alarms by urgency, and ends of batches go to whom they should"
  }

  # Decisions are locked in a bucket that outlives the deployment.
  assert {
    condition = (
      aws_s3_bucket.decisions[0].bucket == "reelsift-decisions-123456789012-eu-west-1"
      && aws_s3_bucket.decisions[0].object_lock_enabled
      && one(one(aws_s3_bucket_object_lock_configuration.decisions[0].rule).default_retention).days == 365
      && one(one(aws_s3_bucket_object_lock_configuration.decisions[0].rule).default_retention).mode == "COMPLIANCE"
    )
    error_message = "what is written there is locked, by whatever S3 was told"
  }

  assert {
    condition = (
      one(one(aws_s3_bucket_server_side_encryption_configuration.decisions[0].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
      && coalesce(aws_s3_bucket.decisions[0].force_destroy, false) == false
      && !contains(keys(local.created_buckets), "decisions")
    )
    error_message = "it is not under the deployment's key and does not go with it"
  }

  assert {
    condition = (
      contains(keys(aws_s3_bucket_versioning.created), "decisions")
      && contains(keys(aws_s3_bucket_public_access_block.created), "decisions")
      && contains(keys(aws_s3_bucket_policy.created), "decisions")
    )
    error_message = "it is as private as every other bucket"
  }

  assert {
    condition     = local.worker_environment["REELSIFT_DECISION_ARCHIVE"] == "reelsift-decisions-123456789012-eu-west-1"
    error_message = "workers know it"
  }

  assert {
    condition = { for rule in aws_s3_bucket_lifecycle_configuration.work.rule : rule.id => one(rule.expiration).days if contains(["videos", "alerts", "reports"], rule.id) } == {
      videos = 90, alerts = 30, reports = 400
    }
    error_message = "each kind of data is kept for as long as is said"
  }
}
