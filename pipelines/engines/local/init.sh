#!/bin/sh
# init.sh DIRECTORY WORKSPACE CGROUP COMMAND...
#
# Runs one step and keeps its books in DIRECTORY. Standard input is the lock that says "alive"; standard output is the
# step's log. Everything is data in arguments and environment. The command runs in the foreground on purpose:
# a shell makes background commands deaf to SIGINT, and everything below them inherits that.
directory=$1 workspace=$2 cgroup=$3
shift 3

# The step must not inherit the lock (9), and nothing of this shell may get into the step's log (3).
exec 9<&0 3>&1 </dev/null >/dev/null 2>&1

cd "$workspace" || exit 74
set -C # a file that exists is not opened again: whoever comes second ends here
: >"$directory/started" || exit 75

# In a subshell, because some shells redirect themselves for a command, and would say "Killed" in its log.
if [ -z "$cgroup" ]; then
    (exec "$@") >&3 2>&3 3>&- 9<&-
    code=$?
else
    (echo 0 >|"$cgroup/cgroup.procs" && exec "$@") >&3 2>&3 3>&- 9<&-
    code=$?
    echo 1 >|"$cgroup/cgroup.kill"
    alive=1
    while [ "$alive" = 1 ]; do
        while read -r name value; do
            [ "$name" != populated ] || alive=$value
        done <"$cgroup/cgroup.events" || alive=0
    done
fi

echo "$code" >"$directory/exit"
