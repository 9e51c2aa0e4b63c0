//! What the file says of how a cluster is installed: KubeKey, its registry, KubeSphere; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// What installs a cluster.
    InstallFacts = "install" {
        /// Which one.
        by: arg<Installer> required, Parts, "\"kubekey\"";
        /// The private key that logs in to the nodes: a file of whoever runs the installer, never its content.
        ssh_key_file: value("ssh-key-file")<KeyFile> "\"~/.ssh/id_ed25519\"", Emitted, "\"/srv/keys/nodes\"";
        /// Copies of etcd, on each control-plane node.
        etcd: child<EtcdFacts> "a copy a day, five are kept", Parts;
        /// How kube-proxy works; only where the network plugin does not replace it.
        proxy: value<ProxyMode> "\"iptables\" where kube-proxy stays", Emitted, "\"ipvs\"";
        /// Pods that a node takes.
        max_pods: value("max-pods")<MaxPods> "110", Emitted, "77";
        /// Whether the certificates of the control plane are renewed before they end.
        renew_certificates: flag("renew-certificates")<bool> "#true", Emitted, "#false";
        /// More names and addresses in the certificate of the API server.
        certificate_names: list("certificate-names")<Domain> "only those that the installer knows: nodes, API name and address", Emitted, "\"k8s.example.net\"";
        /// Where images come from.
        registry: child<RegistryFacts> "each image comes from its own registry", Parts;
        /// KubeSphere, of the version in `versions`.
        kubesphere: child<KubesphereFacts> "it is not installed", Parts;
    }
}

statement! {
    /// Copies of etcd, on each control-plane node.
    EtcdFacts = "etcd" {
        /// The folder of the copies.
        backup_dir: value("backup-dir")<NodePath> "\"/var/backups/kube_etcd\"", Emitted, "\"/srv/etcd-copies\"";
        /// How often: a part of an hour in minutes, or a part of a day in hours, without rest.
        backup_every: value("backup-every")<Seconds> "\"24h\"", Emitted, "\"6h\"";
        /// How many copies are kept.
        keep_backups: value("keep-backups")<Times> "5", Emitted, "9";
    }
}

statement! {
    /// Where images come from.
    RegistryFacts = "registry" {
        /// The registry that has all images, with its port if that is not 443.
        private: value<RegistryHost> "none: images come from where their makers put them", Emitted, "\"images.example.net:5000\"";
        /// Asked before Docker Hub.
        mirror: list<Url> "none", Emitted, "\"https://mirror.example.org\"";
        /// Who logs in to the private registry.
        login: child<RegistryLoginFacts> "it asks nobody for a name", Parts;
        /// Whether the private registry is reached without TLS.
        insecure: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Who logs in to the private registry.
    RegistryLoginFacts = "login" {
        /// The account there.
        user: prop<Label> required, Emitted, "\"puller\"";
        /// Its password.
        secret: prop<SecretRef> required, Emitted, "\"registry\"";
    }
}

statement! {
    /// KubeSphere.
    KubesphereFacts = "kubesphere" {
        /// Where people open it, as their browser shows it.
        address: value<Url> "not known: identity providers need it", Emitted, "\"https://console.example.net\"";
        /// The password of its first account, `admin`; a change of it later is made in KubeSphere.
        admin: value<SecretRef> "the password that KubeSphere's makers publish", Emitted, "\"spare\"";
        /// An OpenID Connect provider that people log in by.
        identity: children<IdentityFacts> "people have passwords of KubeSphere's own", Parts;
    }
}

statement! {
    /// An OpenID Connect provider that people log in by.
    IdentityFacts = "identity" {
        /// Its name on the login page and in the address that it sends people back to.
        name: arg<IdentityName> required, Emitted, "\"sso\"";
        /// Its issuer, exactly as its tokens say.
        issuer: value<Url> required, Emitted, "\"https://sso.example.net/app/\"";
        /// What KubeSphere is called there.
        client: value<Label> required, Emitted, "\"ks\"";
        /// The secret that it was given there.
        secret: value<SecretRef> required, Emitted, "\"oidc\"";
        /// What it is asked of a person.
        scopes: list<Label> "openid, profile and email", Emitted, "\"groups\"";
    }
}
