//! Values of the language for how a cluster is installed; reads single values, decides nothing.

use super::*;

words! {
    /// What installs a cluster.
    Installer {
        Kubekey = "kubekey" "KubeKey",
    }
    /// How kube-proxy leads traffic to services.
    ProxyMode {
        Iptables = "iptables" "by iptables rules, Kubernetes' own default",
        Ipvs = "ipvs" "by IPVS, which answers ARP for addresses that others announce unless it is told not to",
    }
}

integers! {
    /// Pods that a node takes (kubelet --max-pods).
    MaxPods(u32) 1 1000 "pods";
}

forms! {
    /// A file of the person who installs: an absolute path, or one in the home directory.
    KeyFile "a path that starts with / or ~/" "~/.ssh/id_ed25519" |s| {
        only(s, 240, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~'))?;
        let path = s.strip_prefix("~/").map_or(s, |rest| rest);
        let rooted = s.starts_with('/') || s.starts_with("~/");
        if rooted && !path.contains('~') && !s.ends_with('/') { Ok(()) } else { Err("it is not a file below / or ~/".into()) }
    };
    /// An absolute path on the nodes.
    NodePath "an absolute path" "/var/backups/kube_etcd" |s| {
        only(s, 240, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))?;
        if s.split('/').any(|p| p == "." || p == "..") { return Err("`.` and `..` lead elsewhere than the path says".into()); }
        if s.len() > 1 && s.starts_with('/') { Ok(()) } else { Err("it does not start with a slash, or is the root".into()) }
    };
    /// A registry of images: its name and, where it is not 443, its port.
    RegistryHost "a registry's name" "registry.internal.example.net" |s| {
        only(s, 200, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | ':'))?;
        let (host, port) = s.split_once(':').map_or((s, None), |(h, p)| (h, Some(p)));
        if port.is_some_and(|p| p.parse::<u16>().map_or(true, |n| n == 0)) { return Err("the port is not a number from 1 to 65535".into()); }
        if host.split('.').all(|l| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-')) { Ok(()) } else { Err("it is a name without https:// and without a path".into()) }
    };
    /// The name of an identity provider: part of an address and of a Kubernetes name.
    IdentityName "a name in lower case" "authentik" |s| {
        only(s, 40, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        if s.starts_with(|c: char| c.is_ascii_lowercase()) && !s.ends_with('-') { Ok(()) } else { Err("it starts with a letter and does not end with a hyphen".into()) }
    };
}
