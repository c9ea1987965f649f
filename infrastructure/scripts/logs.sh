#!/usr/bin/env bash
# Shows what the tasks log: the last minutes, then whatever comes.
#
# Usage: infrastructure/scripts/logs.sh ENVIRONMENT [--since 10m] [--filter PATTERN] [--no-follow]
#
#   --since      how far to look back: 30s, 10m, 2h, 1d. Default 10m.
#   --filter     a CloudWatch Logs filter pattern, e.g. '{ $.level = "error" }'
#   --no-follow  ends with the last line there is
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

begin "${1-}"
shift
since=10m filter='' follow=(--follow)
while [ $# -gt 0 ]; do
  case $1 in
    --since) since=${2:?--since needs a value}; shift ;;
    --filter) filter=${2:?--filter needs a value}; shift ;;
    --no-follow) follow=() ;;
    *) misunderstood "There is no option \"$1\"." ;;
  esac
  shift
done

group=$(output ecs-fargate LogGroupName)
# Version 1 of the aws command line has no `logs tail`.
if aws logs tail help >/dev/null 2>&1; then
  exec aws logs tail "$group" --since "$since" --format short "${follow[@]}" ${filter:+--filter-pattern "$filter"}
fi
[[ $since =~ ^([0-9]+)([smhd])$ ]] || misunderstood "\"$since\" is no length of time."
declare -A seconds=([s]=1 [m]=60 [h]=3600 [d]=86400)
start=$((($(date +%s) - BASH_REMATCH[1] * ${seconds[${BASH_REMATCH[2]}]}) * 1000))
while :; do
  events=$(aws logs filter-log-events --log-group-name "$group" --start-time "$start" --output json ${filter:+--filter-pattern "$filter"})
  jq -r '.events[] | .message' <<<"$events"
  last=$(jq '[.events[].timestamp] | max // empty' <<<"$events")
  [ -z "$last" ] || start=$((last + 1))
  [ ${#follow[@]} -gt 0 ] || break
  sleep 3
done
