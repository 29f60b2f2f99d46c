#!/bin/sh
# install.sh FOLDER: from the repository that it stands in, puts what runs into FOLDER: the compiled program and the packages that it needs, as
# the lockfile has them. The Containerfile calls it; so does .ci/run, since its steps are the same without a container.
set -eu
cd "$(dirname "$0")/../.."
npm ci --no-audit --no-fund
npm prune --omit=dev --ignore-scripts --no-audit --no-fund
mkdir -p "$1"
cp -R package.json LICENSE node_modules dist "$1"
