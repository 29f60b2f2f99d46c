#!/usr/bin/env bash
# check-container.sh [DEMO]: the steps of examples/container/Containerfile without a container engine, in an empty folder: only what the repository
# has and .dockerignore lets in, installed by the script that the image's RUN calls, then run as a user without rights who may write to
# the data folder and nowhere else. DEMO is the folder of a demo made before, to work on a copy of its data.
set -euo pipefail
demo=${1:+$(realpath "$1")}
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 711 "$work"
mkdir "$work/repository" "$work/tmp"
git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
  tar --create --anchored --exclude-from=<(grep -v '^#' .dockerignore) --null --files-from=- | tar --extract --directory "$work/repository"

step=$(sed -n 's|^RUN sh \(.*\) /opt/parcelmetrics$|\1|p' examples/container/Containerfile)
sh "$work/repository/$step" "$work/opt"
rm -rf "$work/repository"

# USER node, VOLUME /data, and the entry point as it stands there.
entry=$(sed -n 's|^ENTRYPOINT \["node", "/opt/parcelmetrics/\(.*\)"\]$|\1|p' examples/container/Containerfile)
node=$(command -v node)
as_nobody() { env "$@"; }
if [ "$(id -u)" = 0 ]; then
  install --directory --owner=nobody --group=nogroup --mode=0700 "$work/data" "$work/tmp"
  as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs env "$@"; }
  if as_nobody sh -c "touch '$work/opt/mine'" 2>/dev/null; then
    echo "$work/opt is writable for a user without rights" >&2
    exit 1
  fi
else
  echo 'container: not root, so that the user without rights is you'
  install --directory --mode=0700 "$work/data"
fi
call() {
  (cd "$work/data" && as_nobody -i PATH="$PATH" HOME=/nonexistent TMPDIR="$work/tmp" PARCELMETRICS_DATA="$work/data" NODE_ENV=production \
    "$node" "$work/opt/$entry" "$@")
}

# A demo's data, made before, or here.
if [ -n "$demo" ]; then
  cp "$demo/warehouse.duckdb" "$work/data/"
else
  call demo
  cp "$work/data/parcelmetrics-demo/warehouse.duckdb" "$work/data/"
fi
chown --reference="$work/data" "$work/data/warehouse.duckdb"
# A night of the image's own, on the data of another: it derives, publishes and reports.
call build --as-of 2026-11-03T04:12:00Z >/dev/null
call publish --as-of 2026-11-03T04:12:00Z >/dev/null
call report --as-of 2026-11-03T04:12:00Z >/dev/null
call sql --format csv 'select count(*) as parcels from parcels' | grep -q '^[1-9]'
test -s "$work/data/report/index.html"
echo 'container: its steps ran in an empty folder, and the program as a user without rights'
