# Written by `make docs` from the variables and outputs of the module, the folder above: change them there.

module "reelsift" {
  source = "../"

  deployment               = var.deployment
  create_data_bucket       = var.create_data_bucket
  existing_data_buckets    = var.existing_data_buckets
  foreign_data_buckets     = var.foreign_data_buckets
  data_bucket_kms_key_arns = var.data_bucket_kms_key_arns
  raw_answer_days          = var.raw_answer_days
  dataset_days             = var.dataset_days
  alert_days               = var.alert_days
  report_days              = var.report_days
  decision_archive_days    = var.decision_archive_days
  decision_archive_mode    = var.decision_archive_mode
  inventory_frequency      = var.inventory_frequency
  analyse_new_videos       = var.analyse_new_videos
  take_over_notifications  = var.take_over_notifications
  eventbridge_buckets      = var.eventbridge_buckets
  analyse_inventories      = var.analyse_inventories
  analyses                 = var.analyses
  required_analyses        = var.required_analyses
  min_confidence           = var.min_confidence
  text_index               = var.text_index
  tag_objects              = var.tag_objects
  rejected_readers         = var.rejected_readers
  policy_file              = var.policy_file
  reason_catalogue_file    = var.reason_catalogue_file
  undo_s                   = var.undo_s
  quota                    = var.quota
  prices                   = var.prices
  daily_budget             = var.daily_budget
  settings                 = var.settings
  alert_emails             = var.alert_emails
  mail_window_s            = var.mail_window_s
  urgent_emails            = var.urgent_emails
  ticket_emails            = var.ticket_emails
  batches_emails           = var.batches_emails
  existing_topic_arns      = var.existing_topic_arns
  permissions_boundary_arn = var.permissions_boundary_arn
  customer_managed_key     = var.customer_managed_key
  deletion_protection      = var.deletion_protection
  destroyable              = var.destroyable
  image_tag                = var.image_tag
  image                    = var.image
  cpu_architecture         = var.cpu_architecture
  task_cpu                 = var.task_cpu
  task_memory              = var.task_memory
  spot_percent             = var.spot_percent
  container_insights       = var.container_insights
  log_retention_days       = var.log_retention_days
  network_mode             = var.network_mode
  vpc_cidr                 = var.vpc_cidr
  subnet_ids               = var.subnet_ids
  security_group_ids       = var.security_group_ids
  assign_public_ip         = var.assign_public_ip
  console                  = var.console
  console_cidrs            = var.console_cidrs
  console_client_secret    = var.console_client_secret
  event_archive_days       = var.event_archive_days
  event_queue              = var.event_queue
  webhook                  = var.webhook
  webhook_authorisation    = var.webhook_authorisation
  min_tasks                = var.min_tasks
  initial_tasks            = var.initial_tasks
  max_tasks                = var.max_tasks
  backlog_per_task         = var.backlog_per_task
  idle_minutes             = var.idle_minutes
  tick_minutes             = var.tick_minutes
  failure_percent_alarm    = var.failure_percent_alarm
  intake_age_hours_alarm   = var.intake_age_hours_alarm
  spend_per_day_alarm      = var.spend_per_day_alarm
  specialist_principals    = var.specialist_principals
  specialist_mfa           = var.specialist_mfa
  evidence_buckets         = var.evidence_buckets
  seal_copies              = var.seal_copies
}

variable "deployment" {
  type        = string
  default     = "reelsift"
  nullable    = false
  description = "Name of this deployment, and first part of the name of everything in it. Two deployments of one account have different names. Changing it makes a new deployment and deletes the old one."
}

variable "create_data_bucket" {
  type        = bool
  default     = true
  nullable    = false
  description = "Whether to create a bucket for videos, <deployment>-videos-<account>-<region>. Turning it off later deletes that bucket, which AWS refuses while videos lie in it."
}

