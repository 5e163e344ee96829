# What the operator decides. Scaling, tick and alarms have theirs in variables_operations.tf.

variable "deployment" {
  type        = string
  default     = "reelsift"
  nullable    = false
  description = "Name of this deployment, and first part of the name of everything in it. Two deployments of one account have different names. Changing it makes a new deployment and deletes the old one."

  validation {
    # Bucket names end at 63 characters: <deployment>-videos-<account, 12>-<region, up to 14>.
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.deployment))
    error_message = "deployment must have 3 to 24 characters, lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }

  validation {
    condition     = !anytrue([for prefix in ["xn--", "sthree-", "amzn-s3-demo-"] : startswith(var.deployment, prefix)])
    error_message = "deployment must not begin with xn--, sthree- or amzn-s3-demo-: S3 keeps these beginnings of bucket names for itself."
  }
}

# Videos

variable "create_data_bucket" {
  type        = bool
  default     = true
  nullable    = false
  description = "Whether to create a bucket for videos, <deployment>-videos-<account>-<region>. Turning it off later deletes that bucket, which AWS refuses while videos lie in it."

  validation {
    condition     = var.create_data_bucket || length(concat(var.existing_data_buckets, var.foreign_data_buckets)) > 0
    error_message = "Without a data bucket there is nothing to analyse: name some in existing_data_buckets or foreign_data_buckets, or leave create_data_bucket true."
  }
}

variable "existing_data_buckets" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of buckets that exist, whose videos reelsift may read. They must lie in the deployment's region and account (those of other accounts: foreign_data_buckets). Nothing in them is changed, but an inventory configuration named after the deployment is added unless inventory_frequency is None."

  validation {
    condition     = alltrue([for name in var.existing_data_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "existing_data_buckets must hold names of buckets, such as acme-uploads: no s3:// before and no path behind them."
  }

  validation {
    condition     = length(distinct(var.existing_data_buckets)) == length(var.existing_data_buckets)
    error_message = "existing_data_buckets names a bucket twice."
  }
}

variable "foreign_data_buckets" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of buckets of other accounts whose videos reelsift may read, in the deployment's region. Their owners have to add the policy that the output foreign_bucket_policies prints, and those of their KMS keys to allow the roles. Nothing of theirs is changed: there are no inventories and no notifications of such a bucket."

  validation {
    condition     = alltrue([for name in var.foreign_data_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "foreign_data_buckets must hold names of buckets, such as partner-uploads: no s3:// before and no path behind them."
  }

  validation {
    condition     = length(distinct(concat(var.foreign_data_buckets, var.existing_data_buckets))) == length(var.foreign_data_buckets) + length(distinct(var.existing_data_buckets))
    error_message = "foreign_data_buckets names a bucket twice, or one of existing_data_buckets: those are of this account."
  }
}

variable "data_bucket_kms_key_arns" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "ARNs of the KMS keys with which videos of existing data buckets are encrypted: the roles of the worker and of Rekognition may use them, by way of S3. Keys that AWS manages, and the deployment's own, need not be named. The policy of a key of another account must allow the roles, too. A video under any other key is refused (key_not_allowed)."

  validation {
    condition     = alltrue([for arn in var.data_bucket_kms_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "data_bucket_kms_key_arns must hold ARNs of keys, arn:aws:kms:<region>:<account>:key/<id>. An alias will not do: permissions are given by key."
  }
}

variable "raw_answer_days" {
  type        = number
  default     = 730
  description = "Days that Rekognition's raw answers and the results made of them are kept in the work bucket. Judging videos anew by another policy needs the raw answers; without them it is a second bill. null keeps them for ever."

  validation {
    condition     = var.raw_answer_days == null || try(var.raw_answer_days >= 1 && floor(var.raw_answer_days) == var.raw_answer_days, false)
    error_message = "raw_answer_days must be a whole number of days, at least 1, or null to keep raw answers for ever."
  }
}

variable "dataset_days" {
  type        = number
  default     = null
  description = "Days that the datasets of videos, which programs read, are kept in the work bucket. An older video is still shown by its results while raw_answer_days keeps these. null keeps them for ever."

  validation {
    condition     = var.dataset_days == null || try(var.dataset_days >= 1 && floor(var.dataset_days) == var.dataset_days, false)
    error_message = "dataset_days must be a whole number of days, at least 1, or null to keep datasets for ever."
  }
}

variable "alert_days" {
  type        = number
  default     = null
  description = "Days that alerts are kept in the work bucket after they were sent; one that could not be sent for so long never is. null keeps them for ever."

  validation {
    condition     = var.alert_days == null || try(var.alert_days >= 30 && floor(var.alert_days) == var.alert_days, false)
    error_message = "alert_days must be a whole number of days, at least 30: an alert that could not be sent is read again from there. null keeps alerts for ever."
  }
}

variable "report_days" {
  type        = number
  default     = null
  description = "Days that reports are kept in the work bucket: pages, rows, and the Parquet of lines and segments that queries over many batches read. What became of a line still stands in the tables. null keeps them for ever."

  validation {
    condition     = var.report_days == null || try(var.report_days >= 1 && floor(var.report_days) == var.report_days, false)
    error_message = "report_days must be a whole number of days, at least 1, or null to keep reports for ever."
  }
}

variable "decision_archive_days" {
  type        = number
  default     = null
  description = "Days that decisions stay locked in a bucket of their own, <deployment>-decisions-<account>-<region>, to which a worker exports them every night: ids, codes and pseudonyms, no notes. The bucket is left when the deployment is destroyed, and records are never deleted by reelsift. It can be turned on at any time, and then brings all earlier decisions too. null: no such bucket."

  validation {
    condition     = var.decision_archive_days == null || try(var.decision_archive_days >= 1 && var.decision_archive_days <= 36500 && floor(var.decision_archive_days) == var.decision_archive_days, false)
    error_message = "decision_archive_days must be a whole number of days from 1 to 36500 (S3 Object Lock), or null for no archive."
  }
}

variable "decision_archive_mode" {
  type        = string
  default     = "GOVERNANCE"
  nullable    = false
  description = "How the archive of decisions is locked: with GOVERNANCE whoever may bypass it (s3:BypassGovernanceRetention) can delete a record before its time, with COMPLIANCE nobody can, the account's root included."

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.decision_archive_mode)
    error_message = "decision_archive_mode must be GOVERNANCE or COMPLIANCE, as S3 Object Lock calls them."
  }
}

variable "inventory_frequency" {
  type        = string
  default     = "Weekly"
  nullable    = false
  description = "How often S3 lists each data bucket into the work bucket: Daily, Weekly or None. S3 asks 0.0025 USD per million objects listed."

  validation {
    condition     = contains(["Daily", "Weekly", "None"], var.inventory_frequency)
    error_message = "inventory_frequency must be Daily, Weekly or None."
  }
}

variable "analyse_new_videos" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether each new object of a data bucket whose name ends like a video's (.mp4, .mov, .m4v) is analysed by itself. Each costs money. Each existing bucket must then stand in take_over_notifications or eventbridge_buckets, which say how its events arrive."

  validation {
    condition = !var.analyse_new_videos || alltrue([
      for name in var.existing_data_buckets : contains(concat(var.take_over_notifications, var.eventbridge_buckets), name)
    ])
    error_message = "analyse_new_videos needs to know how the events of each existing bucket arrive: add it to eventbridge_buckets if the bucket sends its events to EventBridge (nothing of it is changed), or to take_over_notifications if Terraform may replace its whole notification configuration."
  }
}

