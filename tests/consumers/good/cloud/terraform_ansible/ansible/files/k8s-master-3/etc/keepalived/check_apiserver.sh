#!/bin/sh
set -eu
exec curl --silent --show-error --fail --insecure --max-time 2 --output /dev/null https://127.0.0.1:6443/healthz
