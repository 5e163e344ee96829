# Where the image of the worker comes from.

locals {
  image = var.image != null ? var.image : "${aws_ecr_repository.worker.repository_url}:${var.image_tag}"

  # An image named whole may lie in another ECR repository: <account>.dkr.ecr.<region>.amazonaws.com/<name>.
  foreign_repository = try(regex("^([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/([^:@]+)[:@]", var.image), null)

  repository_arns = distinct(concat(
    [aws_ecr_repository.worker.arn],
    local.foreign_repository == null ? [] : [
      "arn:${local.partition}:ecr:${local.foreign_repository[1]}:${local.foreign_repository[0]}:repository/${local.foreign_repository[2]}"
    ],
  ))
}

resource "aws_ecr_repository" "worker" {
  #checkov:skip=CKV_AWS_136:AES-256 with ECR's own key, unless customer_managed_key
  name                 = var.deployment
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.destroyable

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = var.customer_managed_key ? "KMS" : "AES256"
    kms_key         = local.kms_key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "worker" {
  repository = aws_ecr_repository.worker.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What no tag names any more, such as a push that broke off"
        selection = {
          tagStatus   = "untagged"
          countType   = "sinceImagePushed"
          countUnit   = "days"
          countNumber = 7
        }
        action = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "The last 20 images: the one that runs, and those to go back to"
        selection = {
          tagStatus   = "any"
          countType   = "imageCountMoreThan"
          countNumber = 20
        }
        action = { type = "expire" }
      },
    ]
  })
}
