# Asks the deployed app whether it is well, and goes back to the image before when it is not.
# shellcheck shell=bash

# SMOKE_URL: another way to the service than its public one, when that is not reachable from here (a VPN, a tunnel).
service_url() { echo "${SMOKE_URL:-$(stack_output ecs-fargate Url)}"; }

# smoke_test COMMIT: whether it answers, is ready, and is of that commit when it says one.
smoke_test() {
  step 'Smoke test'
  local url
  if [ "$(wanted_tasks)" = 0 ]; then
    warn "No task is wanted (infrastructure/scripts/scale.sh $environment), so nobody is asked."
    return 0
  fi
  url=$(service_url)
  # A name that the template does not enter may not be known yet, or still lead to what was there before.
  connect_to=''
  [ -z "$(foreign_name)" ] || [ -n "${SMOKE_URL-}" ] || connect_to=$(stack_output ecs-fargate Target)
  answers "$url/health/live" '.status == "alive"' &&
    answers "$url/health/ready" '.status == "ready"' &&
    answers "$url/health" --arg tag "$1" '.commit == null or .commit == $tag'
}

# foreign_name: the app's name, when it is entered somewhere else than by the service's template.
foreign_name() { [ -n "$(setting HostedZoneId)" ] || setting DomainName; }

# wanted_tasks: how many tasks the service is to have.
wanted_tasks() {
  aws ecs describe-services --cluster "$(stack_output ecs-fargate ClusterName)" --services "$(stack_output ecs-fargate ServiceName)" \
    --query 'services[0].desiredCount' --output text
}

# answers URL JQ-ARGUMENTS: true when it answers 200 with JSON of which that holds; names have to become known, so it is patient.
# With `connect_to` it asks that host, whatever the URL's name leads to.
answers() {
  local url=$1 body
  shift
  # What curl says of attempts that failed stays out of the answer.
  if ! body=$(curl --silent --show-error --fail --location --max-time 10 ${connect_to:+--connect-to "::$connect_to:"} \
    --retry "${SMOKE_RETRIES:-12}" --retry-delay "${SMOKE_RETRY_SECONDS:-5}" --retry-all-errors "$url" 2>"$scratch/smoke.error"); then
    warn "$url: $(tr '\n' ' ' <"$scratch/smoke.error")"
    return 1
  fi
  if ! jq -e "$@" <<<"$body" >/dev/null 2>&1; then
    warn "$url answers $body"
    return 1
  fi
  note "$url: well"
}

# return_to IMAGE TAG: the deployment before, when there was one.
return_to() {
  local failed=$image_tag
  if [ -z "$1" ] || [ "$1" = "$image" ]; then
    fail 6 "$failed is deployed, and is not well. There is no other image to go back to." "infrastructure/scripts/logs.sh $environment"
  fi
  step "Going back to $1"
  assume_yes=yes
  deploy_stack ecs-fargate "ImageUri=$1" "GitSha=$2"
  fail 6 "$failed was not well, so the image before is back: $1" "infrastructure/scripts/logs.sh $environment shows what the new one said."
}
