#!/usr/bin/env bash
# Everything that CI checks beside the tests: lint, format, types, builds, packages. Stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."
export TURBO_TELEMETRY_DISABLED=1

step() { printf '\n── %s\n' "$1"; }

step 'lint and format'
npm run --silent lint
step 'build'
npm run --silent build -- --output-logs=errors-only
step 'types'
npm run --silent typecheck -- --output-logs=errors-only
npx --no-install tsc --noEmit -p test/tsconfig.json
step 'packages: publint, are-the-types-wrong'
for package in packages/*/; do
  npx --no-install publint --strict "$package"
  # A package that is only a program has no types.
  grep -q '"exports"' "$package/package.json" && npx --no-install attw --pack "$package" --profile esm-only
done
step 'unused files, exports and dependencies'
npx --no-install knip
step 'changesets'
npx --no-install changeset status >/dev/null && echo 'every changed package has a changeset' ||
  { echo 'A package changed without a changeset: run `npm run changeset`.'; exit 1; }