variable "take_over_notifications" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of existing data buckets whose notifications reelsift may own. S3 keeps ONE notification configuration a bucket: whatever stands there now (queues, topics, functions, EventBridge) is REPLACED by reelsift's when analyse_new_videos is on, and nothing is put back when it is turned off. Use eventbridge_buckets for a bucket whose notifications somebody else needs."

  validation {
    condition     = alltrue([for name in var.take_over_notifications : contains(var.existing_data_buckets, name)])
    error_message = "take_over_notifications may only name buckets of existing_data_buckets."
  }
}

variable "eventbridge_buckets" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of existing data buckets that already send their events to EventBridge (the bucket's Properties, Event notifications, Amazon EventBridge: On). A rule then brings new videos to reelsift; the bucket itself is left as it is."

  validation {
    condition     = alltrue([for name in var.eventbridge_buckets : contains(var.existing_data_buckets, name)])
    error_message = "eventbridge_buckets may only name buckets of existing_data_buckets."
  }

  validation {
    condition     = length(setintersection(var.eventbridge_buckets, var.take_over_notifications)) == 0
    error_message = "A bucket stands in eventbridge_buckets and in take_over_notifications: its events would arrive twice, or the first would be turned off by the second. Keep one."
  }
}

variable "analyse_inventories" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether each delivered inventory becomes a batch by itself: every video of the data buckets that was not analysed yet is then analysed. Think of the cost of the first one."

  validation {
    condition     = !var.analyse_inventories || var.inventory_frequency != "None"
    error_message = "analyse_inventories needs inventories: set inventory_frequency to Daily or Weekly."
  }
}

# Analysis

