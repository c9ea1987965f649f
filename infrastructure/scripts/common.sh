# What the day-two scripts share with deploy.sh: the environment's settings, and words for the terminal. Sourced, after `environment` is set.
# shellcheck shell=bash

infrastructure=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=${FREEDA_PROJECT:-$(dirname "$infrastructure")}
# Read by what is sourced below.
# shellcheck disable=SC2034
assume_yes=no dry_run=no

# shellcheck source=../lib/bash-version.sh
source "$infrastructure/lib/bash-version.sh"
# shellcheck source=../lib/terminal.sh
source "$infrastructure/lib/terminal.sh"
# shellcheck source=../lib/settings.sh
source "$infrastructure/lib/settings.sh"
# shellcheck source=../lib/readiness.sh
source "$infrastructure/lib/readiness.sh"
# shellcheck source=../lib/stacks.sh
source "$infrastructure/lib/stacks.sh"
# shellcheck source=../lib/secrets.sh
source "$infrastructure/lib/secrets.sh"

# misunderstood SENTENCE: the script's own comment is its help.
misunderstood() {
  printf '%s\n\n' "$1" >&2
  script_help >&2
  exit 2
}

# The comment at the top of the script, from its second line to the first that is none.
script_help() { sed -n '2,/^[^#]/ { s/^# \{0,1\}//p }' "$0"; }

# begin ENVIRONMENT: for scripts whose first argument is one.
begin() {
  environment=${1-}
  case $environment in
    --help | -h) script_help && exit 0 ;;
    '') misunderstood 'Which environment?' ;;
  esac
  read_settings "$environment"
  problems=()
  check_tools aws jq
  report_problems
  check_account
  report_problems
}

# output TEMPLATE KEY: a stack's output, or the end with what to do.
output() {
  local value
  value=$(stack_output "$1" "$2")
  [ -n "$value" ] || fail 3 "$(stack_of "$1") has no output $2." "./deploy.sh $environment brings it up to date."
  echo "$value"
}
