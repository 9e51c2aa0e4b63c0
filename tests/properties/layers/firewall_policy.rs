[
    Case { field: "deny.from.net.net", topology: "firewall-policy", prepare: &[], change: ("net \"10.96.0.0/16\" { except \"10.96.1.0/24\" }", "net \"10.66.0.0/16\" { except \"10.66.1.0/24\" }"), why: "what is left out is inside" },
    Case { field: "deny.from.net.except", topology: "firewall-policy", prepare: &[], change: ("\"10.96.1.0/24\"", "\"10.96.2.0/24\""), why: "it is inside the net" },
    Case { field: "deny.to.net.net", topology: "firewall-policy", prepare: &[], change: ("net \"10.98.0.0/16\" { except \"10.98.1.0/24\" }", "net \"10.66.0.0/16\" { except \"10.66.1.0/24\" }"), why: "what is left out is inside" },
    Case { field: "deny.to.net.except", topology: "firewall-policy", prepare: &[], change: ("net \"10.98.0.0/16\" { except \"10.98.1.0/24\"", "net \"10.98.0.0/16\" { except \"10.98.2.0/24\""), why: "it is inside the net" },
]
