# The root of a deployment: which provider it uses, in which region, and how everything is tagged. A configuration of your
# own that uses the module has these instead of this file.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge(var.tags, {
      application = "reelsift"
      deployment  = var.deployment
      managed-by  = "terraform"
    })
  }
}

variable "region" {
  type        = string
  default     = null
  description = "AWS region of everything, the data buckets included: Rekognition reads videos of its own region only. null takes the region of the environment (AWS_REGION or the profile)."

  validation {
    condition     = var.region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the code of an AWS region, such as eu-west-1, or null for the region of the environment."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Tags on everything that can carry tags, besides application, deployment and managed-by."

  validation {
    condition = alltrue([
      for name in keys(var.tags) :
      !startswith(lower(name), "aws:") && !contains(["application", "deployment", "managed-by"], name)
    ])
    error_message = "tags must not contain application, deployment or managed-by, which are set already, nor names that begin with aws:, which belong to AWS."
  }
}
