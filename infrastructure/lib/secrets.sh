# The environment's one secret: a JSON object that every task gets whole, as FREEDA_SECRETS. Its values are never printed.
# shellcheck shell=bash

secret_id() {
  aws ssm get-parameter --name "/$app/$environment/secret-arn" --query Parameter.Value --output text 2>/dev/null || true
}

# secret_keys: the names in it, one a line; nothing when there is no secret yet.
secret_keys() {
  local id
  id=$(secret_id)
  [ -n "$id" ] || return 0
  aws secretsmanager get-secret-value --secret-id "$id" --query SecretString --output text 2>/dev/null | jq -r 'keys[]' 2>/dev/null || true
}

# Tasks read the secret when they start: new ones have to.
refresh_secrets() {
  step "New tasks for $app $environment"
  local cluster service
  cluster=$(stack_output ecs-fargate ClusterName)
  service=$(stack_output ecs-fargate ServiceName)
  [ -n "$cluster" ] && [ -n "$service" ] || fail 3 "$app is not deployed to $environment." "./deploy.sh $environment"
  note "the secret holds: $(secret_keys | paste -sd' ' -)"
  if [ "$dry_run" = yes ]; then
    done_with 'Nothing was changed.'
    return
  fi
  confirm 'Replace the tasks, one after the other?' || fail 7 'Nothing was changed.'
  aws ecs update-service --cluster "$cluster" --service "$service" --force-new-deployment >/dev/null
  aws ecs wait services-stable --cluster "$cluster" --services "$service" ||
    fail 5 'The new tasks did not become steady; ECS keeps the old ones.' "infrastructure/scripts/logs.sh $environment"
  smoke_test || fail 6 'The app is not well with the new secret.' "infrastructure/scripts/logs.sh $environment"
  done_with 'Every task has the present values.'
}
