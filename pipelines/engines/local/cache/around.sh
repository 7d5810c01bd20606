#!/bin/sh
# around.sh PYTHON PROGRAM DIRECTORY COMMAND...
#
# Restores a step's cache, runs its command, and publishes the cache if that succeeded.
python=$1 program=$2 directory=$3
shift 3

# Nothing of this shell and the cache may get into the step's log (3).
exec 3>&1 >/dev/null 2>&1

# Caught, not ignored: what ignores a signal passes that on to its commands, which then cannot be asked to end.
trap : INT TERM HUP

"$python" -I -S "$program" restore "$directory" 3>&-

# In a subshell, because some shells redirect themselves for a command, and would say "Killed" in its log.
(exec "$@") >&3 2>&3 3>&-
code=$?

[ "$code" != 0 ] || "$python" -I -S "$program" publish "$directory" 3>&-
exit "$code"
