#!/usr/bin/env bash
# Takes away everything that deploy.sh made, the objects in its buckets included, after asking.
#
# CONFIRM is the name of the deployment, where nobody is there to type it. LOSE_DECISIONS is the same, where decisions
# that are exported nowhere are to be lost with it, and LOSE_SEALED where sealed videos are.
set -euo pipefail
cd "$(dirname "$0")"

terraform() { command terraform -chdir=deployment "$@"; }

terraform init -input=false >/dev/null
# All at once: each question reads the whole state. Of one without any output terraform prints a warning, and exits 0.
outputs=$(terraform output -no-color 2>/dev/null || true)
output() { sed -n "s/^$1 = \"\(.*\)\"\$/\1/p" <<<"$outputs"; }

deployment=$(output deployment)
if ! [[ $deployment =~ ^[a-z][a-z0-9-]+$ ]]; then
  echo "There is nothing to destroy: this state holds no deployment." >&2
  exit 1
fi

region=$(output region)
archive=$(output decision_archive)
[[ $archive =~ ^[a-z0-9.-]+$ ]] || archive=
sealed=$(output sealed_bucket)
[[ $sealed =~ ^[a-z0-9.-]+$ ]] || sealed=

# Decisions are records. Those that no export has brought to the archive stand in an index of their own.
if [ "${LOSE_DECISIONS:-}" != "$deployment" ]; then
  left=$(aws dynamodb scan --region "$region" --table-name "$deployment-reviews" --index-name unarchived \
    --select COUNT --limit 1 --no-paginate --query Count --output text 2>&1 || true)
  if [[ $left == *ResourceNotFoundException* ]]; then
    left=0 # a deployment that was broken off before it had this table
  fi
  if [ "$left" != 0 ]; then
    if ! [[ $left =~ ^[0-9]+$ ]]; then
      echo "Nothing was deleted: whether every decision is exported cannot be seen: $left" >&2
    elif [ -n "$archive" ]; then
      echo "Nothing was deleted: there are decisions that are not exported yet. 'reelsift review archive' exports them." >&2
    else
      echo "Nothing was deleted: there are decisions, and they are exported nowhere. With decision_archive_days Terraform" >&2
      echo "makes a bucket for them; then 'reelsift review archive' exports them." >&2
    fi
    echo "To lose them: make destroy LOSE_DECISIONS=$deployment" >&2
    exit 1
  fi
fi

# What was sealed is evidence. Each sealed video has an object in its bucket, whose names anybody may list who looks after
# the account; the table nobody else may read.
if [ -n "$sealed" ] && [ "${LOSE_SEALED:-}" != "$deployment" ]; then
  left=$(aws s3api list-objects-v2 --region "$region" --bucket "$sealed" --max-keys 1 --query KeyCount --output text 2>&1 || true)
  if [[ $left == *NoSuchBucket* ]]; then
    left=0
  fi
  if [ "$left" != 0 ]; then
    if [[ $left =~ ^[0-9]+$ ]]; then
      echo "Nothing was deleted: there are sealed videos, and what is known of them is evidence." >&2
    else
      echo "Nothing was deleted: whether there are sealed videos cannot be seen: $left" >&2
    fi
    echo "To lose them: make destroy LOSE_SEALED=$deployment" >&2
    exit 1
  fi
fi

cat >&2 <<TEXT
This deletes the deployment $deployment for good:
  - its tables, with every result, outcome and batch,
  - its buckets, with every version of every object in them:
$(sed -n '/^created_buckets = /,/^]/s|^  "\(.*\)",$|      s3://\1|p' <<<"$outputs")
  - its queues with what waits in them, its topics, roles, alarms, images and logs.
Buckets that were there before are left as they are, but for their notifications and inventories if reelsift set them.
${archive:+The archive of decisions is left, locked as it is: s3://$archive
}Analyses that run in Rekognition now end there, are paid, and nobody reads them.
TEXT

if [ -z "${CONFIRM:-}" ]; then
  if ! [ -t 0 ]; then
    echo "Nothing was deleted. Where nobody can be asked: make destroy CONFIRM=$deployment" >&2
    exit 2
  fi
  read -r -p "Type the name of the deployment to delete it: " CONFIRM
fi
if [ "$CONFIRM" != "$deployment" ]; then
  echo "Nothing was deleted: \"$CONFIRM\" is not \"$deployment\"." >&2
  exit 2
fi

# Tables and buckets are protected until that is switched off: Terraform follows the state, not the variable.
# A deployment that was broken off has no image yet: it is first finished, without a task, and then taken away.
image=$(output image)
[[ $image =~ ^[^[:space:]]+$ ]] || image=none:none
options=(-var "image=$image" -var destroyable=true -var initial_tasks=0)
# What is locked cannot be deleted, and is not to be: Terraform forgets the bucket, and does not make it anew.
if [ -n "$archive" ]; then
  mapfile -t kept < <(terraform state list | grep -E '^module\.reelsift\.aws_s3_bucket[a-z_]*\.(decisions\[|created\["decisions"\])')
  terraform state rm "${kept[@]}" >/dev/null
  # On the command line null would be a word.
  without=$(mktemp --suffix=.tfvars.json)
  trap 'rm -f "$without"' EXIT
  echo '{"decision_archive_days": null}' >"$without"
  options+=(-var-file="$without")
fi
terraform apply -input=false -auto-approve "${options[@]}"
# What has been applied a moment ago need not be read once more.
terraform destroy -input=false -auto-approve -refresh=false "${options[@]}"