variable "existing_data_buckets" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of buckets that exist, whose videos reelsift may read. They must lie in the deployment's region and account (those of other accounts: foreign_data_buckets). Nothing in them is changed, but an inventory configuration named after the deployment is added unless inventory_frequency is None."
}

variable "foreign_data_buckets" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of buckets of other accounts whose videos reelsift may read, in the deployment's region. Their owners have to add the policy that the output foreign_bucket_policies prints, and those of their KMS keys to allow the roles. Nothing of theirs is changed: there are no inventories and no notifications of such a bucket."
}

variable "data_bucket_kms_key_arns" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "ARNs of the KMS keys with which videos of existing data buckets are encrypted: the roles of the worker and of Rekognition may use them, by way of S3. Keys that AWS manages, and the deployment's own, need not be named. The policy of a key of another account must allow the roles, too. A video under any other key is refused (key_not_allowed)."
}

variable "raw_answer_days" {
  type        = number
  default     = 730
  description = "Days that Rekognition's raw answers and the results made of them are kept in the work bucket. Judging videos anew by another policy needs the raw answers; without them it is a second bill. null keeps them for ever."
}

variable "dataset_days" {
  type        = number
  default     = null
  description = "Days that the datasets of videos, which programs read, are kept in the work bucket. An older video is still shown by its results while raw_answer_days keeps these. null keeps them for ever."
}

variable "alert_days" {
  type        = number
  default     = null
  description = "Days that alerts are kept in the work bucket after they were sent; one that could not be sent for so long never is. null keeps them for ever."
}

variable "report_days" {
  type        = number
  default     = null
  description = "Days that reports are kept in the work bucket: pages, rows, and the Parquet of lines and segments that queries over many batches read. What became of a line still stands in the tables. null keeps them for ever."
}

variable "decision_archive_days" {
  type        = number
  default     = null
  description = "Days that decisions stay locked in a bucket of their own, <deployment>-decisions-<account>-<region>, to which a worker exports them every night: ids, codes and pseudonyms, no notes. The bucket is left when the deployment is destroyed, and records are never deleted by reelsift. It can be turned on at any time, and then brings all earlier decisions too. null: no such bucket."
}

variable "decision_archive_mode" {
  type        = string
  default     = "GOVERNANCE"
  nullable    = false
  description = "How the archive of decisions is locked: with GOVERNANCE whoever may bypass it (s3:BypassGovernanceRetention) can delete a record before its time, with COMPLIANCE nobody can, the account's root included."
}

variable "inventory_frequency" {
  type        = string
  default     = "Weekly"
  nullable    = false
  description = "How often S3 lists each data bucket into the work bucket: Daily, Weekly or None. S3 asks 0.0025 USD per million objects listed."
}

variable "analyse_new_videos" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether each new object of a data bucket whose name ends like a video's (.mp4, .mov, .m4v) is analysed by itself. Each costs money. Each existing bucket must then stand in take_over_notifications or eventbridge_buckets, which say how its events arrive."
}

variable "take_over_notifications" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of existing data buckets whose notifications reelsift may own. S3 keeps ONE notification configuration a bucket: whatever stands there now (queues, topics, functions, EventBridge) is REPLACED by reelsift's when analyse_new_videos is on, and nothing is put back when it is turned off. Use eventbridge_buckets for a bucket whose notifications somebody else needs."
}

variable "eventbridge_buckets" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of existing data buckets that already send their events to EventBridge (the bucket's Properties, Event notifications, Amazon EventBridge: On). A rule then brings new videos to reelsift; the bucket itself is left as it is."
}

variable "analyse_inventories" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether each delivered inventory becomes a batch by itself: every video of the data buckets that was not analysed yet is then analysed. Think of the cost of the first one."
}

variable "analyses" {
  type        = list(string)
  default     = ["content_moderation"]
  nullable    = false
  description = "What a video is analysed for unless its line says otherwise; analyses.json names all there are. Each is paid by the minute."
}

