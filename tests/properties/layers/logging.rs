[
    Case { field: "cluster.logging.syslog.address.pool", topology: "logging", prepare: &[("pool \"services2\" vlan=\"nodes\" { range 210 219; auto-assign #false }", "pool \"services2\" vlan=\"desks\" { range 200 219 }"), ("            vlan \"nodes\"\n", ""), ("disk \"osd\"", "nic \"desks\"; disk \"osd\"")], change: ("address pool=\"logs\"", "address pool=\"services2\""), why: "its number lies in both" },
    Case { field: "cluster.logging.syslog.address.host", topology: "logging", prepare: &[], change: ("host=205", "host=206"), why: "it lies in the pool" },
]
