# Where Rekognition analyses stored videos, as far as AWS's documents say. It has endpoints for images in other regions
# too, and comes to new ones: what is not listed is not refused. `reelsift doctor` asks Rekognition itself, and a worker
# that finds none ends with a sentence.

locals {
  video_regions = [
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1", "eu-west-1",
    "eu-west-2", "sa-east-1", "us-east-1", "us-east-2", "us-gov-west-1", "us-west-1", "us-west-2",
  ]
}

check "rekognition_video" {
  assert {
    condition     = contains(local.video_regions, local.region)
    error_message = "It is not known whether Rekognition analyses stored videos in ${local.region}; it does in ${join(", ", local.video_regions)}. Look it up before you apply: `aws rekognition get-content-moderation --region ${local.region} --job-id 0` answers ResourceNotFoundException where it does, and finds no endpoint where it does not."
  }
}
