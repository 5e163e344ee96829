#!/usr/bin/env bash
# Takes away everything that deploy.sh made, the objects in its buckets included, after asking.
#
# CONFIRM is the name of the deployment, where nobody is there to type it.
set -euo pipefail
cd "$(dirname "$0")"

terraform() { command terraform -chdir=deployment "$@"; }

terraform init -input=false >/dev/null
# Of a state without any output terraform prints a warning in the output's place, and exits 0.
deployment=$(terraform output -no-color -raw deployment 2>/dev/null || true)
if ! [[ $deployment =~ ^[a-z][a-z0-9-]+$ ]]; then
  echo "There is nothing to destroy: this state holds no deployment." >&2
  exit 1
fi

cat >&2 <<TEXT
This deletes the deployment $deployment for good:
  - its tables, with every result, outcome and batch,
  - its buckets, with every version of every object in them:
$(terraform output -json created_buckets 2>/dev/null | tr -d '[]"' | tr ',' '\n' | sed 's|^|      s3://|')
  - its queues with what waits in them, its topics, roles, alarms, images and logs.
Buckets that were there before are left as they are, but for their notifications and inventories if reelsift set them.
Analyses that run in Rekognition now end there, are paid, and nobody reads them.
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
image=$(terraform output -no-color -raw image 2>/dev/null || true)
[[ $image =~ ^[^[:space:]]+$ ]] || image=none:none
options=(-var "image=$image" -var destroyable=true -var initial_tasks=0)
terraform apply -input=false -auto-approve "${options[@]}"
terraform destroy -input=false -auto-approve "${options[@]}"