variable "required_analyses" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Of the analyses a line asks for, those without which it has failed; without the others it has succeeded in part. None: all it asks for."
}

variable "min_confidence" {
  type        = number
  default     = 50
  nullable    = false
  description = "Labels below this confidence (0 to 100) are not asked of Rekognition at all, in content moderation and label detection. Changing it makes every video one that was not analysed with these settings yet."
}

variable "text_index" {
  type        = bool
  default     = true
  nullable    = false
  description = "Whether videos are found by the words that are to be read in them: up to 200 words a video are written to a table. Such words may be personal data."
}

variable "tag_objects" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether objects in the data buckets are tagged with the status of their video (`reelsift-status`). Grants the workers to read and write their tags."
}

variable "rejected_readers" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "ARNs of roles or users that may still read objects tagged `rejected` where the bucket policy in the output `deny_rejected` is put in place: those of the console and of reviewers. `*` stands for any characters."
}

variable "policy_file" {
  type        = string
  default     = null
  description = "Path of the YAML policy that makes verdicts and alerts of detections, as seen from the folder in which Terraform runs. null: the built-in policy. It makes the first version of the deployment's policy; once there is one, `reelsift policy apply` changes it, and this has no effect. The words of files that it names become part of what the workers get; about 48 KiB are the most. `reelsift inspect --policy` tries one out."
}

variable "reason_catalogue_file" {
  type        = string
  default     = null
  description = "Path of the YAML catalogue of reasons that people give for decisions, as seen from the folder in which Terraform runs. null: the built-in reasons. `reelsift decide --reasons` prints what holds."
}

variable "undo_s" {
  type        = number
  default     = 10
  nullable    = false
  description = "Seconds in which a decision can be taken back before anybody is told of it."
}

variable "quota" {
  type        = number
  default     = null
  description = "Rekognition jobs that this deployment may have open at once. null asks Service Quotas and follows it; a number leaves the remainder of the account's quota to others."
}

variable "prices" {
  type        = map(number)
  default     = {}
  nullable    = false
  description = "USD a minute of each analysis in your region, such as { content_moderation = 0.12 }: estimates, spend and its alarm are reckoned with them. Where none is given, the price of docs/configuration.md holds."
}

variable "daily_budget" {
  type        = number
  default     = null
  description = "USD that analyses may cost in a day (UTC), by prices, whatever asked for them: what would pass it waits for the next day, and nothing is lost. null: no such limit."
}

variable "settings" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Further settings of the worker, options of the analyses among them, from docs/configuration.md: in lower case and without REELSIFT_, such as { recheck_running_s = \"1800\" }."
}

variable "alert_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses of people who get alerts: the first at once, then a digest every mail_window_s at most. AWS sends each address a mail with a link; alerts come once it was followed."
}

variable "mail_window_s" {
  type        = number
  default     = 60
  nullable    = false
  description = "Seconds in which alert_emails get one mail at most. SNS switches off an address that gets too much."
}

variable "urgent_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses that get the alarms which somebody should act on at once, each once it has followed the link that AWS mails to it."
}

variable "ticket_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses that get the alarms which can wait for the next working day, each once it has followed the link that AWS mails to it."
}

variable "batches_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses that get the ends of batches, which are no alarms, each once it has followed the link that AWS mails to it."
}

variable "existing_topic_arns" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "ARNs of SNS topics that exist and are used in place of new ones, by alerts, mail, urgent, ticket or batches, such as { urgent = \"arn:aws:sns:eu-west-1:123456789012:oncall\" }; one may be named for several. Their policies are left as they are: those of urgent and ticket must let CloudWatch publish for the alarms. The policy of a KMS key that such a topic is encrypted with must let the task role use it."
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "ARN of a policy that bounds the three roles of the deployment, where an account demands one of every role. It must allow what their own policies allow. null: none."
}

