#!/usr/bin/env bash
# Runs one command in a task of its own, with the image, the network, the role and the secrets of the service, and waits for its end,
# however long it takes.
#
# Usage: infrastructure/scripts/run-task.sh ENVIRONMENT COMMAND [ARGUMENT ...]
#
# Its exit code is the command's. E.g.: infrastructure/scripts/run-task.sh production node --version
# Ctrl-C stops waiting, not the task.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

begin "${1-}"
shift
[ $# -gt 0 ] || misunderstood 'Which command?'
cluster=$(output ecs-fargate ClusterName)
service=$(output ecs-fargate ServiceName)
log_group=$(output ecs-fargate LogGroupName)
description=$(aws ecs describe-services --cluster "$cluster" --services "$service" --query 'services[0]' --output json)
container=app
# One by one: as a list of arguments, jq would take --version for its own.
command=$(for argument in "$@"; do jq -n --arg argument "$argument" '$argument'; done | jq -sc .)

# goes_on WHY EXIT-CODE: who runs the command again while it goes on has it twice.
goes_on() {
  trap - INT TERM
  printf '\n%s%s%s The task goes on: %s\n' "$yellow" "$1" "$plain" "$task" >&2
  printf '   → %s\n' "aws ecs describe-tasks --cluster $cluster --tasks $task says when it has stopped, and with which exit code;" \
    "its log is app/$container/${task##*/} of $log_group; aws ecs stop-task --cluster $cluster --task $task ends it" >&2
  exit "$2"
}

task=$(aws ecs run-task --cluster "$cluster" --launch-type FARGATE --started-by run-task.sh \
  --task-definition "$(jq -r .taskDefinition <<<"$description")" \
  --network-configuration "$(jq -c .networkConfiguration <<<"$description")" \
  --overrides "$(jq -nc --arg name "$container" --argjson command "$command" '{containerOverrides: [{name: $name, command: $command}]}')" \
  --query 'tasks[0].taskArn' --output text)
[[ -n $task && $task != None ]] || fail 5 'ECS started no task.' 'aws ecs describe-services shows the events of the service.'
trap 'goes_on Stopped. 130' INT TERM
note "task ${task##*/}"
# Not `aws ecs wait`, which gives up after ten minutes.
while :; do
  ended=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0]' --output json) ||
    goes_on 'AWS does not say how the task is.' 5
  [ "$(jq -r '.lastStatus // "STOPPED"' <<<"$ended")" != STOPPED ] || break
  sleep "${DEPLOY_POLL_SECONDS:-5}"
done
trap - INT TERM
aws logs get-log-events --log-group-name "$log_group" \
  --log-stream-name "app/$container/${task##*/}" --start-from-head --query 'events[].message' --output json 2>/dev/null | jq -r '.[]' || true
code=$(jq --arg name "$container" '.containers // [] | .[] | select(.name == $name) | .exitCode // empty' <<<"$ended")
[ -n "$code" ] || fail 5 "The task did not run: $(jq -r '.stoppedReason // "no reason is given"' <<<"$ended")"
exit "$code"
