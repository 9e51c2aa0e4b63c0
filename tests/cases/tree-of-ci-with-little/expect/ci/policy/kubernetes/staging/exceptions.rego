# Made by topoc; change the topology, not this file.
# What the topology opens wide on purpose: policies by their names, with their namespaces where they have one.
package main

import rego.v1

# About every pod of the cluster, or of a namespace.
everybody contains "everyone-pings-the-gate"
everybody contains "platform-api"
everybody contains "platform-dns"
everybody contains "platform-metrics"
everybody contains "platform-nodes"
everybody contains "robots/the-api-for-robots"

# To or from the outside.
beyond := set()

# To or from every pod on every port.
whole := set()
