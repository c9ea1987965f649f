#!/usr/bin/env bash
# Runs one command in a task of its own, with the image, the network, the role and the secrets of the service, and waits for its end.
#
# Usage: infrastructure/scripts/run-task.sh ENVIRONMENT COMMAND [ARGUMENT ...]
#
# Its exit code is the command's. E.g.: infrastructure/scripts/run-task.sh production node exec.js scripts/tidy.js
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

begin "${1-}"
shift
[ $# -gt 0 ] || misunderstood 'Which command?'
cluster=$(output ecs-fargate ClusterName)
service=$(output ecs-fargate ServiceName)
description=$(aws ecs describe-services --cluster "$cluster" --services "$service" --query 'services[0]' --output json)
container=app

task=$(aws ecs run-task --cluster "$cluster" --launch-type FARGATE --started-by run-task.sh \
  --task-definition "$(jq -r .taskDefinition <<<"$description")" \
  --network-configuration "$(jq -c .networkConfiguration <<<"$description")" \
  --overrides "$(jq -nc --arg name "$container" '{containerOverrides: [{name: $name, command: $ARGS.positional}]}' --args "$@")" \
  --query 'tasks[0].taskArn' --output text)
[[ -n $task && $task != None ]] || fail 5 'ECS started no task.' 'aws ecs describe-services shows the events of the service.'
note "task ${task##*/}"
aws ecs wait tasks-stopped --cluster "$cluster" --tasks "$task"
ended=$(aws ecs describe-tasks --cluster "$cluster" --tasks "$task" --query 'tasks[0]' --output json)
aws logs get-log-events --log-group-name "$(output ecs-fargate LogGroupName)" \
  --log-stream-name "app/$container/${task##*/}" --start-from-head --query 'events[].message' --output json 2>/dev/null | jq -r '.[]' || true
code=$(jq --arg name "$container" '.containers[] | select(.name == $name) | .exitCode // empty' <<<"$ended")
[ -n "$code" ] || fail 5 "The task did not run: $(jq -r '.stoppedReason // "no reason is given"' <<<"$ended")"
exit "$code"
