#!/usr/bin/env bash
# The image of the worker: what its tag is, how it is built, and how it gets into the repository of the deployment.
#
#   image.sh base PLATFORM             the base image by the digest that it has today
#   image.sh tag PLATFORM              the tag of what lies here, on that base
#   image.sh build NAME PLATFORM       build NAME for linux/amd64 or linux/arm64
#   image.sh push REPOSITORY REGION PLATFORM    build and push, unless the repository has the tag already
#
# BUILDER is docker, podman or buildah; the first that works, unless it is set. BUILD_FLAGS are handed to it, such as
# the secrets that the Dockerfile knows. IMAGE_TAG replaces the tag. BASE_IMAGE is a base by another name, such as that
# of a mirror; BASE is what `base` has printed, for who calls this several times and means the same image each time.
set -euo pipefail
cd "$(dirname "$0")/.."

# The last release; 0.0.0 before the first one, and where there is no git repository.
version() {
  local release
  release=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || release=v0.0.0
  printf '%s' "${release#v}"
}

builder() {
  local name
  for name in ${BUILDER:-docker podman buildah}; do
    command -v "$name" >/dev/null || continue
    # The docker command is often there without its engine.
    [ "$name" = docker ] && ! docker info >/dev/null 2>&1 && continue
    printf '%s' "$name"
    return
  done
  echo "No builder works here: tried ${BUILDER:-docker (with its engine running), podman and buildah}." >&2
  echo "Install one, or deploy an image that exists: make deploy IMAGE=registry/name@sha256:…" >&2
  return 1
}

base_name() {
  printf '%s' "${BASE_IMAGE:-$(sed -n 's/^ARG PYTHON=//p' Dockerfile)}"
}

# name@sha256:… as the registry has it now, so that a mended base is another base, and two machines build on the same one.
# Where the registry cannot be asked, the copy of this machine; and without that the bare name. Both are said.
base() {
  local platform=$1 name builder digest pulled=true always=()
  if [ -n "${BASE:-}" ]; then
    printf '%s' "$BASE"
    return
  fi
  name=$(base_name)
  if [[ $name == *@sha256:* ]]; then
    printf '%s' "$name"
    return
  fi
  if ! builder=$(builder 2>/dev/null); then
    echo "No builder works here that could tell which image $name is today: the tag says unpinned." >&2
    printf '%s' "$name"
    return
  fi
  # Unlike the others, buildah is content with a copy unless it is told.
  [[ $builder != *buildah ]] || always=(--policy always)
  "$builder" pull --quiet "${always[@]}" --platform "$platform" "$name" >/dev/null 2>&1 || pulled=false
  digest=$(digest_of_copy "$builder" "$name")
  if [ -z "$digest" ]; then
    echo "$name cannot be pulled, and $builder knows no digest of a copy here: the image is built on whatever has that" >&2
    echo "name on this machine, and its tag says unpinned." >&2
    printf '%s' "$name"
    return
  fi
  $pulled || echo "$name cannot be pulled: the copy here is built on, $digest, which may not be the newest." >&2
  printf '%s@%s' "$(repository_of "$name")" "$digest"
}

# The digest under which this machine has an image; nothing where it has none.
digest_of_copy() {
  local told
  case "$1" in
    *buildah) told=$("$1" inspect --type image --format '{{.FromImageDigest}}' "$2" 2>/dev/null || true) ;;
    *) told=$("$1" image inspect --format '{{index .RepoDigests 0}}' "$2" 2>/dev/null || true) ;;
  esac
  grep -o 'sha256:[0-9a-f]\{64\}' <<<"$told" | head -n 1 || true
}

# A name without its tag; a colon before the last slash is that of a port.
repository_of() {
  local last=${1##*/}
  printf '%s' "${1%"$last"}${last%%:*}"
}

# The same content on the same base has the same tag, so that deploying twice builds once, and replaces no task.
tag() {
  local platform=${1:-linux/amd64} files content base digest=unpinned
  if [ -n "${IMAGE_TAG:-}" ]; then
    printf '%s' "$IMAGE_TAG"
    return
  fi
  base=$(base "$platform")
  [[ $base != *@sha256:* ]] || digest=${base##*@sha256:}
  files=$(
    find Dockerfile .dockerignore LICENSE README.md pyproject.toml service/requirements.lock service/requirements-build.lock \
      service/reelsift -type f ! -path '*/__pycache__/*' | LC_ALL=C sort
  )
  content=$({ echo "$files" && git hash-object --no-filters --stdin-paths <<<"$files"; } | git hash-object --stdin)
  printf '%s-%s-%s' "$(version)" "${content:0:12}" "${digest:0:12}"
}

build() {
  local name=$1 platform=$2 builder revision base digest=unknown
  builder=$(builder)
  base=$(base "$platform")
  [[ $base != *@* ]] || digest=${base##*@}
  revision=$(git rev-parse HEAD 2>/dev/null || printf unknown)
  local arguments=(
    --file Dockerfile --platform "$platform" --tag "$name"
    --build-arg "VERSION=$(version)" --build-arg "REVISION=$revision"
    --build-arg "PYTHON=$base" --build-arg "BASE_NAME=$(base_name)" --build-arg "BASE_DIGEST=$digest"
  )
  # shellcheck disable=SC2206 # several flags, as a shell splits them
  arguments+=(${BUILD_FLAGS:-})
  case "$builder" in
    # BuildKit, since the Dockerfile mounts secrets; no attestations, which would make an index of the image.
    *docker) DOCKER_BUILDKIT=1 BUILDX_NO_DEFAULT_ATTESTATIONS=1 "$builder" build "${arguments[@]}" . ;;
    # The health check is docker's: the other format drops it.
    *buildah) "$builder" bud --format docker "${arguments[@]}" . ;;
    *) "$builder" build --format docker "${arguments[@]}" . ;;
  esac
}

push() {
  local repository=$1 region=$2 platform=$3 builder name
  local image_tag
  BASE=$(base "$platform")
  export BASE
  image_tag="$(tag "$platform")-${platform##*/}"
  name="$repository:$image_tag"
  if aws ecr describe-images --region "$region" --repository-name "${repository#*/}" \
    --image-ids "imageTag=$image_tag" >/dev/null 2>&1; then
    echo "The repository has $image_tag already." >&2
    return
  fi
  builder=$(builder)
  build "$name" "$platform" >&2
  aws ecr get-login-password --region "$region" |
    "$builder" login --username AWS --password-stdin "${repository%%/*}" >&2
  "$builder" push "$name" >&2
}

"$@"
