//! What the file says of the way in for HTTP: ingress controllers and gateways; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The way in for HTTP.
    IngressFacts = "ingress" {
        /// What serves it.
        by: arg<WayIn> required, Parts, "\"nginx\"";
        /// The IngressClass that an Ingress names (`nginx` only).
        class: value<ObjectName> "\"nginx\"", Emitted, "\"nginx-inside\"";
        /// Whether an Ingress that names no class is served (`nginx` only).
        default_class: flag("default-class")<bool> "#false", Emitted, "#true";
        /// Its replicas (`nginx` only).
        replicas: value<Count> "2, or one on each node where client addresses are kept", Emitted, "3";
        /// Its address.
        address: child<PoolAddressFacts> "any of the pool", Parts;
        /// What applications see of who calls (`nginx` only: behind a gateway they always see it, in X-Forwarded-For).
        client_addresses: value("client-addresses")<ClientAddresses> "\"hide\"", Emitted, "\"keep\"";
        /// A web application firewall, ModSecurity, that detects and logs (`nginx` only).
        firewall: value<FirewallRules> "there is none", Emitted, "\"own\"";
        /// Whether it tells its figures to whoever asks (`nginx` only).
        metrics: flag<bool> "#false", Emitted, "#true";
        /// Whether an Ingress may bring configuration of nginx: whoever writes one then reads every Secret (`nginx` only).
        snippets: flag<bool> "#false", Emitted, "#true";
        /// Groups of nodes that run it (`nginx` only).
        nodes: list<NodesRef> "every node that takes its pods", Emitted, "\"k8s-worker\"";
        /// The name of the gateway, and of its namespace (`gateway` only).
        name: value<ObjectName> "\"gateway\"", Emitted, "\"front-door\"";
        /// A port of it (`gateway` only).
        listener: children<ListenerFacts> "an error on a `gateway`", Parts;
        /// Whose routes it takes (`gateway` only).
        routes_from: value("routes-from")<RoutesFrom> "\"same\", or those of `namespaces`", Emitted, "\"all\"";
        /// Namespaces whose routes it takes (`gateway` only).
        namespaces: list<ObjectName> "what `routes-from` says", Emitted, "\"shop\"";
        /// Whether what comes in without TLS is sent to where there is TLS (`gateway` only).
        redirect_to_tls: flag("redirect-to-tls")<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// A port of a gateway.
    ListenerFacts = "listener" {
        /// Its name.
        name: arg<ObjectName> required, Emitted, "\"inside\"";
        /// The TCP port.
        port: prop<Port> required, Emitted, "8080";
        /// The names that it serves.
        host: prop<HostPattern> "every name", Emitted, "\"*.other.example.net\"";
        /// Who issues its certificate; it then speaks TLS.
        certificate_by: prop("certificate-by")<IssuerRef> "no certificate is asked for", Emitted, "\"internal\"";
        /// A Kubernetes Secret in the gateway's namespace that has its certificate; it then speaks TLS.
        certificate: prop<ObjectName> "no certificate is taken from there", Emitted, "\"bought\"";
    }
}

statement! {
    /// An address of a pool.
    PoolAddressFacts = "address" {
        /// The pool.
        pool: prop<PoolRef> required, Emitted, "\"services\"";
        /// The number in the VLAN's subnet.
        host: prop<Ordinal> required, Emitted, "200";
    }
}
