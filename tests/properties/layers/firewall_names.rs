[
    Case { field: "firewall.dns.serve", topology: "firewall-names", prepare: &[], change: ("serve \"nodes\" \"office\"", "serve \"nodes\" \"front\" \"office\""), why: "whoever is told to ask must be served" },
    Case { field: "firewall.dns.port", topology: "firewall-names", prepare: &[("resolve { via \"gate\" }", "resolve { server \"9.9.9.9\" }")], change: ("port 53\n", "port 5353\n"), why: "clients ask at the usual port" },
    Case { field: "firewall.dns.upstream.address", topology: "firewall-names", prepare: &[("upstream-tls \"9.9.9.10\" name=\"dns10.quad9.net\" port=8530", "upstream \"9.9.9.12\"")], change: ("\"9.9.9.12\"", "\"149.112.112.112\""), why: "not beside `upstream-tls`" },
    Case { field: "firewall.dns.upstream.port", topology: "firewall-names", prepare: &[("upstream-tls \"9.9.9.10\" name=\"dns10.quad9.net\" port=8530", "upstream \"9.9.9.12\"")], change: ("\"9.9.9.12\"", "\"9.9.9.12\" port=5300"), why: "not beside `upstream-tls`" },
    Case { field: "firewall.dns.record.api", topology: "firewall-names", prepare: &[], change: ("record \"kube\" api=\"stage\"", "record \"kube\" machine=\"radio\""), why: "there is one cluster" },
    Case { field: "firewall.dns.inside.publish", topology: "firewall-names", prepare: &[], change: ("address=\"10.20.30.203\"", "publish=\"web\""), why: "only one of three may be said" },
    Case { field: "firewall.dns.inside.ingress", topology: "firewall-names", prepare: &[], change: ("ingress=\"stage\" by=\"gateway\"", "address=\"10.20.30.204\""), why: "there is one cluster" },
    Case { field: "firewall.ntp.serve", topology: "firewall-names", prepare: &[], change: ("serve \"office\" \"nodes\"", "serve \"office\" \"nodes\" \"front\""), why: "whoever is told to ask must be served" },
    Case { field: "firewall.dhcp.vlan", topology: "firewall-names", prepare: &[], change: ("dhcp \"front\" { range 100 120 }", "dhcp \"nodes\" { range 110 120 }"), why: "somebody has these addresses elsewhere" },
    Case { field: "firewall.dhcp.range.from", topology: "firewall-names", prepare: &[], change: ("range 100 120", "range 99 120"), why: "it must lie before the end" },
]
