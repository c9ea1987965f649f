#!/usr/bin/env bash
# Changes how many tasks run, until the service's template is deployed with other bounds.
#
# Usage: infrastructure/scripts/scale.sh ENVIRONMENT                 shows how many run, and between which bounds
#        infrastructure/scripts/scale.sh ENVIRONMENT MIN MAX         sets the bounds; scaling goes on between them
#
# For good, change MinTasks and MaxTasks in infrastructure/parameters/ENVIRONMENT.json and deploy.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "$0")/common.sh"

begin "${1-}"
cluster=$(output ecs-fargate ClusterName)
service=$(output ecs-fargate ServiceName)
resource=service/$cluster/$service

if [ $# -gt 1 ]; then
  min=$2 max=${3-}
  [[ $min =~ ^[0-9]+$ && $max =~ ^[0-9]+$ ]] || misunderstood 'MIN and MAX are whole numbers.'
  [ "$min" -le "$max" ] || misunderstood "MIN ($min) is above MAX ($max)."
  [ "$min" -gt 0 ] || confirm "With none, $app $environment answers nobody. Go on?" || fail 7 'Nothing was changed.'
  aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id "$resource" \
    --scalable-dimension ecs:service:DesiredCount --min-capacity "$min" --max-capacity "$max" >/dev/null
fi

aws ecs describe-services --cluster "$cluster" --services "$service" \
  --query 'services[0].{running: runningCount, wanted: desiredCount, starting: pendingCount}' --output json |
  jq -r '"running \(.running), wanted \(.wanted), starting \(.starting)"'
aws application-autoscaling describe-scalable-targets --service-namespace ecs --resource-ids "$resource" \
  --query 'ScalableTargets[0].[MinCapacity, MaxCapacity]' --output json | jq -r '"between \(.[0]) and \(.[1])"'
