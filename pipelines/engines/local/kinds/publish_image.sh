#!/bin/sh
# Builds PUBLISH_CONTEXT by PUBLISH_DOCKERFILE in the current directory and pushes the result as PUBLISH_IMAGE. Layers
# of base images stay in PUBLISH_STORAGE; the image itself does not.
set -eu
driver=

# A storage belongs to the driver that made it.
tool() {
    buildah --root "$PUBLISH_STORAGE/$driver/root" --runroot "$PUBLISH_STORAGE/$driver/run" \
        --storage-driver "$driver" "$@"
}

leave() {
    code=$?
    trap - EXIT
    [ -z "${PUBLISH_LOGIN_FILE:-}" ] || rm -f -- "$PUBLISH_LOGIN_FILE"
    [ -z "$driver" ] || tool rmi --force -- "$PUBLISH_BUILT" >/dev/null 2>&1 || true
    exit "$code"
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# As with docker, a name without a host is one of Docker Hub, unless this machine's own configuration says more.
if ! grep -Eqs '^[[:space:]]*(unqualified-search-registries|\[\[registry)' /etc/containers/registries.conf \
    /etc/containers/registries.conf.d/*.conf "${HOME:-/}/.config/containers/registries.conf"; then
    export CONTAINERS_REGISTRIES_CONF="$PUBLISH_REGISTRIES"
fi

mkdir -p -m 700 -- "$PUBLISH_STORAGE"
driver=overlay
tool info >/dev/null 2>&1 || driver=vfs

# Background and wait: a shell hears a signal only between two commands.
run() {
    "$@" &
    wait $!
}
run tool build --isolation chroot --tag "$PUBLISH_BUILT" --file "./$PUBLISH_DOCKERFILE" -- "./$PUBLISH_CONTEXT"
echo "Pushing $PUBLISH_IMAGE"
run tool push --tls-verify="$PUBLISH_TLS_VERIFY" --digestfile "$PUBLISH_DIGEST_FILE" -- \
    "$PUBLISH_BUILT" "docker://$PUBLISH_IMAGE"
echo "Pushed $PUBLISH_IMAGE@$(cat -- "$PUBLISH_DIGEST_FILE")"
