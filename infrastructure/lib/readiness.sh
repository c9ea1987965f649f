# What every script needs before it does anything: the tools, and the right account. All that is missing is said at once.
# shellcheck shell=bash

problem() { problems+=("$1"$'\n'"   → $2"); }

report_problems() {
  [ ${#problems[@]} -gt 0 ] || return 0
  printf '\n%sNot ready:%s\n' "$red" "$plain" >&2
  printf -- '- %s\n' "${problems[@]}" >&2
  exit 3
}

check_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || problem "$tool is not installed." 'docs/deploy/script.md lists what is needed, and where to get it.'
  done
}

# Sets `account` and `caller`, and looks at the stacks.
check_account() {
  local allowed
  account=''
  if ! caller=$(aws sts get-caller-identity --output json 2>&1); then
    problem "AWS does not know who calls: ${caller//$'\n'/ }" 'Sign in (aws sso login), or set AWS_PROFILE.'
    return
  fi
  account=$(jq -r .Account <<<"$caller")
  allowed=$(setting AllowedAccount)
  if [ -n "$allowed" ] && [ "$allowed" != "$account" ]; then
    problem "This is account $account, and $environment belongs to $allowed." "Use the profile of $allowed, or correct AllowedAccount in $parameters."
    return
  fi
  look_at_stacks ||
    problem "AWS does not say how the stacks stand: $(refusal)" 'Who calls needs cloudformation:DescribeStacks on them. Nothing was changed.'
}