variable "customer_managed_key" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether everything is encrypted with a KMS key of this deployment's own (1 USD a month, and requests) in place of the keys of AWS. Decide before the first deployment: objects keep the key they were written with, and the image repository is made anew."
}

variable "deletion_protection" {
  type        = bool
  default     = true
  nullable    = false
  description = "Whether DynamoDB refuses to delete the tables. destroyable overrides it."
}

variable "destroyable" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether destroy may delete data: the buckets that reelsift created with all objects in them, the image repository with its images, and the tables. `make destroy` sets it after asking."
}

variable "image_tag" {
  type        = string
  default     = ""
  nullable    = false
  description = "Tag of the image in the deployment's own repository. `make deploy` pushes it and passes it on."
}

variable "image" {
  type        = string
  default     = null
  description = "Whole reference of an image, by digest or by a tag that never moves, in place of one from the deployment's own repository. Another ECR repository of the account may be pulled from too."
}

variable "cpu_architecture" {
  type        = string
  default     = "X86_64"
  nullable    = false
  description = "Processor of the tasks, X86_64 or ARM64 (a fifth cheaper). The image must be made for it."
}

variable "task_cpu" {
  type        = number
  default     = 512
  nullable    = false
  description = "Processor of a task in units of 1/1024 vCPU. The default is enough for hundreds of analyses at a time: Rekognition does the work."
}

variable "task_memory" {
  type        = number
  default     = 1024
  nullable    = false
  description = "Memory of a task in MiB."
}

variable "spot_percent" {
  type        = number
  default     = 0
  nullable    = false
  description = "Share of the tasks that run on Fargate Spot, which is up to 70 % cheaper and may be taken away at two minutes' notice. Nothing is lost then: any task finishes what another began. Fargate has no Spot capacity for some architectures and regions."
}

variable "container_insights" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether CloudWatch Container Insights collects metrics of each task, paid by the metric. Alarms, scaling and dashboard do not need it."
}

variable "log_retention_days" {
  type        = number
  default     = 30
  nullable    = false
  description = "Days that the worker's logs are kept."
}

variable "network_mode" {
  type        = string
  default     = "public"
  nullable    = false
  description = "public: a small VPC of its own, tasks with public addresses that nothing can connect to, nothing to pay while idle. private: no way to the internet at all; 8 interface endpoints (7 where quota is a number) in two zones cost about 117 USD (102 USD) a month, at 0.01 USD an hour each, besides 0.01 USD a GB. existing: subnet_ids and security_group_ids."
}

variable "vpc_cidr" {
  type        = string
  default     = "10.64.0.0/24"
  nullable    = false
  description = "Addresses of the VPC in the modes public and private; only of interest where it will be connected to others."
}

variable "subnet_ids" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Subnets of the tasks in the mode existing, best in two zones. They need a way to SQS, SNS, DynamoDB, S3, Rekognition, CloudWatch, Service Quotas and ECR."
}

variable "security_group_ids" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Security groups of the tasks in the mode existing. They need to let HTTPS out and nothing in."
}

variable "assign_public_ip" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether tasks get public addresses in the mode existing: needed in subnets whose way out is an internet gateway."
}

