variable "min_tasks" {
  description = <<-EOT
    Workers that run always, also while there is nothing to do. 0 lets the fleet sleep: it wakes within a few minutes of
    a message, and costs hardly anything until then.
  EOT
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.min_tasks >= 0 && floor(var.min_tasks) == var.min_tasks
    error_message = "min_tasks must be a whole number of workers, 0 or more."
  }
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

  validation {
    condition     = var.initial_tasks >= 0 && floor(var.initial_tasks) == var.initial_tasks
    error_message = "initial_tasks must be a whole number of workers, 0 or more."
  }
}

variable "max_tasks" {
  description = <<-EOT
    Workers that run at most. More of them do not analyse more videos at a time: Rekognition's quota decides that, and
    all workers share it. They admit lines, read answers and store results faster.
  EOT
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.max_tasks >= 1 && floor(var.max_tasks) == var.max_tasks
    error_message = "max_tasks must be a whole number of workers, 1 or more: with 0 no video would ever be analysed."
  }

  validation {
    condition     = var.max_tasks >= var.min_tasks
    error_message = "max_tasks must not be below min_tasks: workers cannot be always more than at most."
  }
}

variable "backlog_per_task" {
  description = <<-EOT
    How much backlog one worker may have before another is started: messages in the four queues, open analyses and
    chunks of manifests that are not yet sent.
  EOT
  type        = number
  default     = 5000
  nullable    = false

  validation {
    condition     = var.backlog_per_task >= 1 && floor(var.backlog_per_task) == var.backlog_per_task
    error_message = "backlog_per_task must be a whole number of messages, 1 or more."
  }
}

variable "idle_minutes" {
  description = <<-EOT
    Minutes without any backlog after which the fleet goes back to min_tasks. Shorter than tick_minutes: a fleet that is
    woken before it falls asleep never sleeps.
  EOT
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.idle_minutes >= 2 && floor(var.idle_minutes) == var.idle_minutes
    error_message = "idle_minutes must be a whole number of minutes, 2 or more: one quiet minute does not mean that work is over."
  }

  validation {
    condition     = var.idle_minutes < var.tick_minutes
    error_message = "idle_minutes must be below tick_minutes: a fleet that is woken before it falls asleep never sleeps."
  }
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

  validation {
    condition     = var.tick_minutes >= 5 && var.tick_minutes <= 300 && floor(var.tick_minutes) == var.tick_minutes
    error_message = "tick_minutes must be a whole number of minutes from 5 to 300: SQS stops reporting a queue that nobody has touched for 6 hours."
  }
}

variable "failure_percent_alarm" {
  description = "Percentage of lines ended in an hour that may fail before the alarm failure-rate goes off; it needs 20 lines."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.failure_percent_alarm > 0 && var.failure_percent_alarm <= 100
    error_message = "failure_percent_alarm must be a percentage above 0 and up to 100; 0 would alarm while nothing fails."
  }
}

variable "intake_age_hours_alarm" {
  description = <<-EOT
    Hours that the oldest line may wait on the intake queue before the alarm old-messages-intake goes off. A large batch
    waits for days because of Rekognition's quota, and that is no fault; but the queue forgets a message after 14 days.
  EOT
  type        = number
  default     = 96
  nullable    = false

  validation {
    condition     = var.intake_age_hours_alarm >= 1 && var.intake_age_hours_alarm <= 312
    error_message = "intake_age_hours_alarm must be from 1 to 312 hours (13 days): the queue forgets a message after 14 days, and an alarm must leave a day to act."
  }
}

variable "spend_per_day_alarm" {
  description = <<-EOT
    Money in USD that a day of analyses may cost, by prices, before the alarm spend-per-day goes off.
    It only notifies; daily_budget stops. null: no such alarm.
  EOT
  type        = number
  default     = null

  validation {
    condition     = var.spend_per_day_alarm == null ? true : var.spend_per_day_alarm > 0
    error_message = "spend_per_day_alarm must be more than 0 USD, or null for no such alarm."
  }
}
