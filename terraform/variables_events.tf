variable "event_archive_days" {
  description = <<-EOT
    Days for which EventBridge keeps every event for replay. It holds what events say of videos: `reelsift forget` does
    not reach it, and it expires after this. 0: no archive.
  EOT
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.event_archive_days >= 0 && floor(var.event_archive_days) == var.event_archive_days
    error_message = "event_archive_days must be a whole number of days, or 0 for no archive."
  }
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

  validation {
    condition     = var.webhook == null ? true : can(regex("^https://[^\\s/?#@]+[^\\s#]*$", var.webhook.url))
    error_message = "webhook.url must be an address that begins with https://, without a user, a password or a fragment: EventBridge speaks nothing but HTTPS, and the password belongs into webhook_authorisation."
  }

  validation {
    condition     = var.webhook == null ? true : var.webhook.rate >= 1 && var.webhook.rate <= 300 && floor(var.webhook.rate) == var.webhook.rate
    error_message = "webhook.rate must be a whole number of requests a second, from 1 to 300."
  }
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

  validation {
    condition = var.webhook_authorisation == null ? true : (
      var.webhook_authorisation.header != null && var.webhook_authorisation.value != null
      && var.webhook_authorisation.user == null && var.webhook_authorisation.password == null
      ) || (
      var.webhook_authorisation.header == null && var.webhook_authorisation.value == null
      && var.webhook_authorisation.user != null && var.webhook_authorisation.password != null
    )
    error_message = "webhook_authorisation must have a header and its value, or a user and a password, and not both."
  }

  validation {
    condition     = (var.webhook_authorisation == null) == (var.webhook == null)
    error_message = "webhook and webhook_authorisation go together: whoever receives events has to know that they are yours."
  }
}
