# The first thing that every script reads, so it is written for the oldest bash there is: macOS brings 3.2.
# shellcheck shell=bash

# needs_bash MAJOR MINOR: ends the script when this bash is older than 4.4. Before that, an empty array counts as unset.
needs_bash() {
  [ "$(($1 * 100 + $2))" -lt 404 ] || return 0
  printf 'Failed: this is bash %s.%s, and 4.4 or later is needed.\n' "$1" "$2" >&2
  printf '   → On macOS: brew install bash, and open a new terminal.\n' >&2
  exit 3
}

needs_bash "${BASH_VERSINFO[0]}" "${BASH_VERSINFO[1]}"
