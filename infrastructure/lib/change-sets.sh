# A change set says what would change before it does. This shows it in words, refuses what would lose data, and carries it out.
# shellcheck shell=bash

# Losing one of these loses data, or what data is read with.
readonly kept_types='["AWS::DynamoDB::Table","AWS::KMS::Key","AWS::SecretsManager::Secret"]'

change_stack() {
  local template=$1 stack=$2 name kind=UPDATE changes status
  shift 2
  name=deploy-$(date -u +%Y%m%d%H%M%S)
  status=$(stack_status "$stack")
  case $status in
    '' | REVIEW_IN_PROGRESS) kind=CREATE ;;
    ROLLBACK_COMPLETE) note 'would be made anew' && return ;; # in a dry run only: `settle` removed it otherwise
  esac
  if [ "$dry_run" = yes ] && [ "$kind" = CREATE ] && lacks_inputs "$template"; then return; fi

  changes=$(make_change_set "$template" "$stack" "$name" "$kind" "$@") || exit
  if is_unchanged "$changes"; then
    note 'nothing to change'
    drop_change_set "$stack" "$name"
    return
  fi
  tell "$changes"
  if [ "$dry_run" = yes ]; then
    check_loss "$changes" || note 'a deployment would stop here'
    drop_change_set "$stack" "$name"
    return
  fi
  if ! check_loss "$changes"; then
    drop_change_set "$stack" "$name"
    fail 7 "$stack was not changed." 'If that is what you want, pass --allow-replacement with each of those ids. Take a backup first.'
  fi
  if ! confirm "Change $stack?"; then
    drop_change_set "$stack" "$name"
    fail 7 "$stack was not changed."
  fi
  carry_out "$stack" "$name"
}

# make_change_set TEMPLATE STACK NAME KIND [NAME=VALUE ...]: prints what CloudFormation says of the new change set, as JSON.
make_change_set() {
  local template=$1 stack=$2 name=$3 kind=$4 changes
  shift 4
  local given pair
  given=$(parameters_for "$template" "$@") || fail 5 "$template.yaml could not be read: $(tr '\n' ' ' <"$scratch/$template.error")"
  local tags=("Key=app,Value=$app" "Key=env,Value=$environment" Key=managed-by,Value=cloudformation)
  # Only the service is told its commit: on the other stacks it would change every resource with every commit.
  for pair in "$@"; do [[ $pair != GitSha=* ]] || tags+=("Key=git-sha,Value=${pair#GitSha=}"); done
  aws cloudformation create-change-set --stack-name "$stack" --change-set-name "$name" --change-set-type "$kind" \
    --template-body "file://$infrastructure/templates/$template.yaml" --capabilities CAPABILITY_IAM \
    --parameters "$given" --tags "${tags[@]}" ${AWS_STACK_ROLE_ARN:+--role-arn "$AWS_STACK_ROLE_ARN"} >/dev/null ||
    fail 5 "$stack: the change set was refused." 'The message above says why.'
  while :; do
    changes=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$name" --output json) ||
      fail 5 "AWS does not say what would change in $stack." 'The message above says why.'
    jq -e '.Status | test("_IN_PROGRESS$|_PENDING$")' <<<"$changes" >/dev/null || break
    sleep "${DEPLOY_POLL_SECONDS:-5}"
  done
  if jq -e '.Status == "FAILED"' <<<"$changes" >/dev/null && ! is_unchanged "$changes"; then
    drop_change_set "$stack" "$name"
    fail 5 "$stack: $(jq -r .StatusReason <<<"$changes")"
  fi
  echo "$changes"
}

