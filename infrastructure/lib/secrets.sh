# The environment's one secret: a JSON object that every task gets whole, as FREEDA_SECRETS. Its values are never printed.
# shellcheck shell=bash

# secret_id: its ARN; nothing when there is none yet. Fails when AWS does not say.
secret_id() {
  local answer
  if answer=$(aws ssm get-parameter --name "/$app/$environment/secret-arn" --query Parameter.Value --output text 2>&1); then
    echo "$answer"
  elif ! grep -q ParameterNotFound <<<"$answer"; then
    fail 3 "AWS does not say which secret $app has in $environment: ${answer//$'\n'/ }"
  fi
}

# secret_keys: the names in it, one a line; nothing when there is no secret yet. Fails when AWS does not show it.
secret_keys() {
  local id held
  id=$(secret_id) || exit
  [ -n "$id" ] || return 0
  held=$(aws secretsmanager get-secret-value --secret-id "$id" --query SecretString --output text) ||
    fail 3 'The secret could not be read.' 'The message above says why.'
  jq -r 'keys[]' 2>/dev/null <<<"$held" || fail 3 'The secret is not a JSON object.' 'Correct it in the console.'
}

# app_needs FILTER: names of the variables that the app needs in production; FILTER narrows them, in jq's words. Fails when the config
# cannot be planned. That nobody has set them here is no fault.
app_needs() {
  local listed
  listed=$(cd "$project" && NODE_ENV=production npx --no-install freeda env --json 2>/dev/null) || true
  # jq 1.6 calls nothing at all a success.
  [ -n "$listed" ] || return 1
  jq -er ".variables | map(select(.required and ($1)) | .name) | .[]" <<<"$listed" 2>/dev/null || jq -e '.variables' <<<"$listed" >/dev/null 2>&1
}

needed_secrets() { app_needs .secret; }

# Tasks read the secret when they start: new ones have to.
refresh_secrets() {
  step "New tasks for $app $environment"
  local cluster service keys
  cluster=$(stack_output ecs-fargate ClusterName)
  service=$(stack_output ecs-fargate ServiceName)
  [ -n "$cluster" ] && [ -n "$service" ] || fail 3 "$app is not deployed to $environment." "./deploy.sh $environment"
  keys=$(secret_keys)
  note "the secret holds: ${keys//$'\n'/ }"
  if [ "$dry_run" = yes ]; then
    done_with 'Nothing was changed.'
    return
  fi
  confirm 'Replace the tasks, one after the other?' || fail 7 'Nothing was changed.'
  local deployment
  deployment=$(aws ecs update-service --cluster "$cluster" --service "$service" --force-new-deployment \
    --query "service.deployments[?status=='PRIMARY'].id | [0]" --output text)
  detail 'waiting for the new tasks'
  await_rollout "$cluster" "$service" "$deployment" ||
    fail 5 'The new tasks did not become well; ECS keeps the old ones.' "infrastructure/scripts/logs.sh $environment"
  smoke_test "$(running GitSha)" || fail 6 'The app is not well with the new secret.' "infrastructure/scripts/logs.sh $environment"
  done_with 'Every task has the present values.'
}

# await_rollout CLUSTER SERVICE DEPLOYMENT: waits until it is through; false when it failed, or gave way to another.
await_rollout() {
  local state
  while :; do
    state=$(aws ecs describe-services --cluster "$1" --services "$2" \
      --query "services[0].deployments[?id=='$3'].rolloutState | [0]" --output text)
    [ "$state" = IN_PROGRESS ] || break
    sleep "${DEPLOY_POLL_SECONDS:-5}"
  done
  [ "$state" = COMPLETED ]
}