variable "console" {
  description = <<-EOT
    The review console, for many people: a second service of the same image behind a load balancer (docs/running-the-console.md).
    Its `url`, whose name has to lead to the output console_balancer; `certificate_arn` of ACM for that name; and how people log
    in, which is one of two. `cognito`: `user_pool_arn`, `client_id`, `domain`. `oidc`: `issuer`, `authorization_endpoint`,
    `token_endpoint`, `user_info_endpoint`, `client_id`, `scope` ("openid profile"), `roles_claim` ("groups"),
    `sign_out_url` (its end_session_endpoint, with what that has to be told behind ?), and console_client_secret. Who has which role: groups `reviewers` ("reelsift-reviewer"), `leads`, `specialists`. Also: `sealed`,
    whether specialists see sealed videos in it (false); `anywhere`, whether console_cidrs may be the whole internet (false);
    `internal`, whether the balancer has private addresses (false); `subnet_ids` of the balancer where network_mode is existing;
    `access_log_bucket` for the balancer's access logs; `session_hours` until people log in anew (8); `tasks` (2), `cpu` (512),
    `memory` (1024). It needs console_cidrs. null: none.
  EOT
  type = object({
    url             = string
    certificate_arn = string
    cognito = optional(object({
      user_pool_arn = string
      client_id     = string
      domain        = string
    }))
    oidc = optional(object({
      issuer                 = string
      authorization_endpoint = string
      token_endpoint         = string
      user_info_endpoint     = string
      client_id              = string
      scope                  = optional(string, "openid profile")
      roles_claim            = optional(string, "groups")
      sign_out_url           = optional(string)
    }))
    reviewers         = optional(string, "reelsift-reviewer")
    leads             = optional(string, "reelsift-lead")
    specialists       = optional(string, "reelsift-specialist")
    sealed            = optional(bool, false)
    anywhere          = optional(bool, false)
    internal          = optional(bool, false)
    subnet_ids        = optional(list(string), [])
    access_log_bucket = optional(string)
    session_hours     = optional(number, 8)
    tasks             = optional(number, 2)
    cpu               = optional(number, 512)
    memory            = optional(number, 1024)
  })
  default = null
}

