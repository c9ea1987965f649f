# A change set says what would change before it does. This shows it in words, refuses what would lose data, and carries it out.
# shellcheck shell=bash

# Losing one of these loses data, or what data is read with.
readonly kept_types='["AWS::DynamoDB::Table","AWS::KMS::Key","AWS::SecretsManager::Secret"]'

change_stack() {
  local template=$1 stack=$2 name kind changes
  shift 2
  name=deploy-$(date -u +%Y%m%d%H%M%S)
  kind=UPDATE
  case $(stack_status "$stack") in '' | REVIEW_IN_PROGRESS | ROLLBACK_COMPLETE) kind=CREATE ;; esac
  if [ "$kind" = CREATE ] && [ "$(stack_status "$stack")" = ROLLBACK_COMPLETE ]; then
    note 'would be made anew'
    return
  fi

  make_change_set "$template" "$stack" "$name" "$kind" "$@"
  changes=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$name" --output json)
  if is_empty "$changes"; then
    note 'nothing to change'
    drop_change_set "$stack" "$name" "$kind"
    return
  fi
  tell "$changes"
  if [ "$dry_run" = yes ]; then
    warn_of_loss "$changes"
    drop_change_set "$stack" "$name" "$kind"
    return
  fi
  if ! check_loss "$changes"; then
    drop_change_set "$stack" "$name" "$kind"
    fail 7 "$stack was not changed." "If that is what you want, pass --allow-replacement with each of those ids. Take a backup first."
  fi
  if ! confirm "Change $stack?"; then
    drop_change_set "$stack" "$name" "$kind"
    fail 7 "$stack was not changed."
  fi
  carry_out "$stack" "$name" "$kind"
}

make_change_set() {
  local template=$1 stack=$2 name=$3 kind=$4 file status reason
  shift 4
  file=$infrastructure/templates/$template.yaml
  local tags=("Key=app,Value=$app" "Key=env,Value=$environment" Key=managed-by,Value=cloudformation)
  # On the other stacks it would change every resource with every commit.
  [ "$template" != ecs-fargate ] || tags+=("Key=git-sha,Value=$tag")
  aws cloudformation create-change-set --stack-name "$stack" --change-set-name "$name" --change-set-type "$kind" \
    --template-body "file://$file" --capabilities CAPABILITY_IAM --parameters "$(parameters_for "$file" "$@")" \
    --tags "${tags[@]}" \
    >/dev/null || fail 5 "$stack: the change set was refused." 'The message above says why.'
  while :; do
    status=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$name" --query Status --output text)
    [[ $status == *_IN_PROGRESS || $status == CREATE_PENDING ]] || break
    sleep "${DEPLOY_POLL_SECONDS:-5}"
  done
  if [ "$status" = FAILED ]; then
    reason=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$name" --query StatusReason --output text)
    [[ $reason == *"didn't contain changes"* || $reason == *'No updates are to be performed'* ]] && return
    drop_change_set "$stack" "$name" "$kind"
    fail 5 "$stack: $reason"
  fi
}

# parameters_for FILE [NAME=VALUE ...]: what a template declares, from what is given, the parameter file, and the SSM parameters that
# other stacks wrote: KeyArn is read from /APP/ENV/key-arn. What nobody names keeps the template's default.
parameters_for() {
  local file=$1 declared given
  shift
  declared=$(aws cloudformation get-template-summary --template-body "file://$file" --query 'Parameters[].[ParameterKey, ParameterType]' --output json)
  given=$(jq -n '[$ARGS.positional[] | capture("^(?<key>[^=]+)=(?<value>.*)$")] | from_entries' --args "EnvironmentName=$environment" "$@")
  jq --argjson given "$given" --argjson declared "$declared" --arg path "/$app/$environment/" '
    def kebab: gsub("(?<small>[a-z0-9])(?<big>[A-Z])"; "\(.small)-\(.big)") | ascii_downcase;
    (. + $given) as $known
    | [$declared[] | . as [$key, $type]
      | if ($type | startswith("AWS::SSM::Parameter::Value")) and ($known | has($key) | not) then {ParameterKey: $key, ParameterValue: ($path + ($key | kebab))}
        elif $known | has($key) then {ParameterKey: $key, ParameterValue: ($known[$key] | tostring)}
        else empty end]' "$parameters"
}

is_empty() { jq -e '.Status == "FAILED" or ((.Changes | length) == 0 and .ExecutionStatus == "UNAVAILABLE")' <<<"$1" >/dev/null; }

# One line a resource: what happens to it, and why.
tell() {
  jq -r '
    def verb: if .Action == "Add" then "add" elif .Action == "Remove" then "REMOVE"
      elif .Replacement == "True" then "REPLACE" elif .Replacement == "Conditional" then "change, perhaps REPLACE" else "change" end;
    def why: [.Details[]?.Target.Name // empty] | unique | join(", ");
    .Changes[].ResourceChange
    | "\(verb) \(.LogicalResourceId) (\(.ResourceType))" + (if why == "" then "" else ": \(why)" end)' <<<"$1" |
    while read -r line; do note "$line"; done
  [ "$(jq '.Changes | length' <<<"$1")" != 0 ] || note 'only outputs change'
}

# losses CHANGES: what would be lost, one "id<tab>sentence" a line, without what was allowed.
losses() {
  jq -r --argjson kept "$kept_types" --args '
    .Changes[].ResourceChange
    | select(.ResourceType as $type | $kept | index($type))
    | select(.Action == "Remove" or .Replacement == "True" or .Replacement == "Conditional")
    | select(.LogicalResourceId as $id | $ARGS.positional | index($id) | not)
    | "\(.LogicalResourceId)\t\(.ResourceType) would be \(if .Action == "Remove" then "removed" else "replaced by an empty one" end)"' \
    "${allowed_replacements[@]}" <<<"$1"
}

check_loss() {
  local found id sentence
  found=$(losses "$1")
  [ -n "$found" ] || return 0
  while IFS=$'\t' read -r id sentence; do
    printf '   %sRefused:%s %s: %s\n' "$red" "$plain" "$id" "$sentence" >&2
  done <<<"$found"
  return 1
}

warn_of_loss() { check_loss "$1" || note 'a deployment would stop here'; }

# A stack that exists only because a change set was looked at is removed with it.
drop_change_set() {
  aws cloudformation delete-change-set --stack-name "$1" --change-set-name "$2" >/dev/null 2>&1 || true
  if [ "$3" = CREATE ] && [ "$(stack_status "$1")" = REVIEW_IN_PROGRESS ]; then
    aws cloudformation delete-stack --stack-name "$1" >/dev/null 2>&1 || true
  fi
}

carry_out() {
  local stack=$1 name=$2 kind=$3 status
  aws cloudformation execute-change-set --stack-name "$stack" --change-set-name "$name" >/dev/null
  detail 'waiting for CloudFormation'
  status=$(await_stack "$stack")
  case $status in
    CREATE_COMPLETE | UPDATE_COMPLETE | IMPORT_COMPLETE) note "${status//_/ }" ;;
    *) fail 5 "$stack came to $status: $(first_failure "$stack" || echo 'no event says why')" \
      'What was there before is back. Mend the cause and run this again.' ;;
  esac
}
