[
    Case { field: "cluster.ingress.address.pool", topology: "ingress", prepare: &[("range 200 250 } }", "range 200 250 }; pool \"spare\" vlan=\"front\" { range 100 120 } }"), ("address pool=\"front\" host=202", "address pool=\"spare\" host=101")], change: ("pool=\"front\" host=201", "pool=\"spare\" host=102"), why: "the number must be the pool's" },
    Case { field: "cluster.ingress.routes-from", topology: "ingress", prepare: &[("namespaces \"shop\" \"blog\"", "routes-from \"same\"")], change: ("routes-from \"same\"", "routes-from \"all\""), why: "only a gateway has it, and beside `namespaces` it says the same again" },
    Case { field: "cluster.ingress.redirect-to-tls", topology: "ingress", prepare: &[], change: ("redirect-to-tls", "redirect-to-tls #false"), why: "only a gateway has it" },
    Case { field: "cluster.certificates.issuer.acme.dns01.by", topology: "ingress", prepare: &[], change: ("dns01 \"cloudflare\" { zone \"example.net\" \"example.org\"; secret \"dns-token\" }", "dns01 \"rfc2136\" { zone \"example.net\" \"example.org\"; secret \"dns-token\"; server \"10.20.30.53\"; key-name \"cert-manager\" }"), why: "each provider has words of its own" },
    Case { field: "cluster.certificates.issuer.self-signed", topology: "ingress", prepare: &[], change: ("self-signed }", "ca secret=\"spare-ca\" }"), why: "an issuer is one thing" },
]
