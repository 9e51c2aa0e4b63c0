[
    Case { field: "cluster.gitops.sync", topology: "gitops", prepare: &[("        prune\n        self-heal #false\n", "")], change: ("sync \"automatic\"", "sync \"manual\""), why: "prune and self-heal are about a sync that is automatic" },
    Case { field: "ci.check.tool", topology: "gitops", prepare: &[], change: ("check \"checkov\" \"3.3.30\" { skip \"CKV_K8S_43\" }", "check \"yamllint\" \"1.38.0\""), why: "each program has versions and words of its own" },
    Case { field: "ci.check.version", topology: "gitops", prepare: &[], change: ("check \"conftest\" \"0.68.2\"", "check \"conftest\" \"0.68.1\""), why: "each program has versions of its own" },
    Case { field: "ci.check.skip", topology: "gitops", prepare: &[], change: ("CKV_K8S_43", "CKV_K8S_99"), why: "it is a word of checkov alone" },
]
