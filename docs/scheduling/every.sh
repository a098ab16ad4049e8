#!/bin/sh
# every SECONDS COMMAND...: runs a command again and again; SIGTERM reaches it, and ends both.
# A command that fails is not the end: the next start goes on where it stopped.
set -u
pause=$1
shift
child=
stop() {
    trap '' TERM INT
    if [ -n "$child" ]; then
        kill -TERM "$child" 2>/dev/null
        wait "$child"
    fi
    exit 0
}
trap stop TERM INT
while :; do
    "$@" &
    child=$!
    wait "$child" || echo "exit code $?; next start in $pause s" >&2
    sleep "$pause" &
    child=$!
    wait "$child"
done
