#!/bin/sh
# every SECONDS COMMAND...: runs a command again and again; SIGTERM reaches it, and ends both.
# A command that fails is not the end: the next start goes on where it stopped.
set -u
pause=$1
shift
stop() {
    trap '' TERM INT
    # $! is known as soon as the process is there; a variable of our own would be set a moment later.
    if [ -n "${!:-}" ]; then
        kill -TERM "$!" 2>/dev/null
        wait "$!"
    fi
    exit 0
}
trap stop TERM INT
while :; do
    "$@" &
    wait "$!" || echo "exit code $?; next start in $pause s" >&2
    sleep "$pause" &
    wait "$!"
done
