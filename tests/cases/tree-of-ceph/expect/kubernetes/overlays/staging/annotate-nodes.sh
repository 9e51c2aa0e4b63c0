#!/bin/sh
# Made by topoc; change the topology, not this file.
# Tells Rook the address of each node on the network of Ceph's clients. Run it when the nodes have joined and before the
# CephCluster is applied: Rook reads it once for each monitor, and a monitor never changes its address.
set -eu
kubectl annotate --overwrite node 'arm-1' network.rook.io/mon-ip-
kubectl annotate --overwrite node 'arm-2' network.rook.io/mon-ip-
kubectl annotate --overwrite node 'arm-3' network.rook.io/mon-ip-
