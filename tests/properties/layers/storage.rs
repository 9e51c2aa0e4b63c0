[
    Case { field: "cluster.storage.device.node", topology: "storage", prepare: &[("        device \"wk-2\" name=\"osd\"\n", "")], change: ("device \"wk-1\" name=\"sdb\"", "device \"wk-2\" name=\"sdb\""), why: "a disk is given once" },
    Case { field: "cluster.storage.device.name", topology: "storage", prepare: &[("        device \"wk-1\" name=\"wal\" class=\"nvme\"\n", "")], change: ("name=\"sdb\"", "name=\"sdc\""), why: "a disk is given once" },
    Case { field: "cluster.storage.filesystem.default", topology: "storage", prepare: &[("compression \"aggressive\"; default;", "compression \"aggressive\";")], change: ("filesystem \"shared\" {", "filesystem \"shared\" { default;"), why: "one class is the default" },
]
