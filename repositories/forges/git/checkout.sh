#!/bin/sh
# Puts exactly CHECKOUT_COMMIT of CHECKOUT_URL into the current directory, submodules included. Its objects come from
# the local mirror CHECKOUT_MIRROR as hard links: as fast as sharing them, but independent of the mirror's fate, and
# visible inside a container. History costs nothing that way, so there is no shallow clone. The directory is empty, or
# the workspace of an earlier attempt at the same commit, of which everything built there stays.
set -eu

if git rev-parse --quiet --verify "$CHECKOUT_COMMIT^{commit}" >/dev/null 2>&1 && [ -d .git ]; then
    [ "$(git rev-parse HEAD)" = "$CHECKOUT_COMMIT" ] || git checkout --quiet --force --detach "$CHECKOUT_COMMIT"
    git log -1 --no-show-signature --format='HEAD is at %H %s, in the workspace of the attempt before'
    exit 0
fi
find . -mindepth 1 -delete # what a checkout that was cut off left behind

have_commit() {
    git --git-dir="$CHECKOUT_MIRROR" cat-file -e "$CHECKOUT_COMMIT^{commit}" 2>/dev/null
}

fetch() {
    git --git-dir="$CHECKOUT_MIRROR" fetch --progress --no-write-fetch-head -- "$CHECKOUT_URL" "$@"
}

if ! have_commit; then
    echo "Fetching $CHECKOUT_COMMIT from $CHECKOUT_SHOWN_URL"
    [ -d "$CHECKOUT_MIRROR" ] || git init --quiet --bare -- "$CHECKOUT_MIRROR"
    # Some hosts hand out a commit only through a ref that holds it.
    fetch "$CHECKOUT_COMMIT" || fetch '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*'
    if ! have_commit; then
        echo "$CHECKOUT_SHOWN_URL does not have the commit $CHECKOUT_COMMIT" >&2
        exit 1
    fi
fi

git clone --quiet --local --no-checkout -- "$CHECKOUT_MIRROR" .
git config remote.origin.url "$CHECKOUT_URL"
git checkout --quiet --detach "$CHECKOUT_COMMIT"
if [ -f .gitmodules ]; then
    git submodule update --init --recursive --progress
fi
git log -1 --no-show-signature --format='HEAD is now at %H %s'
