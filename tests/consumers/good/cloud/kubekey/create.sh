#!/bin/sh
set -eu
exec kk create cluster -f "${1:-cluster.yaml}"