# parameters_for TEMPLATE [NAME=VALUE ...]: what a template declares, from what is given, the parameter file, and the SSM parameters
# that other stacks wrote: KeyArn is read from /APP/ENV/key-arn. What nobody names keeps the template's default.
parameters_for() {
  local given
  summarise "$1" || return
  given=$(jq -n '[$ARGS.positional[] | capture("^(?<key>[^=]+)=(?<value>.*)$")] | from_entries' --args "EnvironmentName=$environment" "${@:2}")
  jq --argjson given "$given" --slurpfile summary "$scratch/$1.json" --arg path "/$app/$environment/" '
    def kebab: gsub("(?<small>[a-z0-9])(?<big>[A-Z])"; "\(.small)-\(.big)") | ascii_downcase;
    (. + $given) as $known
    | [$summary[0].Parameters[] | .ParameterKey as $key | .ParameterType as $type
      | if ($type | startswith("AWS::SSM::Parameter::Value")) and ($known | has($key) | not) then {ParameterKey: $key, ParameterValue: ($path + ($key | kebab))}
        elif $known | has($key) then {ParameterKey: $key, ParameterValue: ($known[$key] | tostring)}
        else empty end]' "$parameters"
}

# lacks_inputs TEMPLATE: true, with a word about it, when the stacks that this one reads from are not there yet. A change set would be
# refused then; in a dry run nobody makes them.
lacks_inputs() {
  local listed paths missing
  listed=$(parameters_for "$1" | jq -r --arg path "/$app/$environment/" '.[].ParameterValue | select(startswith($path))')
  [ -n "$listed" ] || return 1
  mapfile -t paths <<<"$listed"
  missing=$(aws ssm get-parameters --names "${paths[@]}" --query InvalidParameters --output text) ||
    fail 5 'AWS does not say which values the other stacks wrote.' 'The message above says why.'
  [ -n "$missing" ] || return 1
  note "would be made: $(jq -r '.ResourceTypes | "\(length) resources, such as \(.[:3] | join(", "))"' "$scratch/$1.json")"
  detail "not in more detail, before these are there: $(tr '\t' ' ' <<<"$missing")"
}

# summarise TEMPLATE: what CloudFormation makes of it, once for a run, in "$scratch/TEMPLATE.json". Fails when it is refused.
summarise() {
  [ -s "$scratch/$1.json" ] ||
    aws cloudformation get-template-summary --template-body "file://$infrastructure/templates/$1.yaml" --output json \
      >"$scratch/$1.json" 2>"$scratch/$1.error"
}

is_unchanged() {
  jq -e '.Status == "FAILED" and ((.StatusReason // "") | test("didn.t contain changes|No updates are to be performed"))' <<<"$1" >/dev/null
}

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
  # What cannot be judged counts as a loss.
  found=$(losses "$1") || found=$'Unknown\tit could not be found out what would be lost'
  [ -n "$found" ] || return 0
  while IFS=$'\t' read -r id sentence; do
    printf '   %sRefused:%s %s: %s\n' "$red" "$plain" "$id" "$sentence" >&2
  done <<<"$found"
  return 1
}

# drop_change_set STACK NAME: a stack that exists only because a change set was looked at is removed with it. Whether it still is that,
# AWS is asked now: somebody else may have deployed it in the meantime.
drop_change_set() {
  aws cloudformation delete-change-set --stack-name "$1" --change-set-name "$2" >/dev/null 2>&1 || true
  look_again "$1"
  [ "$(stack_status "$1")" = REVIEW_IN_PROGRESS ] || return 0
  aws cloudformation delete-stack --stack-name "$1" >/dev/null || warn "$1 is empty, and could not be removed: see above"
}

carry_out() {
  local stack=$1 name=$2 status
  aws cloudformation execute-change-set --stack-name "$stack" --change-set-name "$name" >/dev/null
  detail 'waiting for CloudFormation'
  await_stack "$stack"
  status=$(stack_status "$stack")
  case $status in
    CREATE_COMPLETE | UPDATE_COMPLETE) note "$status" ;;
    *) fail 5 "$stack came to $status: $(first_failure "$stack" || echo 'no event says why')" \
      'What was there before is back. Mend the cause and run this again.' ;;
  esac
}
