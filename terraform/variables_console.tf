# The review console for many people: a service behind a load balancer that logs them in.

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

  validation {
    condition     = var.console == null ? true : (var.console.cognito == null) != (var.console.oidc == null)
    error_message = "console must have cognito or oidc, and not both: a console that nobody has to log in to is not made."
  }

  validation {
    condition     = var.console == null ? true : can(regex("^https://[a-z0-9.-]+$", var.console.url))
    error_message = "console.url must be an address such as https://review.example.com, without a port and a path."
  }

  validation {
    condition     = var.console == null ? true : can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[a-z0-9-]+$", var.console.certificate_arn))
    error_message = "console.certificate_arn must be the ARN of a certificate of ACM in the deployment's region: the console speaks nothing but HTTPS."
  }

  validation {
    condition     = try(var.console.cognito == null, true) ? true : can(regex("^arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[A-Za-z0-9_-]+$", var.console.cognito.user_pool_arn))
    error_message = "console.cognito.user_pool_arn must be the ARN of a user pool, arn:aws:cognito-idp:<region>:<account>:userpool/<id>."
  }

  validation {
    condition = try(var.console.oidc == null, true) ? true : alltrue([
      for address in [var.console.oidc.issuer, var.console.oidc.authorization_endpoint, var.console.oidc.token_endpoint, var.console.oidc.user_info_endpoint] :
      can(regex("^https://[^\\s?#@]+$", address))
    ])
    error_message = "The issuer and the endpoints of console.oidc must be addresses that begin with https://, as the provider's /.well-known/openid-configuration has them."
  }

  validation {
    condition     = try(var.console.oidc.sign_out_url == null, true) ? true : can(regex("^https://[^\\s/?#@]+(/[^\\s?#]*)?(\\?[^\\s#]*)?$", var.console.oidc.sign_out_url))
    error_message = "console.oidc.sign_out_url must be an address that begins with https://, such as https://idp.example.com/logout?client_id=5abc."
  }

  validation {
    condition = try(var.console.oidc == null, true) ? true : !contains([
      "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
      "phone_number", "picture", "preferred_username", "profile", "sub", "website", "zoneinfo",
    ], var.console.oidc.roles_claim)
    error_message = "console.oidc.roles_claim must not be a claim that people may write themselves: it says who may do what."
  }

  validation {
    condition     = var.console == null ? true : length(distinct([var.console.reviewers, var.console.leads, var.console.specialists])) == 3 && alltrue([for group in [var.console.reviewers, var.console.leads, var.console.specialists] : length(group) > 0])
    error_message = "console.reviewers, leads and specialists must be three different groups: whoever is in one would have the roles of all that share its name."
  }

  validation {
    condition     = var.console == null ? true : var.console.session_hours >= 1 && var.console.session_hours <= 168 && floor(var.console.session_hours) == var.console.session_hours
    error_message = "console.session_hours must be a whole number of hours, from 1 to 168."
  }

  validation {
    condition     = var.console == null ? true : var.console.tasks >= 1 && var.console.tasks <= 20 && floor(var.console.tasks) == var.console.tasks
    error_message = "console.tasks must be a whole number of tasks, from 1 to 20."
  }
}

variable "console_cidrs" {
  description = "Networks from which the console may be reached, such as [\"203.0.113.0/24\"]: your offices', or your VPN's. Required with console. Everything else is kept out before anybody can try to log in."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.console_cidrs : can(cidrhost(cidr, 0)) && !strcontains(cidr, ":")])
    error_message = "console_cidrs must hold IPv4 networks, such as 203.0.113.0/24."
  }

  validation {
    condition     = var.console == null || length(var.console_cidrs) > 0
    error_message = "console needs console_cidrs: the networks from which it may be reached."
  }

  validation {
    condition     = try(var.console.anywhere, true) || alltrue([for cidr in var.console_cidrs : try(tonumber(split("/", cidr)[1]) >= 8, true)])
    error_message = "console_cidrs holds (nearly) the whole internet. If that is meant, set anywhere in console; the login is then all that keeps people out."
  }
}

variable "console_client_secret" {
  description = "Secret of the client that the load balancer is at the provider of console.oidc. Set it as TF_VAR_console_client_secret rather than in a file. It is stored in Terraform's state."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = (var.console_client_secret != null) == try(var.console.oidc != null, false)
    error_message = "console.oidc and console_client_secret go together; cognito needs none."
  }
}
