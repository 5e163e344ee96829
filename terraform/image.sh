#!/usr/bin/env bash
# The image of the worker: what its tag is, how it is built, and how it gets into the repository of the deployment.
#
#   image.sh tag                       the tag of what lies here
#   image.sh build NAME PLATFORM       build NAME for linux/amd64 or linux/arm64
#   image.sh push REPOSITORY REGION PLATFORM    build and push, unless the repository has the tag already
#
# BUILDER is docker, podman or buildah; the first that works, unless it is set. BUILD_FLAGS are handed to it, such as
# --pull for a fresh base, or the secrets that the Dockerfile knows. IMAGE_TAG replaces the tag.
set -euo pipefail
cd "$(dirname "$0")/.."

# The last release; 0.0.0 before the first one, and where there is no git repository.
version() {
  local release
  release=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || release=v0.0.0
  printf '%s' "${release#v}"
}

# The same content has the same tag, so that deploying twice builds once, and replaces no task.
tag() {
  if [ -n "${IMAGE_TAG:-}" ]; then
    printf '%s' "$IMAGE_TAG"
    return
  fi
  local content
  content=$(
    find Dockerfile .dockerignore LICENSE README.md pyproject.toml service/requirements.lock service/requirements-build.lock \
      service/reelsift -type f ! -path '*/__pycache__/*' | LC_ALL=C sort |
      while IFS= read -r file; do printf '%s\n' "$file" && cat "$file"; done | git hash-object --stdin
  )
  printf '%s-%s' "$(version)" "${content:0:12}"
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

build() {
  local name=$1 platform=$2 builder revision
  builder=$(builder)
  revision=$(git rev-parse HEAD 2>/dev/null || printf unknown)
  local arguments=(
    --file Dockerfile --platform "$platform" --tag "$name"
    --build-arg "VERSION=$(version)" --build-arg "REVISION=$revision"
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
  image_tag="$(tag)-${platform##*/}"
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
