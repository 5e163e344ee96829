output "deployment" {
  description = "Name of the deployment."
  # Known from the first resource that a deployment makes: what was begun can be taken away by its name.
  value = aws_ecr_repository.worker.name
}

output "region" {
  description = "Region of the deployment."
  value       = local.region
}

output "environment" {
  description = "Settings by which a worker or a command line finds this deployment."
  value       = local.deployment_environment
}

output "dotenv" {
  description = "The same as lines of a .env file, which a shell and Python read alike."
  value       = join("\n", [for name, value in local.deployment_environment : "${name}='${value}'"])
}

output "work_bucket" {
  description = "Bucket of raw answers, results, manifests and inventories."
  value       = aws_s3_bucket.work.bucket
}

output "data_buckets" {
  description = "Buckets whose videos may be read."
  value       = sort(values(local.data_buckets))
}

output "foreign_bucket_policies" {
  description = "By bucket of foreign_data_buckets, the policy that its owner has to add to the bucket's own."
  value       = { for name, document in data.aws_iam_policy_document.foreign_bucket : name => document.json }
}

output "deny_rejected" {
  description = "By data bucket, statements that its owner may add to the bucket's policy, as JSON: nobody but the workers and rejected_readers reads an object tagged `rejected`. docs/tags.md says what they cannot promise."
  value       = local.deny_rejected
}

output "created_buckets" {
  description = "Buckets that belong to this deployment, and go with it."
  value       = sort(concat(values(local.created_buckets), [aws_s3_bucket.sealed.bucket]))
}

output "decision_archive" {
  description = "Bucket that decisions are exported to and locked in, which stays when the deployment goes; null without decision_archive_days."
  value       = one(values(local.archive_buckets))
}

output "sealed_bucket" {
  description = "Bucket of what is known of sealed videos, which only workers and specialists may read."
  value       = aws_s3_bucket.sealed.bucket
}

output "specialist_role_arn" {
  description = "Role that specialists assume, to see sealed videos and to decide about them: its name is <deployment>-specialist."
  value       = aws_iam_role.specialist.arn
}

output "queue_urls" {
  description = "URLs of the queues; send lines to intake, urgent ones to priority."
  value = merge(
    { for name, queue in aws_sqs_queue.main : name => queue.url },
    { for name, queue in aws_sqs_queue.dead : "${name}-dead" => queue.url },
  )
}

output "topic_arns" {
  description = "ARNs of the topics: subscribe programs to alerts, people to mail, urgent, ticket and batches."
  value       = local.topic_arns
}

output "event_bus_arn" {
  description = "ARN of the bus on which every change of a video's status is told: add rules to it."
  value       = aws_cloudwatch_event_bus.main.arn
}

output "event_archive_arn" {
  description = "ARN of the archive of the bus, for replays; null without one."
  value       = one(aws_cloudwatch_event_archive.main[*].arn)
}

output "event_queue_url" {
  description = "URL of the queue that gets every event; null without one."
  value       = one(aws_sqs_queue.events[*].url)
}

output "table_names" {
  description = "Names of the tables."
  value       = { for name, table in aws_dynamodb_table.main : name => table.name }
}

output "repository_url" {
  description = "Where the image of the worker is pushed to."
  value       = aws_ecr_repository.worker.repository_url
}

output "image" {
  description = "Image that the tasks run."
  value       = local.image
}

output "cluster_name" {
  description = "Name of the ECS cluster."
  value       = aws_ecs_cluster.main.name
}

output "service_name" {
  description = "Name of the ECS service."
  value       = aws_ecs_service.worker.name
}

output "task_definition_arn" {
  description = "ARN of the task definition that the service runs."
  value       = aws_ecs_task_definition.worker.arn
}

output "log_group" {
  description = "Log group of the workers."
  value       = aws_cloudwatch_log_group.worker.name
}

output "operator_policy_arn" {
  description = "Policy to attach, beside that of readers, to whoever operates the deployment."
  value       = aws_iam_policy.operator.arn
}

output "reader_policy_arn" {
  description = "Policy to attach to whoever looks at the deployment: status, show, search, report, doctor."
  value       = aws_iam_policy.reader.arn
}

output "records_policy_arn" {
  description = "Policy for people who keep the records: forget, and review export, archive and restore."
  value       = aws_iam_policy.records.arn
}

output "reviewer_policy_arn" {
  description = "Policy to attach to whoever decides about videos."
  value       = aws_iam_policy.reviewer.arn
}
