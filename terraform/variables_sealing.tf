variable "specialist_principals" {
  description = <<-EOT
    ARNs of the roles or users that may assume the role <deployment>-specialist, which alone sees sealed videos and
    decides about them. Empty: nobody may; videos are sealed all the same, and stay so.
  EOT
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.specialist_principals : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[^ *?]+$", arn))])
    error_message = "specialist_principals must be ARNs of IAM roles or users, each by its full name, such as arn:aws:iam::123456789012:role/trust-and-safety: a whole account, or everybody whose name begins so, are no specialists."
  }
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

  validation {
    condition     = alltrue([for name in var.evidence_buckets : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "evidence_buckets must be names of buckets, without s3://."
  }
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
