#!/bin/sh
# One host at a time, of one run of Terraform (its process id), on the machine where it runs:
#   turn.sh take RUN SITE HOST SECONDS   waits for the turn; fails when the host that has it is not done in its time
#   turn.sh done RUN SITE HOST           gives it to the next
# A host that fails never says `done`: those after it are not touched.
set -eu
what=$1 run=$2 site=$3 host=$4
turns="${TMPDIR:-/tmp}/causeway-turn_$(id -u)_${site}_"
# With the time at which that run began: process ids come again.
turn="$turns${run}_$(ps -o lstart= -p "$run" 2>/dev/null | cksum | cut -d ' ' -f 1)"

if [ "$what" = done ]; then
  rm -rf "$turn"
  exit 0
fi
# What runs left that ended at a host.
for old in "$turns"*; do
  other=${old#"$turns"}
  [ ! -e "$old" ] || kill -0 "${other%%_*}" 2>/dev/null || rm -rf "$old" || true
done
until (umask 077 && mkdir "$turn") 2>/dev/null; do
  holder='' until_seconds=''
  if [ -e "$turn" ] && [ ! -O "$turn" ]; then
    echo "$turn is somebody else's: set TMPDIR to a folder of your own" >&2
    exit 1
  fi
  if read -r holder until_seconds <"$turn/holder" 2>/dev/null && [ "$(date +%s)" -gt "$until_seconds" ]; then
    echo "$host was left as it is: $holder, whose turn came before, has not become healthy" >&2
    exit 1
  fi
  kill -0 "$run" 2>/dev/null || exit 1
  sleep 1
done
echo "$host $(($(date +%s) + $5))" >"$turn/holder"
