#!/usr/bin/env bash
# Brings the table back as it was at a moment of the last 35 days: into a new table, beside the present one, which is not touched.
#
# Usage: infrastructure/scripts/restore-table.sh ENVIRONMENT MOMENT [NEW_TABLE]
#
#   MOMENT     e.g. 2026-05-01T10:00:00Z, or `latest` for five minutes ago or so
#   NEW_TABLE  default: the present name with the moment behind it
#
# It takes from minutes to hours. Whoever stops waiting (Ctrl-C) runs the same command again: it goes on with the table that is being
# made, and sets what does not come along with a restore. What to do with the new table, docs/operations.md says: look into it with a second app, copy single
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
  # As jq reads it, so that macOS and Linux take the same.
  jq -en --arg moment "$moment" '$moment | fromdateiso8601' >/dev/null 2>&1 ||
    misunderstood "\"$moment\" is no moment: write it like 2026-05-01T10:00:00Z."
  when=(--restore-date-time "$moment")
fi
target=${3:-$table-$(tr -cd '0-9A-Za-z' <<<"$moment")}

# look_at_target: what DynamoDB says of the new table, in `found`; nothing when there is none.
look_at_target() {
  found=$(aws dynamodb describe-table --table-name "$target" --query Table --output json 2>"$scratch/target.error") && return
  grep -q ResourceNotFoundException "$scratch/target.error" ||
    fail 5 "DynamoDB does not say how $target is: $(tr '\n' ' ' <"$scratch/target.error")" 'Run the same command again: it goes on where it stands.'
  found=''
}

# has_recovery: true when the new table has point-in-time recovery, so that a run of this script came to its end.
has_recovery() {
  [ "$(aws dynamodb describe-continuous-backups --table-name "$target" \
    --query 'ContinuousBackupsDescription.PointInTimeRecoveryDescription' --output json | jq -r .PointInTimeRecoveryStatus)" = ENABLED ]
}

look_at_target
if [ -z "$found" ]; then
  confirm "Restore $table as of $moment into $target?" || fail 7 'Nothing was restored.'
  aws dynamodb restore-table-to-point-in-time --source-table-name "$table" --target-table-name "$target" "${when[@]}" >/dev/null
else
  # Nothing but a copy of this table is taken for one.
  [ "$(jq -r '.RestoreSummary.SourceTableArn // "" | sub(".*table/"; "")' <<<"$found")" = "$table" ] ||
    fail 3 "$target is there already, and was not restored from $table." 'Name another table.'
  if [ "$moment" = latest ] && [ "$(jq -r .TableStatus <<<"$found")" = ACTIVE ] && has_recovery; then
    fail 3 "$target is there already, as of $(jq -r .RestoreSummary.RestoreDateTime <<<"$found")." 'Name another table.'
  fi
  note "$target is there already, as of $(jq -r .RestoreSummary.RestoreDateTime <<<"$found"); going on with it"
fi
note 'restoring; this can be left, it goes on by itself. Then run the same command again'
# Not `aws dynamodb wait`, which gives up after eight minutes.
while :; do
  look_at_target
  [ -n "$found" ] || fail 5 "$target is not there: the restore failed." 'Run the same command again.'
  [ "$(jq -r .TableStatus <<<"$found")" != ACTIVE ] || break
  sleep "${DEPLOY_POLL_SECONDS:-5}"
done
# These do not come along.
# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_howitworks.html
protection=$(aws dynamodb describe-table --table-name "$table" --query Table --output json | jq -r '.DeletionProtectionEnabled // false')
[ "$protection" = false ] || [ "$(jq -r '.DeletionProtectionEnabled // false' <<<"$found")" = true ] ||
  aws dynamodb update-table --table-name "$target" --deletion-protection-enabled >/dev/null
# It refuses to switch on what is on.
[ "$(aws dynamodb describe-time-to-live --table-name "$target" --query TimeToLiveDescription --output json | jq -r .TimeToLiveStatus)" != DISABLED ] ||
  aws dynamodb update-time-to-live --table-name "$target" --time-to-live-specification Enabled=true,AttributeName=ttl >/dev/null
# Last: it says that the rest is done.
aws dynamodb update-continuous-backups --table-name "$target" --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true >/dev/null
done_with "$target is there, with point-in-time recovery and time to live, and protected from deletion like $table. Alarms watch $table, not it."
