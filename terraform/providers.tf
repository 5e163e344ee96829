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
