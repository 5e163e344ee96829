terraform {
  # 1.9 is the first whose variable validations may read other variables.
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # Applied and tested with 5.100. Nothing here is renamed or removed in 6, by its upgrade guide.
      version = ">= 5.100, < 7"
    }
  }
}
