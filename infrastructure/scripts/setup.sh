#!/usr/bin/env bash
# First-time set-up of an environment: makes its key, its secret and its topic for alerts, then asks for each secret that the app needs
# in production. After it, ./deploy.sh ENVIRONMENT has all it takes. Running it again asks only for what is new.
#
# Usage: infrastructure/scripts/setup.sh ENVIRONMENT [--generate] [--ci OWNER/REPOSITORY]
#
#   --generate  makes a random value for each secret that is missing, instead of asking: right for keys and tokens of your own, wrong
#               for passwords of other services
#   --ci        also makes the roles that GitHub Actions of this repository takes to deploy here; needs the rights of an administrator
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"
# shellcheck source=../lib/change-sets.sh
source "$infrastructure/lib/change-sets.sh"

begin "${1-}"
shift
generate=no repository=''
while [ $# -gt 0 ]; do
  case $1 in
    --generate) generate=yes ;;
    --ci) repository=${2:?--ci needs OWNER/REPOSITORY}; shift ;;
    --yes) assume_yes=yes ;;
    *) misunderstood "There is no option \"$1\"." ;;
  esac
  shift
done
allowed_replacements=()

deploy_stack foundation

step 'Secrets'
needed=$(needed_secrets) || fail 3 'The config cannot be planned for production.' 'NODE_ENV=production npx freeda doctor says why.'
missing='' set=$(secret_keys)
for name in $needed; do
  grep -qxF "$name" <<<"$set" || missing+="$name "
done
[ -n "$missing" ] || note 'every secret that the app needs is set'
for name in $missing; do
  if [ "$generate" = yes ]; then
    "$infrastructure/scripts/secrets.sh" "$environment" generate "$name" >/dev/null
    note "$name: made"
  elif [ -t 0 ]; then
    "$infrastructure/scripts/secrets.sh" "$environment" set "$name" </dev/tty >/dev/null
    note "$name: set"
  else
    fail 3 "Not set: $missing" "infrastructure/scripts/secrets.sh $environment set NAME, or --generate"
  fi
done

# github_provider: the account's one identity provider of GitHub, when another stack or somebody made it. The stack that made it keeps
# it; one whose first deployment failed made none.
github_provider() {
  case $(stack_status "$(stack_of ci)") in
    CREATE_COMPLETE | UPDATE_*) stack_parameter ci OidcProviderArn ;;
    *)
      aws iam list-open-id-connect-providers --output json |
        jq -r '.OpenIDConnectProviderList[].Arn | select(endswith(":oidc-provider/token.actions.githubusercontent.com"))'
      ;;
  esac
}

if [ -n "$repository" ]; then
  provider=$(setting OidcProviderArn)
  [ -n "$provider" ] || provider=$(github_provider) || fail 3 'AWS does not say which identity providers there are.' 'Making roles needs the rights of an administrator.'
  deploy_stack ci "GitHubRepository=$repository" "OidcProviderArn=$provider"
  note "AWS_ROLE_ARN=$(stack_output ci DeployRoleArn)"
  note "AWS_STACK_ROLE_ARN=$(stack_output ci StackRoleArn)"
fi
done_with "./deploy.sh $environment"
