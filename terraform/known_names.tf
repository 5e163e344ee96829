# What conditions of variables hold names against. Tests of refusals have this and the variables, and no resource.

locals {
  # The operations of Rekognition that this deployment may use, by the names of its analyses.
  analyses = jsondecode(file("${path.module}/analyses.json"))

  # Names that var.settings may not hold: those of environment.tf, and two that would contradict them.
  reserved_settings = concat([for analysis in keys(local.analyses) : "price_${analysis}"], [
    "alerts_topic_arn", "analyses", "batches_topic_arn", "completions_topic_arn", "console_leads",
    "console_oidc_client", "console_oidc_issuer", "console_oidc_provider", "console_oidc_roles_claim", "console_oidc_signer",
    "console_reviewers", "console_sign_out_url", "console_specialists", "console_url", "daily_budget", "data_bucket_kms_key_arns", "data_buckets", "decision_archive", "deployment", "event_bus", "liveness_file",
    "log_format", "mail_topic_arn", "mail_window_s", "metrics_interval_s", "metrics_namespace", "min_confidence",
    "policy", "policy_document", "quota", "reason_catalogue", "reason_catalogue_document", "region", "rekognition_role_arn",
    "required_analyses", "seal_copies", "sealed_bucket", "stop_timeout_s", "tag_objects", "text_index", "ticket_topic_arn", "undo_s", "urgent_topic_arn", "work_bucket",
  ])
}
