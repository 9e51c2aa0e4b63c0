# Made by topoc; change the topology, not this file.
# What the topology opens wide on purpose: policies by their names, with their namespaces where they have one.
package main

import rego.v1

# About every pod of the cluster, or of a namespace.
everybody contains "platform-api"
everybody contains "platform-dns"
everybody contains "platform-nodes"

# To or from the outside.
beyond contains "platform-gateway"

# To or from every pod on every port.
whole contains "platform-gateway"