variable "analyses" {
  type        = list(string)
  default     = ["content_moderation"]
  nullable    = false
  description = "What a video is analysed for unless its line says otherwise; analyses.json names all there are. Each is paid by the minute."

  validation {
    condition     = length(var.analyses) > 0 && alltrue([for analysis in var.analyses : contains(keys(local.analyses), analysis)])
    error_message = "analyses must hold at least one of ${join(", ", keys(local.analyses))}, and nothing else."
  }

  validation {
    condition     = length(distinct(var.analyses)) == length(var.analyses)
    error_message = "analyses names one twice."
  }
}

variable "required_analyses" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Of the analyses a line asks for, those without which it has failed; without the others it has succeeded in part. None: all it asks for."

  validation {
    condition     = alltrue([for analysis in var.required_analyses : contains(keys(local.analyses), analysis)])
    error_message = "required_analyses must hold nothing but ${join(", ", keys(local.analyses))}."
  }
}

variable "min_confidence" {
  type        = number
  default     = 50
  nullable    = false
  description = "Labels below this confidence (0 to 100) are not asked of Rekognition at all, in content moderation and label detection. Changing it makes every video one that was not analysed with these settings yet."

  validation {
    condition     = var.min_confidence >= 0 && var.min_confidence <= 100
    error_message = "min_confidence must be between 0 and 100."
  }
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

  validation {
    condition     = alltrue([for arn in var.rejected_readers : can(regex("^arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:[^ ]+$", arn))])
    error_message = "rejected_readers must be ARNs of IAM roles or users, such as arn:aws:iam::123456789012:role/reviewers."
  }
}

variable "policy_file" {
  type        = string
  default     = null
  description = "Path of the YAML policy that makes verdicts and alerts of detections, as seen from the folder in which Terraform runs. null: the built-in policy. It makes the first version of the deployment's policy; once there is one, `reelsift policy apply` changes it, and this has no effect. The words of files that it names become part of what the workers get; about 48 KiB are the most. `reelsift inspect --policy` tries one out."

  validation {
    condition     = var.policy_file == null || try(fileexists(var.policy_file), false)
    error_message = "policy_file names a file that does not exist, seen from the folder in which Terraform runs (terraform/deployment for `make deploy`)."
  }

  validation {
    condition     = var.policy_file == null || can(keys(yamldecode(file(var.policy_file))))
    error_message = "policy_file is no YAML mapping: `reelsift inspect --policy` says what is wrong with it."
  }

  validation {
    condition = alltrue(try([
      for rule in values(yamldecode(file(var.policy_file)).text) : fileexists("${dirname(var.policy_file)}/${rule.words_file}")
      if can(rule.words_file)
    ], []))
    error_message = "A words_file of policy_file does not exist, seen from the folder of the policy."
  }
}

variable "reason_catalogue_file" {
  type        = string
  default     = null
  description = "Path of the YAML catalogue of reasons that people give for decisions, as seen from the folder in which Terraform runs. null: the built-in reasons. `reelsift decide --reasons` prints what holds."

  validation {
    condition     = var.reason_catalogue_file == null || try(fileexists(var.reason_catalogue_file), false)
    error_message = "reason_catalogue_file names a file that does not exist, seen from the folder in which Terraform runs (terraform/deployment for `make deploy`)."
  }

  validation {
    condition     = var.reason_catalogue_file == null || can(keys(yamldecode(file(var.reason_catalogue_file)).reasons))
    error_message = "reason_catalogue_file is no YAML with reasons by their codes: `reelsift decide --reasons` says what is wrong with it."
  }
}

variable "undo_s" {
  type        = number
  default     = 10
  nullable    = false
  description = "Seconds in which a decision can be taken back before anybody is told of it."

  validation {
    condition     = var.undo_s >= 0 && var.undo_s <= 3600
    error_message = "undo_s must be between 0 and 3600."
  }
}

variable "quota" {
  type        = number
  default     = null
  description = "Rekognition jobs that this deployment may have open at once. null asks Service Quotas and follows it; a number leaves the remainder of the account's quota to others."

  validation {
    condition     = var.quota == null || try(var.quota >= 1 && var.quota <= 10000 && floor(var.quota) == var.quota, false)
    error_message = "quota must be a whole number between 1 and 10000, or null to ask Service Quotas."
  }
}

variable "prices" {
  type        = map(number)
  default     = {}
  nullable    = false
  description = "USD a minute of each analysis in your region, such as { content_moderation = 0.12 }: estimates, spend and its alarm are reckoned with them. Where none is given, the price of docs/configuration.md holds."

  validation {
    condition     = alltrue([for analysis, price in var.prices : contains(keys(local.analyses), analysis) && price >= 0])
    error_message = "prices must not be negative, each of one of ${join(", ", keys(local.analyses))}."
  }
}

