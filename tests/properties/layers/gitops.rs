[
    Case { field: "cluster.gitops.sync", topology: "gitops", prepare: &[("        prune\n        self-heal #false\n", "")], change: ("sync \"automatic\"", "sync \"manual\""), why: "prune and self-heal are about a sync that is automatic" },
]
