# Made by topoc; change the topology, not this file.
# Pitfalls of Cilium's policies (RFC 8.3), for conftest. What the topology itself opens wide is in the sets `everybody`, `beyond`
# and `whole` of exceptions.rego, policy by policy; whatever else is that wide is refused.
package main

import rego.v1

namespace_key := "k8s:io.kubernetes.pod.namespace"

is_policy if {
	startswith(input.apiVersion, "cilium.io/")
	input.kind in {"CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"}
}

# As exceptions.rego names it.
name := sprintf("%s/%s", [input.metadata.namespace, input.metadata.name]) if input.metadata.namespace

name := input.metadata.name if not input.metadata.namespace

specs contains input.spec if is_policy

specs contains spec if {
	is_policy
	some spec in input.specs
}

# What is allowed: refusals (ingressDeny, egressDeny) may be as wide as they like.
rules contains rule if {
	some spec in specs
	some way in ["ingress", "egress"]
	some rule in spec[way]
}

selectors contains {"rule": rule, "peer": peer} if {
	some rule in rules
	some key in ["fromEndpoints", "toEndpoints"]
	some peer in rule[key]
}

entities contains {"rule": rule, "entity": entity} if {
	some rule in rules
	some key in ["fromEntities", "toEntities"]
	some entity in rule[key]
}

networks contains network if {
	some rule in rules
	some key in ["fromCIDR", "toCIDR"]
	some network in rule[key]
}

networks contains entry.cidr if {
	some rule in rules
	some key in ["fromCIDRSet", "toCIDRSet"]
	some entry in rule[key]
}

# A selector that every pod meets: empty, or only asking for a namespace to be there.
every_pod(selector) if {
	count(object.get(selector, "matchLabels", {})) == 0
	narrowing := [e |
		some e in object.get(selector, "matchExpressions", [])
		not anywhere(e)
	]
	count(narrowing) == 0
}

anywhere(expression) if {
	expression.key == namespace_key
	expression.operator == "Exists"
}

# Leaving some namespaces out still is everybody else.
anywhere(expression) if {
	expression.key == namespace_key
	expression.operator == "NotIn"
}

limited(rule) if count(rule.toPorts) > 0

limited(rule) if count(rule.icmps) > 0

allows(spec) if {
	some way in ["ingress", "egress"]
	some rule in spec[way]
	count(rule) > 0
}

learns(spec) if {
	some rule in spec.egress
	some ports in rule.toPorts
	count(ports.rules.dns) > 0
}

deny contains msg if {
	some spec in specs
	some rule in spec.egress
	count(rule.toFQDNs) > 0
	not learns(spec)
	msg := sprintf("%s: toFQDNs knows no address without a rule for DNS beside it: toPorts, rules, dns", [name])
}

deny contains msg if {
	some rule in rules
	some fqdn in rule.toFQDNs
	regex.match(`^[*.]+$`, fqdn.matchPattern)
	msg := sprintf("%s: toFQDNs with matchPattern %s is every name there is", [name, fqdn.matchPattern])
}

deny contains msg if {
	some found in entities
	found.entity == "all"
	msg := sprintf("%s: the entity all is everything inside and outside the cluster", [name])
}

deny contains msg if {
	some found in entities
	startswith(found.entity, "world")
	not name in beyond
	msg := sprintf("%s: the entity %s, and nothing in the topology opens this policy to the outside", [name, found.entity])
}

deny contains msg if {
	some network in networks
	endswith(network, "/0")
	not name in beyond
	msg := sprintf("%s: the network %s, and nothing in the topology opens this policy to the outside", [name, network])
}

deny contains msg if {
	some spec in specs
	every_pod(spec.endpointSelector)
	allows(spec)
	not name in everybody
	msg := sprintf("%s: endpointSelector is every pod, and nothing in the topology allows this to all of them", [name])
}

deny contains msg if {
	some found in selectors
	every_pod(found.peer)
	not limited(found.rule)
	not name in whole
	msg := sprintf("%s: every pod on every port, and nothing in the topology opens this policy to all of them", [name])
}

deny contains msg if {
	some found in entities
	found.entity == "cluster"
	not limited(found.rule)
	not name in whole
	msg := sprintf("%s: the entity cluster on every port, and nothing in the topology opens this policy to all of it", [name])
}
