[
    Case { field: "vm.nic.bare", topology: "nested", prepare: &[], change: ("nic \"osd\" bare=#true\n}", "nic \"osd\" bare=#false\n}"), why: "the other NICs of machines have what a bare one cannot have" },
    Case { field: "cluster.nodes.nic.bare", topology: "nested", prepare: &[], change: ("nic \"deep\" bare=#true }", "nic \"deep\" bare=#false }"), why: "the other NICs of nodes have what a bare one cannot have" },
]
