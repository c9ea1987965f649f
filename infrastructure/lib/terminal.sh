# What the person at the terminal sees: steps, notes, questions. Plain text in a log; colours on a terminal, unless NO_COLOR is set.
# shellcheck shell=bash

if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-}" != dumb ]; then
  bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' dim=$'\e[2m' plain=$'\e[0m'
else
  bold='' red='' green='' yellow='' dim='' plain=''
fi

step() { printf '\n%s── %s%s\n' "$bold" "$1" "$plain"; }
note() { printf '   %s\n' "$1"; }
detail() { printf '   %s%s%s\n' "$dim" "$1" "$plain"; }
warn() { printf '   %sWarning:%s %s\n' "$yellow" "$plain" "$1" >&2; }
done_with() { printf '\n%sDone.%s %s\n' "$green" "$plain" "$1"; }

# fail CODE WHAT [WHAT TO DO]: ends the script.
fail() {
  printf '\n%sFailed:%s %s\n' "$red" "$plain" "$2" >&2
  [ $# -lt 3 ] || printf '   → %s\n' "$3" >&2
  exit "$1"
}

# confirm QUESTION: true when the person agrees, or --yes was given. Without a terminal nobody can answer: then it is a no.
confirm() {
  [ "$assume_yes" = no ] || return 0
  if [ ! -t 0 ]; then
    warn "$1 There is nobody to ask. Pass --yes to agree beforehand."
    return 1
  fi
  local answer
  printf '\n%s%s%s [y/N] ' "$bold" "$1" "$plain"
  read -r answer
  [[ $answer =~ ^[Yy]([Ee][Ss])?$ ]]
}

# Ctrl-C stops the script, not AWS.
interrupted() {
  trap - INT TERM
  printf '\n%sStopped.%s %s\n' "$yellow" "$plain" \
    'What AWS had begun goes on by itself. Run the same command again: it waits for that, then goes on where it stands.' >&2
  exit 130
}