variable "daily_budget" {
  type        = number
  default     = null
  description = "USD that analyses may cost in a day (UTC), by prices, whatever asked for them: what would pass it waits for the next day, and nothing is lost. null: no such limit."

  validation {
    condition     = var.daily_budget == null ? true : var.daily_budget > 0
    error_message = "daily_budget must be more than 0 USD, or null for no limit: with 0 no video would ever be analysed."
  }
}

variable "settings" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Further settings of the worker, options of the analyses among them, from docs/configuration.md: in lower case and without REELSIFT_, such as { recheck_running_s = \"1800\" }."

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "settings must be named in lower case and without REELSIFT_, such as recheck_running_s."
  }

  validation {
    condition     = length(setintersection(keys(var.settings), local.reserved_settings)) == 0
    error_message = "settings must not hold ${join(", ", setintersection(keys(var.settings), local.reserved_settings))}: Terraform sets that itself, from its variables and resources."
  }

  validation {
    # .env is read by a shell and by Python, which agree on plain text only.
    condition     = alltrue([for value in values(var.settings) : can(regex("^[^'\\\\$\\n\\r]*$", value))])
    error_message = "settings must not hold quotes ('), backslashes, dollar signs or line breaks."
  }
}

# People

variable "alert_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses of people who get alerts: the first at once, then a digest every mail_window_s at most. AWS sends each address a mail with a link; alerts come once it was followed."

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails must hold mail addresses, such as moderation@example.com."
  }
}

variable "mail_window_s" {
  type        = number
  default     = 60
  nullable    = false
  description = "Seconds in which alert_emails get one mail at most. SNS switches off an address that gets too much."

  validation {
    condition     = var.mail_window_s >= 1 && var.mail_window_s <= 86400
    error_message = "mail_window_s must be from 1 second to 86400 (a day)."
  }
}

variable "urgent_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses that get the alarms which somebody should act on at once, each once it has followed the link that AWS mails to it."

  validation {
    condition     = alltrue([for address in var.urgent_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "urgent_emails must hold mail addresses, such as oncall@example.com."
  }
}

variable "ticket_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses that get the alarms which can wait for the next working day, each once it has followed the link that AWS mails to it."

  validation {
    condition     = alltrue([for address in var.ticket_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "ticket_emails must hold mail addresses, such as videos@example.com."
  }
}

variable "batches_emails" {
  type        = set(string)
  default     = []
  nullable    = false
  description = "Mail addresses that get the ends of batches, which are no alarms, each once it has followed the link that AWS mails to it."

  validation {
    condition     = alltrue([for address in var.batches_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "batches_emails must hold mail addresses, such as archive@example.com."
  }
}

variable "existing_topic_arns" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "ARNs of SNS topics that exist and are used in place of new ones, by alerts, mail, urgent, ticket or batches, such as { urgent = \"arn:aws:sns:eu-west-1:123456789012:oncall\" }; one may be named for several. Their policies are left as they are: those of urgent and ticket must let CloudWatch publish for the alarms. The policy of a KMS key that such a topic is encrypted with must let the task role use it."

  validation {
    condition     = length(setsubtract(keys(var.existing_topic_arns), ["alerts", "mail", "urgent", "ticket", "batches"])) == 0
    error_message = "existing_topic_arns may hold alerts, mail, urgent, ticket and batches. completions is always the deployment's own: only Rekognition may publish there."
  }

  validation {
    condition     = alltrue([for arn in values(var.existing_topic_arns) : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$", arn))])
    error_message = "existing_topic_arns must hold ARNs of topics, arn:aws:sns:<region>:<account>:<name>; a FIFO topic will not do."
  }
}

# Protection

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "ARN of a policy that bounds the three roles of the deployment, where an account demands one of every role. It must allow what their own policies allow. null: none."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of a policy, arn:aws:iam::<account>:policy/<name>, or null."
  }
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

# Container

variable "image_tag" {
  type        = string
  default     = ""
  nullable    = false
  description = "Tag of the image in the deployment's own repository. `make deploy` pushes it and passes it on."

  validation {
    condition     = var.image_tag == "" || can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag))
    error_message = "image_tag must be a tag of a container image: letters, digits, dots, underscores and hyphens."
  }

  validation {
    condition     = var.image_tag != "latest"
    error_message = "image_tag must name one image for good, not latest: tasks that start later would run other code."
  }
}

variable "image" {
  type        = string
  default     = null
  description = "Whole reference of an image, by digest or by a tag that never moves, in place of one from the deployment's own repository. Another ECR repository of the account may be pulled from too."

  validation {
    condition     = var.image == null || can(regex("^[^\\s@]+(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$", var.image))
    error_message = "image must end with a digest (@sha256:…) or a tag (:1.2.3): without one it would be latest."
  }

  validation {
    condition     = var.image == null || !try(endswith(var.image, ":latest"), false)
    error_message = "image must name one image for good, not latest: tasks that start later would run other code."
  }
}

variable "cpu_architecture" {
  type        = string
  default     = "X86_64"
  nullable    = false
  description = "Processor of the tasks, X86_64 or ARM64 (a fifth cheaper). The image must be made for it."

  validation {
    condition     = contains(["X86_64", "ARM64"], var.cpu_architecture)
    error_message = "cpu_architecture must be X86_64 or ARM64."
  }
}

variable "task_cpu" {
  type        = number
  default     = 512
  nullable    = false
  description = "Processor of a task in units of 1/1024 vCPU. The default is enough for hundreds of analyses at a time: Rekognition does the work."

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192, 16384], var.task_cpu)
    error_message = "task_cpu must be one of 256, 512, 1024, 2048, 4096, 8192 and 16384: Fargate has no others."
  }
}

