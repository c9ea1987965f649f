# Everything that can be known to go wrong before anything is changed. All of it is said at once.
# shellcheck shell=bash

preflight() {
  step "Preflight for $app $environment in $AWS_REGION"
  problems=()
  check_tools aws docker git jq curl node
  report_problems
  check_account
  tell_account
  check_git
  check_templates
  check_app
  report_problems
}

# What does not build needs less.
preflight_account() {
  step "Preflight for $app $environment in $AWS_REGION"
  problems=()
  check_tools aws jq
  report_problems
  check_account
  tell_account
  report_problems
}

# Sets `image_tag`: the commit's, or the one to go back to.
check_git() {
  if ! image_tag=$(git -C "$project" rev-parse --short=12 HEAD 2>/dev/null); then
    problem 'There is no commit to deploy.' 'git init, git add and git commit: an image is named after its commit.'
    return
  fi
  if [ -n "$(git -C "$project" status --porcelain)" ]; then
    if [ "$allow_dirty" = no ]; then
      problem 'There are changes that are not committed.' 'Commit them, or pass --allow-dirty.'
    else
      image_tag=$image_tag-dirty-$(date -u +%Y%m%d%H%M%S)
      warn "not committed; the image is called $image_tag"
    fi
  fi
  [ -z "$rollback_tag" ] || image_tag=$rollback_tag
}

tell_account() { [ -z "$account" ] || note "account $account, as $(jq -r .Arn <<<"$caller")"; }

# All at once, since each is a call to AWS.
check_templates() {
  local template
  # Who is not signed in would read of each template that it is refused.
  [ -n "$account" ] || return 0
  for template in $all_templates; do summarise "$template" & done
  wait
  for template in $all_templates; do
    [ -s "$scratch/$template.json" ] ||
      problem "$template.yaml is refused: $(tr '\n' ' ' <"$scratch/$template.error")" 'Correct it; cfn-lint often says more.'
  done
}

# What the app needs in production has to be in the secret, or among what the service sets. Values are never printed.
check_app() {
  local needed secrets name known hint
  if ! needed=$(app_needs true) || ! secrets=$(needed_secrets); then
    problem 'The config cannot be planned for production.' 'NODE_ENV=production npx freeda doctor says why.'
    return
  fi
  # Who is not signed in would read only that the secret cannot be read.
  [ -n "$account" ] || return 0
  known=$(secret_keys; set_by_service)
  for name in $needed; do
    if grep -qxF "$name" <<<"$known"; then continue; fi
    if grep -qxF "$name" <<<"$secrets"; then
      problem "The app needs the secret $name in production." "infrastructure/scripts/setup.sh $environment asks for what is missing."
    else
      hint="Give it a default in the config, or set it like a secret: infrastructure/scripts/secrets.sh $environment set $name"
      [[ $name != REDIS_* ]] || hint="Set Cache in infrastructure/parameters/$environment.json: the service then has a Redis. Or: $hint"
      problem "The app needs $name in production, and nobody sets it." "$hint"
    fi
  done
}

# What ecs-fargate.yaml gives to every task, and with a cache its address.
set_by_service() {
  local without='^$'
  [ "$(setting Cache off)" != off ] || without='^REDIS_'
  grep -oE '^ *- Name: [A-Z_]+$' "$infrastructure/templates/ecs-fargate.yaml" | sed 's/.*: //' | sort -u | grep -v "$without"
}
