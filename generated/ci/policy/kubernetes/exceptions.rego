# Made by topoc; change the topology, not this file.
# What the topology opens wide on purpose: policies by their names, with their namespaces where they have one.
package main

import rego.v1

# About every pod of the cluster, or of a namespace.
everybody contains "platform-api"
everybody contains "platform-dns"
everybody contains "platform-metrics"
everybody contains "platform-nodes"
everybody contains "ci-builds/builds-fetch-images"
everybody contains "shop/platform-traces-of-prod"

# To or from the outside.
beyond contains "platform-cert-manager"
beyond contains "platform-gateway"
beyond contains "platform-ingress-nginx"

# To or from every pod on every port.
whole contains "platform-gateway"
whole contains "platform-ingress-nginx"
whole contains "platform-pages"
