# The environment's parameter file, and the names that follow from it.
# shellcheck shell=bash

read_settings() {
  local known
  parameters=$infrastructure/parameters/$1.json
  known=$(cd "$infrastructure/parameters" && printf '%s ' *.json)
  [[ $1 =~ ^[a-z][a-z0-9-]{1,14}[a-z0-9]$ ]] ||
    misunderstood "\"$1\" cannot be the name of an environment: three to 16 small letters, digits and dashes."
  [ -f "$parameters" ] ||
    misunderstood "There is no infrastructure/parameters/$1.json. There are: ${known//.json/}"
  command -v jq >/dev/null || fail 3 'jq is not installed.' 'Install it, for example with: apt-get install jq, or brew install jq'
  jq -e 'type == "object"' "$parameters" >/dev/null 2>&1 || fail 3 "$parameters is not a JSON object." 'Mend it; `jq . FILE` says where.'

  app=$(setting AppName)
  [ -n "$app" ] || fail 3 "$parameters has no AppName." 'Add one: small letters, digits and dashes.'
  AWS_REGION=${AWS_REGION:-$(setting Region us-east-1)}
  AWS_DEFAULT_REGION=$AWS_REGION
  export AWS_REGION AWS_DEFAULT_REGION
  # Nothing of the aws command line waits for a key.
  export AWS_PAGER=''
  # For what is asked once in a run.
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
}

# The stacks of an environment, in the order in which they stand on each other. `ci` is made once, by setup.sh.
readonly all_templates='foundation registry network dynamodb-table ecs-fargate ops'

# setting NAME [DEFAULT]: a value of the parameter file.
setting() { jq -r --arg name "$1" --arg default "${2-}" '.[$name] // $default | tostring' "$parameters"; }

# stack_of TEMPLATE: the stack that a template makes in this environment.
stack_of() {
  case $1 in
    ecs-fargate) echo "$app-$environment-service" ;;
    dynamodb-table) echo "$app-$environment-table" ;;
    *) echo "$app-$environment-$1" ;;
  esac
}
