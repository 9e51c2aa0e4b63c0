#!/bin/sh
# Made by topoc; change the topology, not this file.
# Tells Rook the address of each node on the network of Ceph's clients. Run it when the nodes have joined and before the
# CephCluster is applied: Rook reads it once for each monitor, and a monitor never changes its address.
set -eu
<% for node in nodes %>
kubectl annotate --overwrite node <{ node.name | sh }> network.rook.io/mon-ip=<{ node.address | sh }>
<% endfor %>
<% for node in gone %>
kubectl annotate --overwrite node <{ node | sh }> network.rook.io/mon-ip-
<% endfor %>
