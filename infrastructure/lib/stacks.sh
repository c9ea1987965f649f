# Stacks: their state, their outputs, and how they are brought to their templates.
# shellcheck shell=bash

# stack_status STACK: its status, or nothing when there is no such stack.
stack_status() {
  aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text 2>/dev/null || true
}

# stack_output TEMPLATE KEY
stack_output() {
  aws cloudformation describe-stacks --stack-name "$(stack_of "$1")" \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue | [0]" --output text 2>/dev/null | sed '/^None$/d' || true
}

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
  case $status in
    REVIEW_IN_PROGRESS | '') return ;;
    *_IN_PROGRESS)
      note "is at $status; waiting for it"
      await_stack "$stack" >/dev/null
      status=$(stack_status "$stack")
      ;;
  esac
  case $status in
    ROLLBACK_COMPLETE | ROLLBACK_FAILED)
      note 'its first deployment failed and was rolled back; removing what is left of it'
      [ "$dry_run" = no ] || return 0
      aws cloudformation delete-stack --stack-name "$stack"
      await_stack "$stack" >/dev/null
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

# await_stack STACK: waits until nothing is in progress; prints the status that it came to, nothing when it is gone.
await_stack() {
  local status
  while :; do
    status=$(stack_status "$1")
    [[ $status == *_IN_PROGRESS && $status != REVIEW_IN_PROGRESS ]] || break
    sleep "${DEPLOY_POLL_SECONDS:-5}"
  done
  echo "$status"
}

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
