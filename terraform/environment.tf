# The worker's settings, as docs/configuration.md has them.

locals {
  # What a worker anywhere, or a command line, needs to know of this deployment.
  deployment_environment = merge(
    { for name, value in var.settings : "REELSIFT_${upper(name)}" => value },
    {
      REELSIFT_DEPLOYMENT               = var.deployment
      REELSIFT_WORK_BUCKET              = aws_s3_bucket.work.bucket
      REELSIFT_DATA_BUCKETS             = join(",", sort(values(local.data_buckets)))
      REELSIFT_DATA_BUCKET_KMS_KEY_ARNS = join(",", sort(local.video_key_arns))
      REELSIFT_COMPLETIONS_TOPIC_ARN    = local.topic_arns["completions"]
      REELSIFT_ALERTS_TOPIC_ARN         = local.topic_arns["alerts"]
      REELSIFT_MAIL_TOPIC_ARN           = local.topic_arns["mail"]
      REELSIFT_URGENT_TOPIC_ARN         = local.topic_arns["urgent"]
      REELSIFT_TICKET_TOPIC_ARN         = local.topic_arns["ticket"]
      REELSIFT_BATCHES_TOPIC_ARN        = local.topic_arns["batches"]
      REELSIFT_EVENT_BUS                = aws_cloudwatch_event_bus.main.name
      REELSIFT_REKOGNITION_ROLE_ARN     = aws_iam_role.rekognition.arn
      REELSIFT_QUOTA                    = var.quota == null ? "auto" : tostring(var.quota)
      REELSIFT_ANALYSES                 = join(",", var.analyses)
      REELSIFT_MIN_CONFIDENCE           = tostring(var.min_confidence)
      REELSIFT_TEXT_INDEX               = tostring(var.text_index)
      REELSIFT_TAG_OBJECTS              = tostring(var.tag_objects)
      REELSIFT_SEALED_BUCKET            = aws_s3_bucket.sealed.bucket
      REELSIFT_SEAL_COPIES              = tostring(var.seal_copies)
      REELSIFT_MAIL_WINDOW_S            = tostring(var.mail_window_s)
      REELSIFT_UNDO_S                   = tostring(var.undo_s)
    },
    { for analysis, price in var.prices : "REELSIFT_PRICE_${upper(analysis)}" => tostring(price) },
    local.policy_document == null ? {} : { REELSIFT_POLICY_DOCUMENT = local.policy_document },
    local.reason_catalogue_document == null ? {} : { REELSIFT_REASON_CATALOGUE_DOCUMENT = local.reason_catalogue_document },
    length(var.required_analyses) == 0 ? {} : { REELSIFT_REQUIRED_ANALYSES = join(",", var.required_analyses) },
    { for name in values(local.archive_buckets) : "REELSIFT_DECISION_ARCHIVE" => name },
    var.daily_budget == null ? {} : { REELSIFT_DAILY_BUDGET = tostring(var.daily_budget) },
  )

  # What belongs to the container and its task definition.
  container_environment = {
    REELSIFT_LOG_FORMAT     = "json"
    REELSIFT_STOP_TIMEOUT_S = tostring(local.stop_timeout_s)
    REELSIFT_LIVENESS_FILE  = "${local.writable_folder}/reelsift-worker.alive"
    # Scaling counts workers by how many of them report in a minute, and alarms read this namespace.
    REELSIFT_METRICS_INTERVAL_S = "60"
    REELSIFT_METRICS_NAMESPACE  = local.metrics_namespace
  }

  # Workers decide nothing, and a task definition has little room.
  worker_environment = merge(
    { for name, value in local.deployment_environment : name => value if name != "REELSIFT_REASON_CATALOGUE_DOCUMENT" },
    local.container_environment,
  )

  metrics_namespace = "Reelsift"
  stop_timeout_s    = 120
  writable_folder   = "/tmp"

  policy = try(yamldecode(file(var.policy_file)), null)

  # A container has no files beside its policy, so their words become part of it: one a line, without empty lines and
  # comments, as the worker reads them beside a policy (domain/policy_lists.py). Whatever is no rule with a file stays as it is, for the worker to judge.
  policy_words = try({
    for name, rule in local.policy.text : name => compact([
      for line in split("\n", trimprefix(file("${dirname(var.policy_file)}/${rule.words_file}"), "\ufeff")) :
      trimspace(replace(line, "/(^|[\\s\\pZ])#.*/", ""))
    ]) if can(rule.words_file)
  }, {})
  policy_text = try({
    for name, rule in local.policy.text : name => try(merge(
      { for key, value in rule : key => value if key != "words_file" },
      { words = concat([for word in flatten([try(rule.words, [])]) : word if word != null], local.policy_words[name]) },
    ), rule)
  }, null)

  # JSON is YAML too. Quotes, backslashes and dollar signs are written by their numbers, so that .env, which holds this
  # between single quotes, means the same to a shell and to Python.
  policy_document = var.policy_file == null ? null : replace(replace(replace(
    local.policy_text == null ? jsonencode(local.policy) : jsonencode(merge(local.policy, { text = local.policy_text })),
    "\\\\", "\\u005c"), "'", "\\u0027"), "$", "\\u0024"
  )

  reason_catalogue_document = var.reason_catalogue_file == null ? null : replace(replace(replace(
    jsonencode(try(yamldecode(file(var.reason_catalogue_file)), null)),
    "\\\\", "\\u005c"), "'", "\\u0027"), "$", "\\u0024"
  )
}
