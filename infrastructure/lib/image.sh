# The image: built once for each commit, found again by its tag, deployed by its digest.
# shellcheck shell=bash

# Sets `image` to what the service is to run.
provide_image() {
  step "Image $tag"
  local repository digest
  repository=$(stack_output registry RepositoryUri)
  if [ -z "$repository" ]; then
    # A dry run of a first deployment: there is no registry yet.
    image=$account.dkr.ecr.$AWS_REGION.amazonaws.com/$app@sha256:$(printf '0%.0s' {1..64})
    note 'would be built and pushed'
    return
  fi
  digest=$(digest_of "$repository")
  if [ -z "$digest" ] && [ -n "$rollback_tag" ]; then
    fail 4 "There is no image $rollback_tag in $repository." "aws ecr describe-images --repository-name ${repository#*/} lists them."
  fi
  if [ -z "$digest" ] && [ "$dry_run" = yes ]; then
    note 'would be built and pushed'
    image=$repository:$tag
    return
  fi
  if [ -z "$digest" ]; then
    build_and_push "$repository"
    digest=$(digest_of "$repository")
    [ -n "$digest" ] || fail 4 "$repository does not know $tag after it was pushed."
  else
    note 'is in the registry already'
  fi
  image=$repository@$digest
  note "$image"
}

digest_of() {
  aws ecr describe-images --repository-name "${1#*/}" --image-ids "imageTag=$tag" --query 'imageDetails[0].imageDigest' --output text \
    2>/dev/null | sed '/^None$/d' || true
}

build_and_push() {
  local repository=$1 platform=linux/arm64
  [ "$(setting CpuArchitecture ARM64)" = ARM64 ] || platform=linux/amd64
  aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}" >/dev/null ||
    fail 4 'The registry did not let docker in.' 'Is Docker running? Docker prints the reason above.'
  docker buildx build --platform "$platform" --provenance=false --build-arg "GIT_SHA=$tag" --tag "$repository:$tag" --push "$project" ||
    fail 4 'The image could not be built and pushed.' 'The output above says why. `npx freeda build` alone is quicker to try.'
}
