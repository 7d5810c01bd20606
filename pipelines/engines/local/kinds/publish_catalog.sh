#!/bin/sh
# Puts CATALOG_CHART of the current directory into the git repository CATALOG_URL as CATALOG_TARGET of CATALOG_BRANCH.
set -eu
umask 077

leave() {
    code=$?
    trap - EXIT
    [ -z "${CATALOG_KEY:-}" ] || rm -f -- "$CATALOG_KEY"
    rm -rf -- "$CATALOG_WORK"
    exit "$code"
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -d "./$CATALOG_CHART" ]; then
    echo "There is no folder $CATALOG_CHART" >&2
    exit 1
fi
rm -rf -- "$CATALOG_WORK"
# Without links: one in the catalog could lead out of it.
git clone --quiet --depth 1 --single-branch --config core.symlinks=false --branch "$CATALOG_BRANCH" -- \
    "$CATALOG_URL" "$CATALOG_WORK"
catalog() {
    git -C "$CATALOG_WORK" "$@"
}

for try in 1 2 3 4 5; do
    base=$(catalog rev-parse HEAD)
    place=$CATALOG_WORK/$CATALOG_TARGET
    rm -rf -- "$place"
    mkdir -p -- "$place"
    cp -R -P -- "./$CATALOG_CHART/." "$place/"
    "$CATALOG_PYTHON" -I "$CATALOG_FILL" "$place"
    catalog add --all --force -- "$CATALOG_TARGET"
    if catalog diff --cached --quiet; then
        echo "$CATALOG_TARGET is already there as it is"
        exit 0
    fi
    catalog commit --quiet --message "$CATALOG_MESSAGE"
    if catalog push --quiet origin "HEAD:refs/heads/$CATALOG_BRANCH"; then
        catalog log -1 --no-show-signature --format='Published as %H %s'
        exit 0
    fi
    catalog fetch --quiet --depth 1 origin "refs/heads/$CATALOG_BRANCH"
    # Refused although nobody else has pushed: to try again would not help.
    [ "$(catalog rev-parse FETCH_HEAD)" != "$base" ] || exit 1
    catalog reset --quiet --hard FETCH_HEAD
    echo "The branch $CATALOG_BRANCH has moved; try $try of 5 begins anew"
done
echo "The branch $CATALOG_BRANCH moves faster than this step" >&2
exit 1
