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
    note 'What an earlier run left, such as the key, has the tags of the environment; this lists it:'
    note "aws resourcegroupstaggingapi get-resources --tag-filters Key=app,Values=$app Key=env,Values=$environment"
    return
  fi
  if [ "$dry_run" = yes ]; then
    done_with 'Nothing was changed.'
    return
  fi
  if [ "$delete_data" = yes ]; then agree_to_lose_data; else
    note 'Table, secret, key and backup vault stay; --delete-data removes table and secret.'
    confirm "Remove these stacks of $environment?" || fail 7 'Nothing was removed.'
  fi
  trap 'interrupted' INT TERM
  # Nothing tells of them once the stacks are gone.
  local table secret key vault
  table=$(stack_output dynamodb-table TableName)
  secret=$(secret_id)
  key=$(stack_output foundation KeyArn)
  vault=$(resources_of dynamodb-table AWS::Backup::BackupVault)
  unprotect_balancer
  for template in "${last_first[@]}"; do remove_stack "$template"; done
  if [ "$delete_data" = yes ]; then
    delete_data "$table" "$secret"
    ! remove_empty_vault "$vault" || vault=''
  fi
  name_what_stayed "$table" "$secret" "$key" "$vault"
}

# The name has to be typed: --yes alone is too easily left in a script.
agree_to_lose_data() {
  warn "every document of $app $environment will be gone, but for the copies in a backup vault"
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

# resources_of TEMPLATE TYPE: their physical ids, one a line; nothing when there is no such stack.
resources_of() {
  local stack
  stack=$(stack_of "$1")
  [ -n "$(stack_status "$stack")" ] || return 0
  aws cloudformation describe-stack-resources --stack-name "$stack" --output text \
    --query "StackResources[?ResourceType=='$2' && ResourceStatus!='DELETE_COMPLETE'].[PhysicalResourceId]" ||
    fail 5 "AWS does not say what $stack is made of." 'Nothing was removed. The message above says why.'
}

# AWS removes no balancer that is protected, and finds that out only when much of the stack is gone: so this comes before all else.
# The table's protection stays: the table does not go with its stack.
unprotect_balancer() {
  local balancers balancer
  balancers=$(resources_of ecs-fargate AWS::ElasticLoadBalancingV2::LoadBalancer)
  for balancer in $balancers; do
    aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" \
      --attributes Key=deletion_protection.enabled,Value=false >/dev/null ||
      fail 5 'The load balancer could not be freed from its deletion protection.' 'Nothing was removed. The message above says why.'
  done
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

# exists COMMAND ...: whether the thing that it describes is there. Ends the script when AWS does not say.
exists() {
  local said
  said=$("$@" 2>&1 >/dev/null) && return
  grep -q 'NotFoundException' <<<"$said" || fail 5 "AWS does not say what is left of the data: ${said//$'\n'/ }"
  return 1
}

delete_data() {
  local table=$1 secret=$2
  step 'Data'
  if [ -n "$table" ] && exists aws dynamodb describe-table --table-name "$table"; then
    aws dynamodb update-table --table-name "$table" --no-deletion-protection-enabled >/dev/null 2>&1 || true
    aws dynamodb delete-table --table-name "$table" >/dev/null
    note "table $table removed; point-in-time recovery ends with it, backups on demand stay"
  fi
  if [ -n "$secret" ] && exists aws secretsmanager describe-secret --secret-id "$secret"; then
    aws secretsmanager delete-secret --secret-id "$secret" --recovery-window-in-days 7 >/dev/null
    note "secret removed; it can be restored for seven days"
  fi
}

# Copies are there for the day when somebody regrets this: they go by their own date, or by hand. AWS refuses to remove a vault that
# holds any.
remove_empty_vault() {
  [ -n "$1" ] || return
  aws backup delete-backup-vault --backup-vault-name "$1" >/dev/null 2>&1 || return
  note "backup vault $1 removed; it held no copies"
}

# The key is never removed here. Whatever it encrypts cannot be read from the moment on at which its removal is asked for: copies,
# backups on demand, and tables that were restored beside the one that is gone.
name_what_stayed() {
  local table=$1 secret=$2 key=$3 vault=$4 stayed=()
  if [ -n "$table" ] && [ "$delete_data" = no ] && exists aws dynamodb describe-table --table-name "$table"; then stayed+=("table $table"); fi
  if [ -n "$secret" ] && [ "$delete_data" = no ] && exists aws secretsmanager describe-secret --secret-id "$secret"; then
    stayed+=("secret $secret")
  fi
  [ -z "$vault" ] || stayed+=("backup vault $vault with its copies of the table")
  [ -z "$key" ] || stayed+=("key $key")
  if [ ${#stayed[@]} = 0 ]; then
    done_with "$app $environment is gone."
    return
  fi
  done_with "The stacks of $app $environment are gone. What stayed, and goes on costing: $(printf '%s; ' "${stayed[@]}")"
  [ -z "$key" ] || note "Once nothing is to be read with the key any more: aws kms schedule-key-deletion --pending-window-in-days 30 --key-id $key"
}
