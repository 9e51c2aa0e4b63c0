#!/bin/sh
# Made by topoc; change the topology, not this file.
# Checks the alerts in this folder and runs their tests: each fires when it shall and is quiet when it shall. It needs promtool.
set -eu
cd "$(dirname "$0")"
promtool check rules ./*.rules.yaml
promtool test rules ./*.test.yaml
