# Stacks: their state, their outputs, and how they are brought to their templates.
# shellcheck shell=bash

# What AWS said last of each stack is in "$scratch/STACK.stack", an empty file when there is no such stack. `look_at` writes it: for every
# stack at the beginning, and for one after each thing that changes it. What is below only reads, so that it asks nothing.

# Looks at all of this environment's stacks at once. Fails when AWS does not say of one how it stands; `refusal` has its words.
look_at_stacks() {
  local template asked=() failed=no
  for template in $all_templates ci; do
    look_at "$(stack_of "$template")" &
    asked+=($!)
  done
  for template in "${asked[@]}"; do wait "$template" || failed=yes; done
  [ "$failed" = no ]
}

# look_at STACK: by its name, since a list of all stacks takes rights on those of others. Only one answer means that it is not there;
# any other failure (no right, no network) is one.
look_at() {
  local answer=$scratch/$1.answer refusal=$scratch/$1.refusal
  if aws cloudformation describe-stacks --stack-name "$1" --output json >"$answer" 2>"$refusal"; then
    jq -ce '.Stacks[0]' "$answer" >"$scratch/$1.stack"
  elif grep -q 'ValidationError.*does not exist' "$refusal"; then
    : >"$scratch/$1.stack"
  else
    rm -f "$scratch/$1.stack"
    return 1
  fi
}

# What AWS said of the first stack that it did not describe, on one line.
refusal() {
  local template
  for template in $all_templates ci; do
    [ -e "$scratch/$(stack_of "$template").stack" ] || { tr '\n' ' ' <"$scratch/$(stack_of "$template").refusal" && return; }
  done
}

# look_again STACK: after something changed it. Ends the script when AWS does not say how it stands.
look_again() {
  look_at "$1" || fail 5 "AWS does not say how $1 stands: $(tr '\n' ' ' <"$scratch/$1.refusal")" \
    'What it had begun goes on by itself. Run the same command again.'
}

known_stack() { cat "$scratch/$1.stack"; }

# stack_status STACK: its status, or nothing when there is no such stack.
stack_status() { known_stack "$1" | jq -r .StackStatus; }

# stack_output TEMPLATE KEY: an output, or nothing.
stack_output() { known_stack "$(stack_of "$1")" | jq -r --arg key "$2" '.Outputs // [] | .[] | select(.OutputKey == $key) | .OutputValue'; }

# stack_parameter TEMPLATE KEY: a parameter as it is deployed, or nothing.
stack_parameter() {
  known_stack "$(stack_of "$1")" | jq -r --arg key "$2" '.Parameters // [] | .[] | select(.ParameterKey == $key) | .ParameterValue'
}

# running NAME: a parameter of the service as it is deployed now (ImageUri, GitSha); nothing before the first deployment.
running() { stack_parameter ecs-fargate "$1"; }

# deploy_stack TEMPLATE [NAME=VALUE ...]: the parameters are those of the file that the template declares, and the given ones.
deploy_stack() {
  local template=$1 stack
  shift
  stack=$(stack_of "$template")
  step "Stack $stack"
  settle "$stack"
  change_stack "$template" "$stack" "$@"
}

# Waits for what is under way, and clears away a first deployment that failed, which CloudFormation cannot update.
settle() {
  local stack=$1 status
  status=$(stack_status "$stack")
  if is_in_progress "$status"; then
    note "is at $status; waiting for it"
    await_stack "$stack"
    status=$(stack_status "$stack")
  fi
  case $status in
    ROLLBACK_COMPLETE | ROLLBACK_FAILED)
      note 'its first deployment failed and was rolled back; removing what is left of it'
      [ "$dry_run" = no ] || return 0
      aws cloudformation delete-stack --stack-name "$stack"
      await_stack "$stack"
      ;;
    UPDATE_ROLLBACK_FAILED)
      fail 5 "$stack could neither be updated nor rolled back." \
        "aws cloudformation continue-update-rollback --stack-name $stack, then run this again"
      ;;
    DELETE_FAILED)
      fail 5 "$stack was being deleted, and that failed: $(first_failure "$stack" || echo 'no event says why')" \
        "Run ./deploy.sh $environment --destroy again, or mend what is named."
      ;;
  esac
}

# await_stack STACK: waits until nothing is in progress. Then `stack_status` is what it came to; nothing when it is gone.
await_stack() {
  while :; do
    look_again "$1"
    is_in_progress "$(stack_status "$1")" || break
    sleep "${DEPLOY_POLL_SECONDS:-5}"
  done
}

# A stack that only a change set was made for is not in progress: nothing goes on in it.
is_in_progress() { [[ $1 == *_IN_PROGRESS && $1 != REVIEW_IN_PROGRESS ]]; }

# first_failure STACK: the first resource that failed in the last operation, with its reason. What was only cancelled because of
# it comes later and says nothing.
first_failure() {
  aws cloudformation describe-stack-events --stack-name "$1" --output json | jq -er '
    [.StackEvents[] | {id: .LogicalResourceId, type: .ResourceType, status: .ResourceStatus, reason: .ResourceStatusReason}]
    | (map(.type == "AWS::CloudFormation::Stack" and .reason == "User Initiated") | index(true)) as $begin
    | (if $begin then .[:$begin] else . end)
    | map(select((.status | endswith("_FAILED")) and ((.reason // "") | test("cancelled"; "i") | not)))
    | last | select(. != null) | "\(.id) (\(.type)): \(.reason)"'
}
