# Removing an environment. What holds data stays, and is named, unless the data is to go as well.
# shellcheck shell=bash

destroy_environment() {
  step "Removing $app $environment"
  local template stack found=no last_first=()
  # What stands on others goes first.
  for template in $all_templates; do last_first=("$template" "${last_first[@]}"); done
  for template in "${last_first[@]}"; do
    stack=$(stack_of "$template")
    [ -n "$(stack_status "$stack")" ] || continue
    found=yes
    note "$stack"
  done
  if [ "$found" = no ]; then
    done_with 'There is nothing to remove.'
    return
  fi
  if [ "$dry_run" = yes ]; then
    done_with 'Nothing was changed.'
    return
  fi
  if [ "$delete_data" = yes ]; then agree_to_lose_data; else
    note 'Table, key and secret stay where their policy says Retain; --delete-data removes them too.'
    confirm "Remove these stacks of $environment?" || fail 7 'Nothing was removed.'
  fi
  trap 'interrupted' INT TERM
  local table secret
  table=$(stack_output dynamodb-table TableName)
  secret=$(secret_id)
  for template in "${last_first[@]}"; do remove_stack "$template"; done
  if [ "$delete_data" = yes ]; then
    delete_data "$table" "$secret"
  fi
  name_what_stayed "$table" "$secret"
}

# The name has to be typed: --yes alone is too easily left in a script.
agree_to_lose_data() {
  warn "every document of $app $environment will be gone"
  if [ -t 0 ]; then
    local typed
    printf '\n%sType the name of the environment to go on:%s ' "$bold" "$plain"
    read -r typed
    [ "$typed" = "$environment" ] || fail 7 'Nothing was removed.'
  else
    [ "${CONFIRM_DELETE_DATA-}" = "$app-$environment" ] ||
      fail 7 'Nothing was removed: there is nobody to ask.' "Set CONFIRM_DELETE_DATA=$app-$environment to agree beforehand."
  fi
}

remove_stack() {
  local stack status
  stack=$(stack_of "$1")
  [ -n "$(stack_status "$stack")" ] || return 0
  step "Stack $stack"
  ! is_in_progress "$(stack_status "$stack")" || await_stack "$stack"
  [ "$1" != registry ] || empty_registry
  aws cloudformation update-termination-protection --stack-name "$stack" --no-enable-termination-protection >/dev/null 2>&1 || true
  aws cloudformation delete-stack --stack-name "$stack" ${AWS_STACK_ROLE_ARN:+--role-arn "$AWS_STACK_ROLE_ARN"} >/dev/null
  await_stack "$stack"
  status=$(stack_status "$stack")
  [ -z "$status" ] || fail 5 "$stack could not be removed: $(first_failure "$stack" || echo "it is at $status")" \
    "Mend what is named, then run ./deploy.sh $environment --destroy again."
  note 'removed'
}

# CloudFormation does not remove a repository that holds images.
empty_registry() {
  local repository images
  repository=$(stack_output registry RepositoryName)
  [ -n "$repository" ] || return 0
  images=$(aws ecr list-images --repository-name "$repository" --query imageIds --output json 2>/dev/null || echo '[]')
  [ "$(jq length <<<"$images")" = 0 ] ||
    aws ecr batch-delete-image --repository-name "$repository" --image-ids "$images" >/dev/null
}

delete_data() {
  local table=$1 secret=$2
  step 'Data'
  if [ -n "$table" ] && aws dynamodb describe-table --table-name "$table" >/dev/null 2>&1; then
    aws dynamodb update-table --table-name "$table" --no-deletion-protection-enabled >/dev/null 2>&1 || true
    aws dynamodb delete-table --table-name "$table" >/dev/null
    note "table $table removed; point-in-time recovery ends with it, backups on demand stay"
  fi
  if [ -n "$secret" ] && aws secretsmanager describe-secret --secret-id "$secret" >/dev/null 2>&1; then
    aws secretsmanager delete-secret --secret-id "$secret" --recovery-window-in-days 7 >/dev/null
    note "secret removed; it can be restored for seven days"
  fi
}

name_what_stayed() {
  local table=$1 secret=$2 stayed=()
  if [ -n "$table" ] && aws dynamodb describe-table --table-name "$table" >/dev/null 2>&1; then stayed+=("table $table"); fi
  if [ -n "$secret" ] && [ "$delete_data" = no ] && aws secretsmanager describe-secret --secret-id "$secret" >/dev/null 2>&1; then
    stayed+=("secret $secret")
  fi
  if [ ${#stayed[@]} = 0 ]; then
    done_with "$app $environment is gone."
  else
    done_with "$app $environment is gone. What stayed, and goes on costing: $(printf '%s; ' "${stayed[@]}")"
  fi
}
