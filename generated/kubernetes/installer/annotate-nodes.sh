#!/bin/sh
# Made by topoc; change the topology, not this file.
# Tells Rook the address of each node on the network of Ceph's clients. Run it when the nodes have joined and before the
# CephCluster is applied: Rook reads it once for each monitor, and a monitor never changes its address.
set -eu
kubectl annotate --overwrite node 'k8s-worker-1' network.rook.io/mon-ip='192.168.101.21'
kubectl annotate --overwrite node 'k8s-worker-2' network.rook.io/mon-ip='192.168.101.22'
kubectl annotate --overwrite node 'k8s-worker-3' network.rook.io/mon-ip='192.168.101.23'
