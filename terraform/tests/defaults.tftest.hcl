# A deployment for which only the image is set: one run, for Terraform plans everything for each.

mock_provider "aws" {
  source = "./tests/mocks"
}

override_resource {
  target = aws_sqs_queue.main["intake"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:reelsift-intake" }
}

override_resource {
  target = aws_sqs_queue.dead["intake"]
  values = { arn = "arn:aws:sqs:eu-west-1:123456789012:reelsift-intake-dead" }
}

override_resource {
  target = aws_sns_topic.main["completions"]
  values = { arn = "arn:aws:sns:eu-west-1:123456789012:reelsift-completions" }
}

override_resource {
  target = aws_iam_role.rekognition
  values = { arn = "arn:aws:iam::123456789012:role/reelsift-rekognition" }
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
  target = aws_s3_bucket.sealed
  values = {
    id  = "reelsift-sealed-123456789012-eu-west-1"
    arn = "arn:aws:s3:::reelsift-sealed-123456789012-eu-west-1"
  }
}

variables {
  image_tag = "test"
}

run "what_there_is_by_default" {
  # Buckets are private and forget what has had its time.
  assert {
    condition = output.created_buckets == tolist([
      "reelsift-sealed-123456789012-eu-west-1", "reelsift-videos-123456789012-eu-west-1", "reelsift-work-123456789012-eu-west-1",
    ])
    error_message = "a bucket for videos, one for work and one for what is sealed, named so that no other account has them"
  }

  assert {
    condition = alltrue([
      for kind in ["sealed", "videos", "work"] :
      aws_s3_bucket_public_access_block.created[kind].block_public_acls
      && aws_s3_bucket_public_access_block.created[kind].block_public_policy
      && aws_s3_bucket_public_access_block.created[kind].ignore_public_acls
      && aws_s3_bucket_public_access_block.created[kind].restrict_public_buckets
      && one(aws_s3_bucket_ownership_controls.created[kind].rule).object_ownership == "BucketOwnerEnforced"
    ])
    error_message = "nothing in them can be made public"
  }

  assert {
    condition = alltrue([
      for kind in ["videos", "work"] :
      one(aws_s3_bucket_versioning.created[kind].versioning_configuration).status == "Enabled"
      && one(one(aws_s3_bucket_server_side_encryption_configuration.created[kind].rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    ])
    error_message = "both keep versions and encrypt"
  }

  assert {
    condition = alltrue([
      for kind in ["sealed", "videos", "work"] : anytrue([
        for statement in data.aws_iam_policy_document.bucket[kind].statement :
        statement.effect == "Deny" && statement.actions == toset(["s3:*"])
        && contains([for condition in statement.condition : "${condition.variable}=${join(",", condition.values)}"], "aws:SecureTransport=false")
        && length(statement.resources) == 2
      ])
    ])
    error_message = "all refuse what does not come by TLS, for the bucket and its objects"
  }

  assert {
    condition     = !aws_s3_bucket.work.force_destroy && !aws_s3_bucket.videos[0].force_destroy && !aws_s3_bucket.sealed.force_destroy
    error_message = "a destroy does not empty them"
  }

  assert {
    condition = {
      for rule in aws_s3_bucket_lifecycle_configuration.work.rule :
      rule.id => try(rule.expiration[0].days, 0)
      } == {
      unfinished_uploads   = 0
      replaced_and_deleted = 0
      inventories          = 90
      archive              = 730
      raw                  = 730
      results              = 730
    }
    error_message = "inventories go after 90 days, raw answers and results after two years, manifests never"
  }

  assert {
    condition = alltrue([
      for configuration in [aws_s3_bucket_lifecycle_configuration.work, aws_s3_bucket_lifecycle_configuration.videos[0]] :
      anytrue([for rule in configuration.rule : try(rule.abort_incomplete_multipart_upload[0].days_after_initiation == 7, false)])
    ])
    error_message = "uploads that were broken off go after a week"
  }

  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.videos[0].rule) == 1
    error_message = "no video is deleted"
  }

  assert {
    condition = alltrue([
      for bucket, inventory in aws_s3_bucket_inventory.videos :
      bucket == "reelsift-videos-123456789012-eu-west-1"
      && inventory.included_object_versions == "Current"
      && one(inventory.schedule).frequency == "Weekly"
      && inventory.optional_fields == toset(["ETag", "EncryptionStatus", "IntelligentTieringAccessTier", "LastModifiedDate", "Size", "StorageClass"])
      && one(one(inventory.destination).bucket).format == "Parquet"
      && one(one(inventory.destination).bucket).prefix == "inventory"
      && length(one(one(one(inventory.destination).bucket).encryption).sse_s3) == 1
    ]) && length(aws_s3_bucket_inventory.videos) == 1
    error_message = "weekly, current versions, with what a batch needs, encrypted, into the work bucket"
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.bucket["work"].statement : {
        actions    = statement.actions
        resources  = statement.resources
        principals = flatten(statement.principals[*].identifiers)
        conditions = { for condition in statement.condition : condition.variable => condition.values }
      } if statement.effect != "Deny"
      ] == [{
        actions    = toset(["s3:PutObject"])
        resources  = toset(["arn:aws:s3:::reelsift-work-123456789012-eu-west-1/inventory/*"])
        principals = ["s3.amazonaws.com"]
        conditions = {
          "aws:SourceArn"     = tolist(["arn:aws:s3:::reelsift-videos-123456789012-eu-west-1"])
          "aws:SourceAccount" = tolist(["123456789012"])
        }
    }]
    error_message = "nobody else gets into the work bucket by its policy, and S3 below inventory/ only, for these buckets"
  }

  assert {
    condition     = length(aws_s3_bucket_notification.videos) == 0 && length(aws_s3_bucket_notification.work) == 0 && length(aws_cloudwatch_event_rule.new_videos) == 0
    error_message = "nothing starts by itself unless it is asked to"
  }

  # Queues, tables and topics keep what they get and hear their sources only.
  assert {
    condition     = toset(keys(aws_sqs_queue.main)) == toset(["begun", "completion", "intake", "priority"]) && toset(keys(aws_sqs_queue.dead)) == toset(keys(aws_sqs_queue.main))
    error_message = "four queues, and a dead-letter queue behind each"
  }

  assert {
    condition = alltrue([
      for queue in concat(values(aws_sqs_queue.main), values(aws_sqs_queue.dead)) :
      queue.message_retention_seconds == 1209600 && queue.visibility_timeout_seconds == 30 && queue.sqs_managed_sse_enabled
    ])
    error_message = "14 days, 30 s, encrypted"
  }

  assert {
    condition = (
      jsondecode(aws_sqs_queue.main["intake"].redrive_policy) == {
        deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:reelsift-intake-dead"
        maxReceiveCount     = 10
      }
      && jsondecode(aws_sqs_queue.dead["intake"].redrive_allow_policy) == {
        redrivePermission = "byQueue"
        sourceQueueArns   = ["arn:aws:sqs:eu-west-1:123456789012:reelsift-intake"]
      }
    )
    error_message = "a queue gives up after 10 receives, to its own dead-letter queue, which takes from no other"
  }

  assert {
    condition = alltrue([
      for name, document in data.aws_iam_policy_document.queue : anytrue([
        for statement in document.statement :
        statement.effect == "Deny" && statement.actions == toset(["sqs:*"])
        && contains([for condition in statement.condition : "${condition.variable}=${join(",", condition.values)}"], "aws:SecureTransport=false")
      ])
    ]) && length(data.aws_iam_policy_document.queue) == 8
    error_message = "all of them refuse what does not come by TLS"
  }

  assert {
    condition = {
      for name, document in data.aws_iam_policy_document.queue : name => [
        for statement in document.statement : one(one(statement.principals).identifiers) if statement.effect != "Deny"
      ]
      } == {
      completion      = ["sns.amazonaws.com"]
      begun           = []
      begun-dead      = []
      completion-dead = []
      intake          = ["events.amazonaws.com"]
      intake-dead     = []
      priority        = []
      priority-dead   = []
    }
    error_message = "the topic sends to completion, the tick to intake, and no service to the others"
  }

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.queue : [
        for statement in document.statement :
        statement.effect == "Deny" || anytrue([for condition in statement.condition : condition.variable == "aws:SourceArn"])
      ]
    ]))
    error_message = "and each for its own source only"
  }

  assert {
    condition     = toset(keys(aws_dynamodb_table.main)) == toset(["batches", "jobs", "labels", "outcomes", "people", "reviewers", "reviews", "sealed", "secrets", "slots"])
    error_message = "the ten tables"
  }

  assert {
    condition = alltrue([
      for table in aws_dynamodb_table.main :
      table.billing_mode == "PAY_PER_REQUEST"
      && one(table.point_in_time_recovery).enabled
      && table.deletion_protection_enabled
      && alltrue([for index in table.global_secondary_index : index.projection_type == "ALL"])
    ])
    error_message = "on demand, with point-in-time recovery and deletion protection, indexes project everything"
  }

  assert {
    condition = (
      aws_sns_topic.main["alerts"].kms_master_key_id == "alias/aws/sns"
      && aws_sns_topic.main["completions"].kms_master_key_id == "alias/aws/sns"
      && aws_sns_topic.main["mail"].kms_master_key_id == "alias/aws/sns"
      && aws_sns_topic.main["batches"].kms_master_key_id == "alias/aws/sns"
      && aws_sns_topic.main["urgent"].kms_master_key_id == null
      && aws_sns_topic.main["ticket"].kms_master_key_id == null
    )
    error_message = "topics are encrypted, but for those that alarms could not publish to then"
  }

  assert {
    condition = (
      aws_sns_topic_subscription.completions.protocol == "sqs"
      && aws_sns_topic_subscription.completions.raw_message_delivery
      && aws_sns_topic_subscription.completions.topic_arn == "arn:aws:sns:eu-west-1:123456789012:reelsift-completions"
    )
    error_message = "the completion queue gets completions as they are"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.topic["completions"].statement :
      statement.effect == "Deny" && statement.actions == toset(["sns:Publish"])
      && contains(
        [for condition in statement.condition : "${condition.test} ${condition.variable}=${join(",", condition.values)}"],
        "ArnNotEquals aws:PrincipalArn=arn:aws:iam::123456789012:role/reelsift-rekognition"
      )
    ])
    error_message = "completions refuses everybody but Rekognition's role"
  }

  assert {
    condition = {
      for name, document in data.aws_iam_policy_document.topic : name => [
        for statement in document.statement : one(one(statement.principals).identifiers) if statement.effect != "Deny"
      ]
    } == { alerts = [], batches = [], completions = [], mail = [], ticket = ["cloudwatch.amazonaws.com"], urgent = ["cloudwatch.amazonaws.com"] }
    error_message = "no service but CloudWatch publishes by a topic's policy, and it to those of alarms only"
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.topic :
      anytrue([for statement in document.statement : contains(statement.condition[*].variable, "aws:SecureTransport") if statement.effect == "Deny"])
    ])
    error_message = "all refuse what does not come by TLS"
  }

  assert {
    condition = (
      one(data.aws_iam_policy_document.rekognition.statement).actions == toset(["sns:Publish"])
      && one(data.aws_iam_policy_document.rekognition.statement).resources == toset(["arn:aws:sns:eu-west-1:123456789012:reelsift-completions"])
      && contains(
        [for condition in one(data.aws_iam_policy_document.rekognition_trust.statement).condition : "${condition.test} ${condition.variable}=${join(",", condition.values)}"],
        "StringEquals aws:SourceAccount=123456789012"
      )
    )
    error_message = "Rekognition's role serves this account, and publishes to this topic"
  }

  # Tasks are locked in and replaced without a gap.
  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].readonlyRootFilesystem
      && jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].user == "10001:10001"
      && jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].linuxParameters == {
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"] }
      }
      && jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].mountPoints[*].containerPath == ["/tmp"]
    )
    error_message = "read-only root but /tmp, not root, an init process, no capabilities"
  }

  assert {
    condition = (
      jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].image == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/reelsift:test"
      && jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].command == ["worker"]
      && jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].stopTimeout == 120
      && jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].healthCheck.command == ["CMD", "reelsift", "worker", "--check"]
    )
    error_message = "the image of the own repository, its worker, 120 s to stop, asked whether it is alive"
  }

  assert {
    condition = { for entry in jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].environment : entry.name => entry.value } == merge(
      output.environment, {
        REELSIFT_LIVENESS_FILE      = "/tmp/reelsift-worker.alive"
        REELSIFT_LOG_FORMAT         = "json"
        REELSIFT_METRICS_INTERVAL_S = "60"
        REELSIFT_METRICS_NAMESPACE  = "Reelsift"
        REELSIFT_STOP_TIMEOUT_S     = "120"
      }
    )
    error_message = "the environment is that of the command line, and what belongs to the container"
  }

  assert {
    condition = (
      tolist(jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].environment[*].name)
      == sort(jsondecode(aws_ecs_task_definition.worker.container_definitions)[0].environment[*].name)
    )
    error_message = "in the order in which ECS gives it back, or every plan would show a change"
  }

  assert {
    condition = (
      one(aws_ecs_task_definition.worker.runtime_platform).cpu_architecture == "X86_64"
      && aws_ecs_task_definition.worker.cpu == "512"
      && aws_ecs_task_definition.worker.memory == "1024"
      && aws_ecs_task_definition.worker.network_mode == "awsvpc"
    )
    error_message = "half a processor and a gigabyte of memory"
  }

  assert {
    condition = (
      aws_ecr_repository.worker.image_tag_mutability == "IMMUTABLE"
      && one(aws_ecr_repository.worker.image_scanning_configuration).scan_on_push
      && !aws_ecr_repository.worker.force_delete
      && length(jsondecode(aws_ecr_lifecycle_policy.worker.policy).rules) == 2
      && aws_cloudwatch_log_group.worker.retention_in_days == 30
    )
    error_message = "a tag names one image for good, images are scanned, old images and logs go"
  }

  assert {
    condition = (
      one(aws_ecs_service.worker.deployment_circuit_breaker).enable
      && one(aws_ecs_service.worker.deployment_circuit_breaker).rollback
      && aws_ecs_service.worker.deployment_minimum_healthy_percent == 100
      && aws_ecs_service.worker.deployment_maximum_percent == 200
      && aws_ecs_service.worker.desired_count == 1
      && !aws_ecs_service.worker.enable_execute_command
    )
    error_message = "new tasks first, a failing deployment goes back, nobody gets a shell in a task"
  }

  assert {
    condition     = { for strategy in aws_ecs_service.worker.capacity_provider_strategy : strategy.capacity_provider => strategy.weight } == { FARGATE = 100 }
    error_message = "no Spot unless asked for"
  }

  # The network lets nothing in and costs nothing while idle.
  assert {
    condition = (
      aws_vpc.main[0].cidr_block == "10.64.0.0/24"
      && aws_subnet.tasks[*].cidr_block == ["10.64.0.0/26", "10.64.0.64/26"]
      && aws_subnet.tasks[*].availability_zone == ["eu-west-1a", "eu-west-1b"]
      && one(aws_ecs_service.worker.network_configuration).assign_public_ip
    )
    error_message = "two small subnets in two zones, tasks with public addresses"
  }

  assert {
    condition = (
      aws_vpc_security_group_egress_rule.internet[0].from_port == 443
      && aws_vpc_security_group_egress_rule.internet[0].to_port == 443
      && length(aws_vpc_security_group_ingress_rule.endpoints) == 0
      && length(aws_security_group.tasks) == 1
      && length(aws_security_group.endpoints) == 0
      && one(aws_ecs_service.worker.network_configuration).security_groups == toset([aws_security_group.tasks[0].id])
    )
    error_message = "HTTPS out, nothing in"
  }

  assert {
    condition     = keys(aws_vpc_endpoint.gateway) == ["dynamodb", "s3"] && length(aws_vpc_endpoint.interface) == 0
    error_message = "endpoints that are free, and none that is paid by the hour"
  }

  # A worker may do its work on this deployment and nothing else.
  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.task, data.aws_iam_policy_document.execution, data.aws_iam_policy_document.operator, data.aws_iam_policy_document.reader, data.aws_iam_policy_document.reviewer, data.aws_iam_policy_document.records, data.aws_iam_policy_document.specialist] :
      alltrue(flatten([for statement in document.statement : [for action in statement.actions : !strcontains(action, "*")]]))
    ])
    error_message = "every action is named"
  }

  assert {
    condition = toset(flatten([
      for document in [data.aws_iam_policy_document.task, data.aws_iam_policy_document.execution, data.aws_iam_policy_document.operator, data.aws_iam_policy_document.reader, data.aws_iam_policy_document.reviewer, data.aws_iam_policy_document.records, data.aws_iam_policy_document.specialist] :
      [for statement in document.statement : statement.sid if contains(statement.resources, "*")]
    ])) == toset(["Analyses", "Metrics", "Quota", "Registry"])
    error_message = "every resource is named, but where the actions know none"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.task.statement :
      statement.actions == toset(["iam:PassRole"])
      && statement.resources == toset(["arn:aws:iam::123456789012:role/reelsift-rekognition"])
      && contains([for condition in statement.condition : "${condition.variable}=${join(",", condition.values)}"], "iam:PassedToService=rekognition.amazonaws.com")
    ])
    error_message = "the worker passes one role, to Rekognition"
  }

  # Outputs name everything that the command line needs.
  assert {
    condition = output.environment == {
      REELSIFT_ALERTS_TOPIC_ARN         = output.topic_arns["alerts"]
      REELSIFT_ANALYSES                 = "content_moderation"
      REELSIFT_COMPLETIONS_TOPIC_ARN    = output.topic_arns["completions"]
      REELSIFT_DATA_BUCKET_KMS_KEY_ARNS = "arn:aws:kms:eu-west-1:123456789012:key/s3"
      REELSIFT_DATA_BUCKETS             = "reelsift-videos-123456789012-eu-west-1"
      REELSIFT_DEPLOYMENT               = "reelsift"
      REELSIFT_EVENT_BUS                = "reelsift"
      REELSIFT_MAIL_TOPIC_ARN           = output.topic_arns["mail"]
      REELSIFT_MAIL_WINDOW_S            = "60"
      REELSIFT_BATCHES_TOPIC_ARN        = output.topic_arns["batches"]
      REELSIFT_TICKET_TOPIC_ARN         = output.topic_arns["ticket"]
      REELSIFT_URGENT_TOPIC_ARN         = output.topic_arns["urgent"]
      REELSIFT_MIN_CONFIDENCE           = "50"
      REELSIFT_QUOTA                    = "auto"
      REELSIFT_REKOGNITION_ROLE_ARN     = "arn:aws:iam::123456789012:role/reelsift-rekognition"
      REELSIFT_SEAL_COPIES              = "false"
      REELSIFT_SEALED_BUCKET            = "reelsift-sealed-123456789012-eu-west-1"
      REELSIFT_TAG_OBJECTS              = "false"
      REELSIFT_TEXT_INDEX               = "true"
      REELSIFT_UNDO_S                   = "10"
      REELSIFT_WORK_BUCKET              = "reelsift-work-123456789012-eu-west-1"
    }
    error_message = "the settings of this deployment"
  }

  assert {
    condition     = output.dotenv == join("\n", [for name in sort(keys(output.environment)) : "${name}='${output.environment[name]}'"])
    error_message = "the same as lines"
  }

  assert {
    condition = (
      output.work_bucket == "reelsift-work-123456789012-eu-west-1"
      && output.data_buckets == tolist(["reelsift-videos-123456789012-eu-west-1"])
      && output.table_names == { for name in ["batches", "jobs", "labels", "outcomes", "people", "reviewers", "reviews", "sealed", "secrets", "slots"] : name => "reelsift-${name}" }
      && keys(output.queue_urls) == ["begun", "begun-dead", "completion", "completion-dead", "intake", "intake-dead", "priority", "priority-dead"]
      && output.repository_url == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/reelsift"
      && output.image == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/reelsift:test"
      && output.cluster_name == "reelsift" && output.service_name == "reelsift"
      && output.log_group == "/reelsift/reelsift"
      && output.region == "eu-west-1"
    )
    error_message = "every resource by its name"
  }

  # Without an archive there is no bucket, and nothing that may be kept is deleted.
  assert {
    condition = (
      length(aws_s3_bucket.decisions) == 0
      && !contains(keys(local.worker_environment), "REELSIFT_DECISION_ARCHIVE")
      && !contains(aws_s3_bucket_lifecycle_configuration.work.rule[*].id, "videos")
    )
    error_message = "an archive and short memories are opt-ins"
  }

  # A tick goes to the intake queue every five hours.
  assert {
    condition     = aws_cloudwatch_event_rule.tick.schedule_expression == "rate(300 minutes)"
    error_message = "a tick every five hours by default"
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.tick.rule == aws_cloudwatch_event_rule.tick.name
      && aws_cloudwatch_event_target.tick.arn == aws_sqs_queue.main["intake"].arn
      && jsondecode(aws_cloudwatch_event_target.tick.input) == { reelsift = "tick" }
    )
    error_message = "the intake queue gets the message that workers know as a tick"
  }

  assert {
    condition     = local.intake_event_rule_arns == ["arn:aws:events:eu-west-1:123456789012:rule/${aws_cloudwatch_event_rule.tick.name}"]
    error_message = "the ARN that the queue's policy is given is the rule's, as EventBridge forms it"
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.queue["intake"].statement :
      statement.actions == toset(["sqs:SendMessage"])
      && anytrue([for principal in statement.principals : principal.identifiers == toset(["events.amazonaws.com"])])
      && anytrue([
        for condition in statement.condition :
        condition.variable == "aws:SourceArn" && contains(condition.values, one(local.intake_event_rule_arns))
      ])
    ])
    error_message = "the intake queue takes messages from this rule"
  }
}
