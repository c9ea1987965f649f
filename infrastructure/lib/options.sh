# The command line.
# shellcheck shell=bash

usage() {
  cat <<'TEXT'
Usage: ./deploy.sh ENVIRONMENT [options]

Deploys this app to the environment of infrastructure/parameters/ENVIRONMENT.json: builds and pushes the image unless this commit's
is there already, then brings every stack up to date, then asks the app whether it is well. Running it again changes nothing.

Options:
  --dry-run               show what would change, in words, and change nothing
  --yes                   do not ask before changing something
  --rollback TAG          deploy the image of an earlier commit; nothing is built
  --refresh-secrets       give the running tasks the secret's present values, by replacing them one after the other
  --destroy               remove this environment's stacks; table, secret, key and backup vault stay, and are named
  --delete-data           with --destroy: remove table and secret as well; key, and a vault with copies, stay
  --cost                  print what this environment costs a month, line by line
  --allow-dirty           deploy although there are changes that are not committed
  --allow-replacement ID  let a stack replace or remove this table, key or secret (its logical id); may be repeated
  --help                  show this text

Exit codes: 0 done, or nothing to do · 2 not understood · 3 not ready to deploy · 4 build or push failed · 5 a stack failed ·
6 the app was not well and the image before is back · 7 refused

Examples:
  ./deploy.sh staging --dry-run
  ./deploy.sh production
  ./deploy.sh production --rollback 3f2c1ab90d21
TEXT
}

misunderstood() {
  printf '%s\n\n' "$1" >&2
  usage >&2
  exit 2
}

read_options() {
  environment='' action=deploy dry_run=no assume_yes=no rollback_tag='' delete_data=no allow_dirty=no allowed_replacements=()
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && exit 0 ;;
      --dry-run) dry_run=yes ;;
      --yes | -y) assume_yes=yes ;;
      --destroy) action=destroy ;;
      --delete-data) delete_data=yes ;;
      --refresh-secrets) action=refresh-secrets ;;
      --cost) action=cost ;;
      --allow-dirty) allow_dirty=yes ;;
      --rollback | --allow-replacement)
        [ $# -gt 1 ] || misunderstood "$1 needs a value."
        # Images are named by the first twelve digits of their commit.
        if [ "$1" = --rollback ]; then
          rollback_tag=$2
          # One of what was not committed is longer, and is meant whole.
          [[ ! $2 =~ ^[0-9a-f]{13,40}$ ]] || rollback_tag=${2:0:12}
        else
          allowed_replacements+=("$2")
        fi
        shift
        ;;
      -*) misunderstood "There is no option \"$1\"." ;;
      *)
        [ -z "$environment" ] || misunderstood "\"$1\" is one argument too many."
        environment=$1
        ;;
    esac
    shift
  done
  [ -n "$environment" ] || misunderstood 'Which environment?'
  [ "$delete_data" = no ] || [ "$action" = destroy ] || misunderstood '--delete-data goes with --destroy.'
}
