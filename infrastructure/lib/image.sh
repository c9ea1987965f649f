# The image: built once for each commit, found again by its tag, deployed by its digest.
# shellcheck shell=bash

# Sets `image` to what the service is to run.
provide_image() {
  step "Image $image_tag"
  local repository digest
  repository=$(stack_output registry RepositoryUri)
  if [ -z "$repository" ]; then
    # A dry run of a first deployment: there is no registry yet.
    would_build "$account.dkr.ecr.$AWS_REGION.amazonaws.com/$app"
    return
  fi
  digest=$(digest_of "$repository")
  if [ -z "$digest" ] && [ -n "$rollback_tag" ]; then
    fail 4 "There is no image $rollback_tag in $repository." "aws ecr describe-images --repository-name ${repository#*/} lists them."
  fi
  if [ -z "$digest" ] && [ "$dry_run" = yes ]; then
    would_build "$repository"
    return
  fi
  if [ -z "$digest" ]; then
    build_and_push "$repository"
    digest=$(digest_of "$repository")
    [ -n "$digest" ] || fail 4 "$repository does not know $image_tag after it was pushed."
  else
    note 'is in the registry already'
  fi
  image=$repository@$digest
  note "$image"
}

# would_build REPOSITORY: for a dry run. The template takes an image by its digest only, so a digest stands for the one to come.
would_build() {
  note 'would be built and pushed'
  image=$1@sha256:$(printf '0%.0s' {1..64})
}

# digest_of REPOSITORY: nothing when the image is not there. Fails when AWS does not say.
digest_of() {
  local answer
  if answer=$(aws ecr describe-images --repository-name "${1#*/}" --image-ids "imageTag=$image_tag" \
    --query 'imageDetails[0].imageDigest' --output text 2>&1); then
    sed '/^None$/d' <<<"$answer"
  elif ! grep -q ImageNotFoundException <<<"$answer"; then
    fail 4 "The registry does not say whether $image_tag is there: ${answer//$'\n'/ }"
  fi
}

build_and_push() {
  local repository=$1 platform=linux/arm64
  [ "$(setting CpuArchitecture ARM64)" = ARM64 ] || platform=linux/amd64
  aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}" >/dev/null ||
    fail 4 'The registry did not let docker in.' 'Is Docker running? Docker prints the reason above.'
  docker buildx build --platform "$platform" --provenance=false --build-arg "GIT_SHA=$image_tag" --tag "$repository:$image_tag" --push "$project" ||
    fail 4 'The image could not be built and pushed.' 'The output above says why. `npx freeda build` alone is quicker to try.'
}
