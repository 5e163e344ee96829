#!/usr/bin/env bash
# Puts reelsift into the account that the AWS credentials belong to: the repository, the image, then everything else.
#
#   deploy.sh          plan, ask, apply
#   deploy.sh plan     only show what would change
#
# IMAGE is an image that exists, in place of one built from here. AUTO_APPROVE=1 asks nothing.
set -euo pipefail
cd "$(dirname "$0")"

terraform() { command terraform -chdir=deployment "$@"; }

approve=()
[ "${AUTO_APPROVE:-}" != 1 ] || approve=(-auto-approve)

terraform init -input=false >/dev/null

read -r architecture region buckets < <(
  terraform console <<<'join(" ", concat([var.cpu_architecture, coalesce(var.region, "-")], var.existing_data_buckets))' |
    tr -d '"'
)
[ "$region" != - ] || region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}

# Where Rekognition is not, its endpoint has no address. Whatever else it says, it is there.
answer=$(aws rekognition get-content-moderation --region "$region" --job-id 0 2>&1 || true)
if [[ $answer == *"Could not connect to the endpoint URL"* || $answer == *UnknownOperationException* ]]; then
  echo "Rekognition does not answer in $region, and it analyses stored videos in some regions only: $answer" >&2
  echo "Nothing was changed. Deploy in a region that has it, where the videos lie too; if it is the network, try again." >&2
  exit 1
fi

# S3 gives Terraform no readable reason for a bucket in another region.
for bucket in $buckets; do
  there=$(aws s3api head-bucket --bucket "$bucket" --region "$region" --query BucketRegion --output text 2>/dev/null || true)
  if [ -n "$there" ] && [ "$there" != None ] && [ "$there" != "$region" ]; then
    echo "wrong_region: bucket $bucket lies in $there, this deployment in $region, and Rekognition reads videos of its own" >&2
    echo "region only. Nothing was changed. Deploy once more in $there for it, or copy its videos." >&2
    exit 1
  fi
done

if [ -n "${IMAGE:-}" ]; then
  image=(-var "image=$IMAGE")
else
  case $architecture in
    ARM64) platform=linux/arm64 ;;
    *) platform=linux/amd64 ;;
  esac
  # Once: what is planned, built and pushed is on the same base.
  BASE=$(./image.sh base "$platform")
  export BASE
  image=(-var "image_tag=$(./image.sh tag "$platform")-${platform##*/}")
fi

if [ "${1:-}" = plan ]; then
  terraform plan "${image[@]}"
  exit
fi

if [ -z "${IMAGE:-}" ]; then
  # The image needs a place before the service can need the image.
  # Not grep -q, which ends at the first match: Terraform could then write no further, and would count as failed.
  if ! terraform state list 2>/dev/null | grep -x module.reelsift.aws_ecr_repository.worker >/dev/null; then
    echo "First the repository that the image is pushed to, then the image, then everything else."
    terraform apply -target=module.reelsift.aws_ecr_repository.worker "${approve[@]}" "${image[@]}"
  fi
  ./image.sh push "$(terraform output -raw repository_url)" "$(terraform output -raw region)" "$platform"
fi

terraform apply "${approve[@]}" "${image[@]}"
