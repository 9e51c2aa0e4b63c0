[
    Case { field: "versions.kubekey", topology: "installer", prepare: &[], change: ("kubekey \"4.0.6\"", "kubekey \"4.0.5\""), why: "a release of the same dialect" },
    Case { field: "versions.kubesphere", topology: "installer", prepare: &[("kubernetes \"1.33.4\"", "kubernetes \"1.26.15\""), ("kubesphere \"4.1.3\"", "kubesphere \"3.4.1\"")], change: ("\"3.4.1\"", "\"3.4.0\""), why: "a chart has one version, and this KubeSphere needs an old Kubernetes" },
    Case { field: "cluster.install.registry.login.secret", topology: "installer", prepare: &[("secret \"console\" {", "secret \"third\" { from \"env\" \"STAGE_THIRD\" }\nsecret \"console\" {")], change: ("secret=\"images\"", "secret=\"third\""), why: "it must be there" },
    Case { field: "cluster.install.kubesphere.identity.secret", topology: "installer", prepare: &[("secret \"console\" {", "secret \"third\" { from \"env\" \"STAGE_THIRD\" }\nsecret \"console\" {")], change: ("secret \"console\"; scopes", "secret \"third\"; scopes"), why: "it must be there" },
    Case { field: "cluster.dns.node-local", topology: "installer", prepare: &[("        via \"lab\"\n        server \"192.0.2.53\"\n        in-order #false\n        zone \"inner.example.org\" { server \"10.20.30.60\"; cache \"90s\" }\n", "")], change: ("node-local #false", "node-local #true"), why: "the cache hides servers and zones, which is an error" },
    Case { field: "cluster.dns.via", topology: "installer", prepare: &[], change: ("via \"lab\"", "via \"cp-1\""), why: "it must have an address on the node network" },
]
