"""What Kube-OVN 1.15 and Multus read, written down from their sources: no files of theirs are at hand.

Fields are those of charts/kube-ovn/{values.yaml,templates/kube-ovn-crd.yaml} of v1.15.8 and of the NetworkAttachmentDefinition
of multus-cni 4.2. It must not be more lenient than those.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator

TEXT, FLAG, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
TEXTS = {"type": "array", "items": TEXT}
INTERFACE = {"type": "string", "maxLength": 15, "pattern": r"^[^/\s]+$"}
SELECTOR = {
    "type": "object",
    "properties": {
        "matchLabels": {"type": "object", "additionalProperties": TEXT},
        "matchExpressions": {"type": "array", "items": {"type": "object", "properties": {"key": TEXT, "operator": TEXT, "values": TEXTS}}},
    },
}
MATCH = {"type": "object", "properties": {"srcIPs": TEXT, "dstIPs": TEXT}}


def _crd(required: list[str], **fields: dict) -> dict:
    spec = {"type": "object", "properties": fields, "required": required}
    return {"type": "object", "properties": {"spec": spec}, "required": ["spec"]}


SUBNET = {
    **dict.fromkeys(
        (
            "vpc", "cidrBlock", "gateway", "provider", "gatewayNode", "externalEgressGateway", "vlan", "dhcpV4Options", "dhcpV6Options",
            "ipv6RAConfigs", "u2oInterconnectionIP", "routeTable", "nodeNetwork",
        ),
        TEXT,
    ),
    **dict.fromkeys(
        (
            "default", "natOutgoing", "private", "logicalGateway", "disableGatewayCheck", "disableInterConnection", "enableDHCP",
            "enableIPv6RA", "allowEWTraffic", "u2oInterconnection", "enableLb", "enableEcmp", "enableMulticastSnoop", "enableExternalLBAddress",
        ),
        FLAG,
    ),
    **dict.fromkeys(("namespaces", "excludeIps", "vips", "allowSubnets"), TEXTS),
    "protocol": {"type": "string", "enum": ["IPv4", "IPv6", "Dual"]},
    "gatewayType": {"type": "string", "enum": ["distributed", "centralized"]},
    "gatewayNodeSelectors": {"type": "array", "items": SELECTOR},
    "namespaceSelectors": {"type": "array", "items": SELECTOR},
    "policyRoutingPriority": {"type": "integer", "minimum": 1, "maximum": 32765},
    "policyRoutingTableID": {"type": "integer", "minimum": 1, "not": {"enum": [252, 253, 254, 255]}},
    "mtu": {"type": "integer", "minimum": 68, "maximum": 65535},
    "acls": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "direction": {"type": "string", "enum": ["from-lport", "to-lport"]},
                "priority": {"type": "integer", "minimum": 0, "maximum": 32767},
                "match": TEXT,
                "action": {"type": "string", "enum": ["allow-related", "allow-stateless", "allow", "drop", "reject"]},
            },
        },
    },
    "natOutgoingPolicyRules": {
        "type": "array",
        "items": {"type": "object", "properties": {"action": {"type": "string", "enum": ["nat", "forward"]}, "match": MATCH}},
    },
}
DEFINITIONS = {
    ("kubeovn.io/v1", "Subnet"): _crd(["cidrBlock"], **SUBNET),
    ("kubeovn.io/v1", "Vlan"): _crd(["provider"], id={"type": "integer", "minimum": 0, "maximum": 4095}, provider=TEXT),
    ("kubeovn.io/v1", "ProviderNetwork"): _crd(
        ["defaultInterface"],
        defaultInterface=INTERFACE,
        customInterfaces={"type": "array", "items": {"type": "object", "properties": {"interface": INTERFACE, "nodes": TEXTS}}},
        exchangeLinkName=FLAG,
        nodeSelector=SELECTOR,
        excludeNodes=TEXTS,
        autoCreateVlanSubinterfaces=FLAG,
        preserveVlanInterfaces=FLAG,
        vlanInterfaces=TEXTS,
    ),
    ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition"): _crd(["config"], config=TEXT),
}
CLUSTER_WIDE = {"Subnet", "Vlan", "ProviderNetwork"}

_RANGES = {"POD_CIDR": "", "POD_GATEWAY": "", "SVC_CIDR": "", "JOIN_CIDR": "", "PINGER_EXTERNAL_ADDRESS": "", "PINGER_EXTERNAL_DOMAIN": ""}
# Keys of the chart with a value of the type that it has there.
VALUES = {
    "global": {"registry": {"address": "", "imagePullSecrets": []}, "images": {n: {"repository": "", "tag": ""} for n in ("kubeovn", "natgateway")}},
    "image": {"pullPolicy": ""},
    "namespace": "",
    "MASTER_NODES": "",
    "MASTER_NODES_LABEL": "",
    "networking": {
        **dict.fromkeys(("NET_STACK", "NETWORK_TYPE", "TUNNEL_TYPE", "IFACE", "DPDK_TUNNEL_IFACE", "EXCLUDE_IPS", "POD_NIC_TYPE", "DEFAULT_SUBNET",
                         "DEFAULT_VPC", "NODE_SUBNET", "NODE_LOCAL_DNS_IP", "SKIP_CONNTRACK_DST_CIDRS"), ""),
        **dict.fromkeys(("ENABLE_SSL", "EXCHANGE_LINK_NAME", "ENABLE_EIP_SNAT", "ENABLE_ECMP", "ENABLE_METRICS", "ENABLE_COMPACT"), False),
        **dict.fromkeys(("PROBE_INTERVAL", "OVN_NORTHD_PROBE_INTERVAL", "OVN_LEADER_PROBE_INTERVAL", "OVN_REMOTE_PROBE_INTERVAL",
                         "OVN_REMOTE_OPENFLOW_INTERVAL", "OVN_NORTHD_N_THREADS"), 0),
        "vlan": {"PROVIDER_NAME": "", "VLAN_INTERFACE_NAME": "", "VLAN_NAME": "", "VLAN_ID": ""},
    },
    "func": {
        **dict.fromkeys(("ENABLE_LB", "ENABLE_NP", "ENABLE_EXTERNAL_VPC", "HW_OFFLOAD", "ENABLE_LB_SVC", "ENABLE_KEEP_VM_IP", "LS_DNAT_MOD_DL_DST",
                         "LS_CT_SKIP_DST_LPORT_IPS", "CHECK_GATEWAY", "LOGICAL_GATEWAY", "ENABLE_BIND_LOCAL_IP", "SECURE_SERVING", "U2O_INTERCONNECTION",
                         "ENABLE_TPROXY", "ENABLE_IC", "ENABLE_NAT_GW", "ENABLE_OVN_IPSEC", "ENABLE_ANP", "ENABLE_DNS_NAME_RESOLVER", "SET_VXLAN_TX_OFF",
                         "ENABLE_LIVE_MIGRATION_OPTIMIZE", "ENABLE_OVN_LB_PREFER_LOCAL"), False),
        "NP_ENFORCEMENT": "", "OVSDB_CON_TIMEOUT": 0, "OVSDB_INACTIVITY_TIMEOUT": 0,
    },
    "ipv4": _RANGES,
    "ipv6": _RANGES,
    "dual_stack": _RANGES,
    "performance": {"GC_INTERVAL": 0, "INSPECT_INTERVAL": 0, "OVS_VSCTL_CONCURRENCY": 0},
    "debug": {"ENABLE_MIRROR": False, "MIRROR_IFACE": ""},
    "cni_conf": {
        **dict.fromkeys(("CNI_CONFIG_PRIORITY", "CNI_CONF_DIR", "MOUNT_CNI_CONF_DIR", "CNI_BIN_DIR", "CNI_CONF_FILE", "LOCAL_BIN_DIR"), "text"),
        "MOUNT_LOCAL_BIN_DIR": False, "NON_PRIMARY_CNI": False,
    },
    "kubelet_conf": {"KUBELET_DIR": ""},
    "log_conf": {"LOG_DIR": ""},
    **dict.fromkeys(("OPENVSWITCH_DIR", "OVN_IPSEC_KEY_DIR", "OVN_DIR", "nameOverride", "fullnameOverride", "HUGEPAGE_SIZE_TYPE", "HUGEPAGES"), ""),
    "DISABLE_MODULES_MANAGEMENT": False,
    **{name: {"requests": {}, "limits": {}} for name in ("ovn-central", "ovs-ovn", "kube-ovn-controller", "kube-ovn-cni", "kube-ovn-pinger", "kube-ovn-monitor")},
}


def values(found: dict) -> Iterator[str]:
    """What makes Kube-OVN a second owner of every pod's network, or an empty one."""
    conf = found.get("cni_conf") or {}
    if conf.get("NON_PRIMARY_CNI") is not True:
        yield "cni_conf.NON_PRIMARY_CNI: without it Kube-OVN is the network of all pods, beside Cilium"
    if str(conf.get("CNI_CONFIG_PRIORITY", "01")) <= "05":
        yield "cni_conf.CNI_CONFIG_PRIORITY: its file sorts before Cilium's 05, so the kubelet takes it for the first network"
    if not found.get("MASTER_NODES"):
        yield "MASTER_NODES: the chart looks the nodes up in the cluster, which `helm template` does not have"
    for family, ranges in ((f, found.get(f) or {}) for f in ("ipv4", "ipv6")):
        nets = {}
        for key in ("POD_CIDR", "SVC_CIDR", "JOIN_CIDR"):
            if key in ranges:
                try:
                    nets[key] = ipaddress.ip_network(ranges[key])
                except ValueError as error:
                    yield f"{family}.{key}: {error}"
        for a in nets:
            yield from (f"{family}: {a} and {b} overlap" for b in nets if a < b and nets[a].overlaps(nets[b]))


