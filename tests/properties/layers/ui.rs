[
    Case { field: "cluster.ui.from.net.net", topology: "ui", prepare: &[], change: ("net \"10.60.0.0/16\" { except \"10.60.1.0/24\" }", "net \"10.66.0.0/16\" { except \"10.66.1.0/24\" }"), why: "what is left out is inside" },
    Case { field: "cluster.ui.from.net.except", topology: "ui", prepare: &[], change: ("\"10.60.1.0/24\"", "\"10.60.2.0/24\""), why: "it is inside the net" },
    Case { field: "firewall.logs.cluster", topology: "logging", prepare: &[("            vlan \"nodes\"\n            port 6514\n            protocol \"udp\"\n", ""), ("        alerts { blocks 7; few-blocks 300; failed-logins 3 }\n", "")], change: ("logs \"loki\" cluster=\"stage\"", "logs \"loki\" cluster=\"edge\""), why: "what a listener says of firewalls is for the one that a firewall sends to" },
    Case { field: "firewall.metrics.from.nodes", topology: "monitoring", prepare: &[], change: ("metrics on=\"management\" { from { nodes \"wk\" }", "metrics on=\"management\" { from { nodes \"wk\" \"cp\" }"), why: "the nodes that Prometheus runs on must be among them" },
]