variable "console_cidrs" {
  description = "Networks from which the console may be reached, such as [\"203.0.113.0/24\"]: your offices', or your VPN's. Required with console. Everything else is kept out before anybody can try to log in."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "console_client_secret" {
  description = "Secret of the client that the load balancer is at the provider of console.oidc. Set it as TF_VAR_console_client_secret rather than in a file. It is stored in Terraform's state."
  type        = string
  default     = null
  sensitive   = true
}

variable "event_archive_days" {
  description = <<-EOT
    Days for which EventBridge keeps every event for replay. It holds what events say of videos: `reelsift forget` does
    not reach it, and it expires after this. 0: no archive.
  EOT
  type        = number
  default     = 30
  nullable    = false
}

variable "event_queue" {
  description = <<-EOT
    Whether every event also goes to an SQS queue, <deployment>-events, for programs that pull. Somebody has to read it:
    it keeps a message for 14 days.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "webhook" {
  description = <<-EOT
    A web address that gets every event as an HTTPS POST, and has 5 s to answer: its `url`, and the most requests a second
    (`rate`, 10). It needs webhook_authorisation. What it does not take is tried again for a day, and then kept in the queue
    <deployment>-webhook-dead. null: none.
  EOT
  type = object({
    url  = string
    rate = optional(number, 10)
  })
  default = null
}

variable "webhook_authorisation" {
  description = <<-EOT
    How events authorise themselves at the webhook: a `header` with its `value` (an API key), or a `user` with a `password`.
    Set it as TF_VAR_webhook_authorisation rather than in a file. It is stored in Terraform's state.
  EOT
  type = object({
    header   = optional(string)
    value    = optional(string)
    user     = optional(string)
    password = optional(string)
  })
  default   = null
  sensitive = true
}

variable "min_tasks" {
  description = <<-EOT
    Workers that run always, also while there is nothing to do. 0 lets the fleet sleep: it wakes within a few minutes of
    a message, and costs hardly anything until then.
  EOT
  type        = number
  default     = 0
  nullable    = false
}

variable "initial_tasks" {
  description = <<-EOT
    Workers that the service begins with when it is made. Queues that are new may show no metrics for 15 minutes, so
    nothing would wake a fleet that begins asleep. And only a task that starts shows that the image runs at all. They go
    to sleep after idle_minutes. It has no effect later.
  EOT
  type        = number
  default     = 1
  nullable    = false
}

variable "max_tasks" {
  description = <<-EOT
    Workers that run at most. More of them do not analyse more videos at a time: Rekognition's quota decides that, and
    all workers share it. They admit lines, read answers and store results faster.
  EOT
  type        = number
  default     = 4
  nullable    = false
}

variable "backlog_per_task" {
  description = <<-EOT
    How much backlog one worker may have before another is started: messages in the four queues, open analyses and
    chunks of manifests that are not yet sent.
  EOT
  type        = number
  default     = 5000
  nullable    = false
}

variable "idle_minutes" {
  description = <<-EOT
    Minutes without any backlog after which the fleet goes back to min_tasks. Shorter than tick_minutes: a fleet that is
    woken before it falls asleep never sleeps.
  EOT
  type        = number
  default     = 10
  nullable    = false
}

variable "tick_minutes" {
  description = <<-EOT
    Minutes between the ticks that wake a worker when none runs, so that it finds work that has no message: open
    analyses, and inventories whose lines are not yet sent. Each tick of a sleeping fleet costs a worker for about
    idle_minutes. At most 300: SQS stops reporting a queue that nobody has touched for 6 hours, and needs up to a quarter
    of an hour to begin again, by which everything else here would be late.
  EOT
  type        = number
  default     = 300
  nullable    = false
}

variable "failure_percent_alarm" {
  description = "Percentage of lines ended in an hour that may fail before the alarm failure-rate goes off; it needs 20 lines."
  type        = number
  default     = 50
  nullable    = false
}

variable "intake_age_hours_alarm" {
  description = <<-EOT
    Hours that the oldest line may wait on the intake queue before the alarm old-messages-intake goes off. A large batch
    waits for days because of Rekognition's quota, and that is no fault; but the queue forgets a message after 14 days.
  EOT
  type        = number
  default     = 96
  nullable    = false
}

variable "spend_per_day_alarm" {
  description = <<-EOT
    Money in USD that a day of analyses may cost, by prices, before the alarm spend-per-day goes off.
    It only notifies; daily_budget stops. null: no such alarm.
  EOT
  type        = number
  default     = null
}

variable "specialist_principals" {
  description = <<-EOT
    ARNs of the roles or users that may assume the role <deployment>-specialist, which alone sees sealed videos and
    decides about them. Empty: nobody may; videos are sealed all the same, and stay so.
  EOT
  type        = list(string)
  default     = []
  nullable    = false
}

variable "specialist_mfa" {
  description = <<-EOT
    Whether specialists must have signed in with a second factor (aws:MultiFactorAuthPresent). Users and their sessions
    carry it; sessions of IAM Identity Center and of other identity providers do not, and are shut out by it: ask for it
    there.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

variable "evidence_buckets" {
  description = "Names of buckets to which specialists may write evidence (`reelsift review export --evidence VIDEO --to s3://…`)."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "seal_copies" {
  description = <<-EOT
    Whether the object of a sealed video is copied to the bucket of sealed videos where its own bucket has no Object Lock.
    With Object Lock it gets a legal hold instead. Without either it is lost when somebody deletes it.
  EOT
  type        = bool
  default     = false
  nullable    = false
}

output "deployment" {
  description = "Name of the deployment."
  value       = module.reelsift.deployment
}

output "region" {
  description = "Region of the deployment."
  value       = module.reelsift.region
}

output "environment" {
  description = "Settings by which a worker or a command line finds this deployment."
  value       = module.reelsift.environment
}

output "dotenv" {
  description = "The same as lines of a .env file, which a shell and Python read alike."
  value       = module.reelsift.dotenv
}

output "work_bucket" {
  description = "Bucket of raw answers, results, manifests and inventories."
  value       = module.reelsift.work_bucket
}

output "data_buckets" {
  description = "Buckets whose videos may be read."
  value       = module.reelsift.data_buckets
}

output "foreign_bucket_policies" {
  description = "By bucket of foreign_data_buckets, the policy that its owner has to add to the bucket's own."
  value       = module.reelsift.foreign_bucket_policies
}

output "deny_rejected" {
  description = "By data bucket, statements that its owner may add to the bucket's policy, as JSON: nobody but the workers and rejected_readers reads an object tagged `rejected`. docs/tags.md says what they cannot promise."
  value       = module.reelsift.deny_rejected
}

output "created_buckets" {
  description = "Buckets that belong to this deployment, and go with it."
  value       = module.reelsift.created_buckets
}

output "decision_archive" {
  description = "Bucket that decisions are exported to and locked in, which stays when the deployment goes; null without decision_archive_days."
  value       = module.reelsift.decision_archive
}

output "sealed_bucket" {
  description = "Bucket of what is known of sealed videos, which only workers and specialists may read."
  value       = module.reelsift.sealed_bucket
}

output "specialist_role_arn" {
  description = "Role that specialists assume, to see sealed videos and to decide about them: its name is <deployment>-specialist."
  value       = module.reelsift.specialist_role_arn
}

output "queue_urls" {
  description = "URLs of the queues; send lines to intake, urgent ones to priority."
  value       = module.reelsift.queue_urls
}

output "topic_arns" {
  description = "ARNs of the topics: subscribe programs to alerts, people to mail, urgent, ticket and batches."
  value       = module.reelsift.topic_arns
}

output "event_bus_arn" {
  description = "ARN of the bus on which every change of a video's status is told: add rules to it."
  value       = module.reelsift.event_bus_arn
}

output "event_archive_arn" {
  description = "ARN of the archive of the bus, for replays; null without one."
  value       = module.reelsift.event_archive_arn
}

output "event_queue_url" {
  description = "URL of the queue that gets every event; null without one."
  value       = module.reelsift.event_queue_url
}

output "table_names" {
  description = "Names of the tables."
  value       = module.reelsift.table_names
}

output "repository_url" {
  description = "Where the image of the worker is pushed to."
  value       = module.reelsift.repository_url
}

output "image" {
  description = "Image that the tasks run."
  value       = module.reelsift.image
}

output "cluster_name" {
  description = "Name of the ECS cluster."
  value       = module.reelsift.cluster_name
}

output "service_name" {
  description = "Name of the ECS service."
  value       = module.reelsift.service_name
}

output "task_definition_arn" {
  description = "ARN of the task definition that the service runs."
  value       = module.reelsift.task_definition_arn
}

output "log_group" {
  description = "Log group of the workers."
  value       = module.reelsift.log_group
}

output "operator_policy_arn" {
  description = "Policy to attach, beside that of readers, to whoever operates the deployment."
  value       = module.reelsift.operator_policy_arn
}

output "reader_policy_arn" {
  description = "Policy to attach to whoever looks at the deployment: status, show, search, report, doctor."
  value       = module.reelsift.reader_policy_arn
}

output "records_policy_arn" {
  description = "Policy for people who keep the records: forget, and review export, archive and restore."
  value       = module.reelsift.records_policy_arn
}

output "reviewer_policy_arn" {
  description = "Policy to attach to whoever decides about videos."
  value       = module.reelsift.reviewer_policy_arn
}

output "console_balancer" {
  description = "Name of the load balancer before the console: the name in console.url has to lead there (CNAME, or an alias of Route 53). null without a console."
  value       = module.reelsift.console_balancer
}

output "console_callback" {
  description = "Address that the provider has to allow for the client of the console, as the one that it sends people back to."
  value       = module.reelsift.console_callback
}

output "console_signed_out" {
  description = "Address that a user pool of Cognito has to allow for the client of the console as a sign-out URL."
  value       = module.reelsift.console_signed_out
}

output "console_role_arn" {
  description = "Role of the console's tasks; null without a console."
  value       = module.reelsift.console_role_arn
}

output "dashboard_url" {
  description = "The dashboard: backlog, quota, outcomes, money, latency, dead letters, workers."
  value       = module.reelsift.dashboard_url
}
