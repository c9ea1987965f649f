#!/usr/bin/env bash
# Brings the table back as it was at a moment of the last 35 days: into a new table, beside the present one, which is not touched.
#
# Usage: infrastructure/scripts/restore-table.sh ENVIRONMENT MOMENT [NEW_TABLE]
#
#   MOMENT     e.g. 2026-05-01T10:00:00Z, or `latest` for five minutes ago or so
#   NEW_TABLE  default: the present name with the moment behind it
#
# It takes from minutes to hours. What to do with the new table, docs/operations.md says: look into it with a second app, copy single
# documents back, or let the service use it.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

begin "${1-}"
moment=${2-}
[ -n "$moment" ] || misunderstood 'Which moment?'
table=$(output dynamodb-table TableName)
window=$(aws dynamodb describe-continuous-backups --table-name "$table" \
  --query 'ContinuousBackupsDescription.PointInTimeRecoveryDescription' --output json)
[ "$(jq -r .PointInTimeRecoveryStatus <<<"$window")" = ENABLED ] ||
  fail 3 "$table has no point-in-time recovery." 'Set PointInTimeRecovery in the parameter file; it does not reach back before that.'
note "can be restored from $(jq -r '.EarliestRestorableDateTime // "unknown"' <<<"$window") to $(jq -r '.LatestRestorableDateTime // "unknown"' <<<"$window")"

if [ "$moment" = latest ]; then
  when=(--use-latest-restorable-time)
else
  date -u -d "$moment" >/dev/null 2>&1 || misunderstood "\"$moment\" is no moment."
  when=(--restore-date-time "$moment")
fi
target=${3:-$table-$(tr -cd '0-9A-Za-z' <<<"$moment")}
confirm "Restore $table as of $moment into $target?" || fail 7 'Nothing was restored.'
aws dynamodb restore-table-to-point-in-time --source-table-name "$table" --target-table-name "$target" "${when[@]}" >/dev/null
note 'restoring; this can be left, it goes on by itself'
aws dynamodb wait table-exists --table-name "$target"
# These do not come along.
# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_howitworks.html
aws dynamodb update-continuous-backups --table-name "$target" --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true >/dev/null
aws dynamodb update-time-to-live --table-name "$target" --time-to-live-specification Enabled=true,AttributeName=ttl >/dev/null
done_with "$target is there, with point-in-time recovery and time to live. Alarms watch $table, not it."
