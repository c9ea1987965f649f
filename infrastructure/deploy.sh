#!/usr/bin/env bash
# Deploys this app to AWS, or shows what a deployment would change. `./deploy.sh --help` says how.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# In a project this file stands beside infrastructure/; in Freeda's own repository, in it.
infrastructure=$here/infrastructure
[ -d "$infrastructure" ] || infrastructure=$here
project=${FREEDA_PROJECT:-$(dirname "$infrastructure")}
lib=$infrastructure/lib

# shellcheck source=lib/bash-version.sh
source "$lib/bash-version.sh"
# shellcheck source=lib/terminal.sh
source "$lib/terminal.sh"
# shellcheck source=lib/options.sh
source "$lib/options.sh"
# shellcheck source=lib/settings.sh
source "$lib/settings.sh"
# shellcheck source=lib/readiness.sh
source "$lib/readiness.sh"
# shellcheck source=lib/preflight.sh
source "$lib/preflight.sh"
# shellcheck source=lib/stacks.sh
source "$lib/stacks.sh"
# shellcheck source=lib/change-sets.sh
source "$lib/change-sets.sh"
# shellcheck source=lib/image.sh
source "$lib/image.sh"
# shellcheck source=lib/secrets.sh
source "$lib/secrets.sh"
# shellcheck source=lib/smoke.sh
source "$lib/smoke.sh"
# shellcheck source=lib/destroy.sh
source "$lib/destroy.sh"

# Exit codes: 0 done or nothing to do, 2 usage, 3 preflight, 4 build or push, 5 a stack failed, 6 smoke test failed, 7 refused.
main() {
  read_options "$@"
  read_settings "$environment"

  case $action in
    cost) exec node "$infrastructure/scripts/cost.mjs" "$environment" ;;
    # One line each: behind `&&` the shell would go on after a failure within the first.
    destroy)
      preflight_account
      destroy_environment
      ;;
    refresh-secrets)
      preflight_account
      refresh_secrets
      ;;
    deploy)
      preflight
      deploy
      ;;
  esac
}

# What a new task needs is there before it starts; what watches it comes last.
deploy() {
  trap 'interrupted' INT TERM
  deploy_stack foundation
  deploy_stack registry
  provide_image
  [ "$(setting BringYourOwnNetwork false)" = true ] || deploy_stack network
  deploy_stack dynamodb-table
  local image_before tag_before
  image_before=$(running ImageUri)
  tag_before=$(running GitSha)
  deploy_stack ecs-fargate "ImageUri=$image" "GitSha=$image_tag"
  deploy_stack ops
  if [ "$dry_run" = yes ]; then
    done_with "Nothing was changed. Leave out --dry-run to deploy this."
    return
  fi
  smoke_test "$image_tag" || return_to "$image_before" "$tag_before"
  [ -z "$(foreign_name)" ] || note "$(foreign_name) has to point to $(stack_output ecs-fargate Target)"
  done_with "$app $environment runs $image_tag: $(service_url)"
}

main "$@"
