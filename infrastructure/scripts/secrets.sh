#!/usr/bin/env bash
# Sets, lists or removes what the tasks get as secrets. Values come from standard input or a prompt, never from the command line,
# where every process of the machine could read them; and none is ever printed.
#
# Usage: infrastructure/scripts/secrets.sh ENVIRONMENT list
#        infrastructure/scripts/secrets.sh ENVIRONMENT set NAME          asks for the value, or reads it from a pipe
#        infrastructure/scripts/secrets.sh ENVIRONMENT generate NAME     makes a random one of 32 bytes
#        infrastructure/scripts/secrets.sh ENVIRONMENT remove NAME
#
# Running tasks keep the values that they started with: ./deploy.sh ENVIRONMENT --refresh-secrets replaces them.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

begin "${1-}"
verb=${2-} name=${3-}
case $verb in
  list) ;;
  set | generate | remove) [[ $name =~ ^[A-Z_][A-Z0-9_]*$ ]] || misunderstood "\"$name\" cannot be the name of a variable." ;;
  *) misunderstood "There is no \"$verb\"." ;;
esac

id=$(secret_id)
[ -n "$id" ] || fail 3 "$app has no secret in $environment yet." "infrastructure/scripts/setup.sh $environment makes it."

# The value goes from hand to hand through files that only this user can read, never as an argument.
umask 077
# What cannot be read must not be written over.
aws secretsmanager get-secret-value --secret-id "$id" --query SecretString --output text >"$scratch/now" ||
  fail 3 'The secret could not be read, so nothing was changed.' 'The message above says why.'
jq -e 'type == "object"' "$scratch/now" >/dev/null 2>&1 || fail 3 'The secret is not a JSON object.' 'Correct it in the console.'

case $verb in
  list)
    jq -r 'keys[]' "$scratch/now"
    exit 0
    ;;
  set)
    if [ -t 0 ]; then
      printf 'Value of %s: ' "$name" >&2
      IFS= read -rs value
      printf '\n' >&2
    else
      value=$(cat)
    fi
    [ -n "$value" ] || fail 2 'The value is empty.' 'A secret that is set to nothing counts as unset.'
    printf '%s' "$value" >"$scratch/value"
    ;;
  generate)
    jq -e --arg name "$name" 'has($name) | not' "$scratch/now" >/dev/null || confirm "$name is set already. Replace it?" || fail 7 'Nothing was changed.'
    head -c 32 /dev/urandom | base64 | tr -d '\n' >"$scratch/value"
    ;;
  remove)
    jq --arg name "$name" 'del(.[$name])' "$scratch/now" >"$scratch/next"
    ;;
esac
[ "$verb" = remove ] || jq --arg name "$name" --rawfile value "$scratch/value" '.[$name] = $value' "$scratch/now" >"$scratch/next"

aws secretsmanager put-secret-value --secret-id "$id" --secret-string "file://$scratch/next" >/dev/null
note "The secret holds: $(jq -r 'keys | join(" ")' "$scratch/next")"
note "Running tasks get it with: ./deploy.sh $environment --refresh-secrets"