variable "task_memory" {
  type        = number
  default     = 1024
  nullable    = false
  description = "Memory of a task in MiB."

  validation {
    condition = contains(lookup({
      256   = [512, 1024, 2048]
      512   = range(1024, 4097, 1024)
      1024  = range(2048, 8193, 1024)
      2048  = range(4096, 16385, 1024)
      4096  = range(8192, 30721, 1024)
      8192  = range(16384, 61441, 4096)
      16384 = range(32768, 122881, 8192)
    }, var.task_cpu, [var.task_memory]), var.task_memory)
    error_message = "Fargate has no task with ${var.task_cpu} CPU units and ${var.task_memory} MiB of memory: see the table of task sizes in the ECS documentation (512 units go with 1024 to 4096 MiB, in steps of 1024)."
  }
}

variable "spot_percent" {
  type        = number
  default     = 0
  nullable    = false
  description = "Share of the tasks that run on Fargate Spot, which is up to 70 % cheaper and may be taken away at two minutes' notice. Nothing is lost then: any task finishes what another began. Fargate has no Spot capacity for some architectures and regions."

  validation {
    condition     = var.spot_percent >= 0 && var.spot_percent <= 100 && floor(var.spot_percent) == var.spot_percent
    error_message = "spot_percent must be a whole number between 0 and 100."
  }
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

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the spans that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

# Network

variable "network_mode" {
  type        = string
  default     = "public"
  nullable    = false
  description = "public: a small VPC of its own, tasks with public addresses that nothing can connect to, nothing to pay while idle. private: no way to the internet at all; 8 interface endpoints (7 where quota is a number) in two zones cost about 117 USD (102 USD) a month, at 0.01 USD an hour each, besides 0.01 USD a GB. existing: subnet_ids and security_group_ids."

  validation {
    condition     = contains(["public", "private", "existing"], var.network_mode)
    error_message = "network_mode must be public, private or existing."
  }
}

variable "vpc_cidr" {
  type        = string
  default     = "10.64.0.0/24"
  nullable    = false
  description = "Addresses of the VPC in the modes public and private; only of interest where it will be connected to others."

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(regex("^[0-9.]+/(1[6-9]|2[0-6])$", var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range between /16 and /26, such as 10.64.0.0/24."
  }
}

variable "subnet_ids" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Subnets of the tasks in the mode existing, best in two zones. They need a way to SQS, SNS, DynamoDB, S3, Rekognition, CloudWatch, Service Quotas and ECR."

  validation {
    condition     = (var.network_mode == "existing") == (length(var.subnet_ids) > 0)
    error_message = "subnet_ids belongs to network_mode existing: name at least one subnet there, and none in the other modes."
  }
}

variable "security_group_ids" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Security groups of the tasks in the mode existing. They need to let HTTPS out and nothing in."

  validation {
    condition     = (var.network_mode == "existing") == (length(var.security_group_ids) > 0)
    error_message = "security_group_ids belongs to network_mode existing: name at least one group there, and none in the other modes."
  }
}

variable "assign_public_ip" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether tasks get public addresses in the mode existing: needed in subnets whose way out is an internet gateway."

  validation {
    condition     = !var.assign_public_ip || var.network_mode == "existing"
    error_message = "assign_public_ip belongs to network_mode existing: the other modes decide it themselves."
  }
}
