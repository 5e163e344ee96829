#!/usr/bin/env bash
# Writes .env from the outputs of the deployment. A .env of somebody else's making is left alone.
set -euo pipefail
cd "$(dirname "$0")"

terraform() { command terraform -chdir=deployment "$@"; }

mark="# Written by make env from the outputs of terraform"
file=../.env
if [ -s "$file" ] && ! head -n 1 "$file" | grep -qF "$mark"; then
  echo ".env was not written by make env: move it away first; nothing was changed." >&2
  exit 1
fi
# Of a state without any output terraform prints a warning in the output's place, and exits 0.
settings=$(terraform output -no-color -raw dotenv 2>/dev/null || true)
if [[ $settings != REELSIFT_* ]]; then
  echo "There is no deployment in this state: make deploy comes first." >&2
  exit 1
fi
printf '%s\n%s\n' "$mark" "$settings" >"$file.new"
mv "$file.new" "$file"
echo ".env written: reelsift commands in this folder speak with the deployment now." >&2