def objects(doc: dict) -> Iterator[str]:
    """What the schemas take and the controllers do not."""
    spec, name = doc.get("spec") or {}, str((doc.get("metadata") or {}).get("name"))
    if doc["kind"] == "ProviderNetwork" and len(name) > 12:
        yield f"ProviderNetwork: metadata.name: {name} is longer than the 12 characters that a bridge's name leaves"
    if doc["kind"] == "Subnet":
        net = ipaddress.ip_network(spec["cidrBlock"])
        for text in [spec.get("gateway"), *(part for e in spec.get("excludeIps") or [] for part in e.split(".."))]:
            if text and ipaddress.ip_address(text) not in net:
                yield f"Subnet: {text} is outside {net}"
    if doc["kind"] == "NetworkAttachmentDefinition":
        try:
            config = json.loads(spec.get("config", ""))
        except ValueError as error:
            yield f"NetworkAttachmentDefinition: spec.config: {error}"
            return
        if not config.get("type") or not config.get("cniVersion"):
            yield "NetworkAttachmentDefinition: spec.config: cniVersion and type"
        meta = doc.get("metadata") or {}
        if config.get("type") == "kube-ovn" and config.get("provider") != f"{meta.get('name')}.{meta.get('namespace')}.ovn":
            yield "NetworkAttachmentDefinition: spec.config: provider: NAME.NAMESPACE.ovn of this object"
