"""What Cilium reads of a gateway's class, written down from its definition, which is not among those at hand.

The definition is pkg/k8s/apis/cilium.io/client/crds/v2alpha1/ciliumgatewayclassconfigs.yaml of 1.18 to 1.20. Only what topoc may
write stands here, so it is stricter than that.
"""

from __future__ import annotations

RANGE = {"type": "string", "pattern": r"^([0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$"}
DEFINITIONS = {
    ("cilium.io/v2alpha1", "CiliumGatewayClassConfig"): {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {
                "type": "object",
                "additionalProperties": False,
                "required": ["service"],
                "properties": {
                    "service": {
                        "type": "object",
                        "additionalProperties": False,
                        # Ranges without the policy that they are for, or none at all, would be an open door that looks shut; a port
                        # on every node would be one beside them.
                        "required": ["allocateLoadBalancerNodePorts", "loadBalancerSourceRanges", "loadBalancerSourceRangesPolicy"],
                        "properties": {
                            "allocateLoadBalancerNodePorts": {"const": False},
                            "loadBalancerSourceRanges": {"type": "array", "minItems": 1, "uniqueItems": True, "items": RANGE},
                            "loadBalancerSourceRangesPolicy": {"const": "Allow"},
                        },
                    }
                },
            }
        },
    }
}
