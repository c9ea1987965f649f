# Everything that can be known to go wrong before anything is changed. All of it is said at once.
# shellcheck shell=bash

preflight() {
  step "Preflight for $app $environment in $AWS_REGION"
  problems=()
  check_tools aws docker git jq curl node
  report_problems
  check_account
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
  report_problems
}

problem() { problems+=("$1"$'\n'"   → $2"); }

report_problems() {
  [ ${#problems[@]} -gt 0 ] || return 0
  printf '\n%sNot ready to deploy:%s\n' "$red" "$plain" >&2
  printf -- '- %s\n' "${problems[@]}" >&2
  exit 3
}

check_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || problem "$tool is not installed." 'docs/deploy/script.md lists what is needed, and where to get it.'
  done
}

check_account() {
  local caller allowed
  account=''
  if ! caller=$(aws sts get-caller-identity --output json 2>&1); then
    problem "AWS does not know who calls: ${caller//$'\n'/ }" 'Sign in (aws sso login), or set AWS_PROFILE.'
    return
  fi
  look_at_stacks
  account=$(jq -r .Account <<<"$caller")
  allowed=$(setting AllowedAccount)
  note "account $account, as $(jq -r .Arn <<<"$caller")"
  if [ -n "$allowed" ] && [ "$allowed" != "$account" ]; then
    problem "This is account $account, and $environment belongs to $allowed." "Use the profile of $allowed, or correct AllowedAccount in $parameters."
  fi
}

check_git() {
  if ! tag=$(git -C "$project" rev-parse --short=12 HEAD 2>/dev/null); then
    problem 'There is no commit to deploy.' 'git init, git add and git commit: an image is named after its commit.'
    return
  fi
  if [ -n "$(git -C "$project" status --porcelain)" ]; then
    if [ "$allow_dirty" = no ]; then
      problem 'There are changes that are not committed.' 'Commit them, or pass --allow-dirty.'
    else
      tag=$tag-dirty-$(date -u +%Y%m%d%H%M%S)
      warn "not committed; the image is called $tag"
    fi
  fi
  [ -z "$rollback_tag" ] || tag=$rollback_tag
}

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
  local needed secrets name known
  if ! needed=$(app_needs true) || ! secrets=$(needed_secrets); then
    problem 'The config cannot be planned for production.' 'NODE_ENV=production npx freeda doctor says why.'
    return
  fi
  known=$(secret_keys; set_by_service)
  for name in $needed; do
    if grep -qxF "$name" <<<"$known"; then continue; fi
    if grep -qxF "$name" <<<"$secrets"; then
      problem "The app needs the secret $name in production." "infrastructure/scripts/setup.sh $environment asks for what is missing."
    else
      problem "The app needs $name in production, and nobody sets it." \
        "Give it a default in the config, or set it like a secret: infrastructure/scripts/secrets.sh $environment set $name"
    fi
  done
}

# What ecs-fargate.yaml gives to every task.
set_by_service() { grep -oE '^ *- Name: [A-Z_]+$' "$infrastructure/templates/ecs-fargate.yaml" | sed 's/.*: //' | sort -u; }
