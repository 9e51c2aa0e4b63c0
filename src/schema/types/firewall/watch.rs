//! Values of the language for a firewall's logs, its figures, and what it looks after; reads single values, decides nothing.

use super::*;

words! {
    /// How logs travel (OPNsense 26.7, Syslog.xml: transport).
    LogTransport {
        Udp = "udp" "UDP: what is lost is lost (RFC 5426)",
        Tcp = "tcp" "TCP (RFC 6587)",
        Tls = "tls" "TLS over TCP (RFC 5425); the receiver's certificate is checked",
    }
    /// How a message looks (OPNsense 26.7, Syslog.xml: rfc5424).
    LogFormat {
        Rfc5424 = "rfc5424" "with time zone and structure (RFC 5424)",
        Rfc3164 = "rfc3164" "as BSD did, without a year (RFC 3164)",
    }
    /// The least that is worth sending (RFC 5424 section 6.2.1).
    LogLevel {
        Debug = "debug" "everything",
        Info = "info" "and what is worth knowing",
        Notice = "notice" "and what is normal but matters",
        Warning = "warning" "and what may become wrong",
        Error = "error" "and what is wrong",
        Critical = "critical" "and what is badly wrong",
        Alert = "alert" "and what somebody must act on at once",
        Emergency = "emergency" "only what makes the system useless",
    }
    /// What logs are about.
    LogTopic {
        Firewall = "firewall" "packets that rules log",
        Intrusions = "intrusions" "alerts of the intrusion detection",
        Dns = "dns" "the name server",
        Dhcp = "dhcp" "addresses that are given out",
        Vpn = "vpn" "people who come from afar",
        Gateways = "gateways" "probes of ways out",
        Time = "time" "the clock",
        Routing = "routing" "routing daemons",
        Audit = "audit" "who logged in and changed what",
        System = "system" "the kernel, the web interface, packages and their helpers",
        Watch = "watch" "what the firewall looks after by itself",
    }
    /// How a mail leaves the firewall.
    MailSecurity {
        Plain = "plain" "in the clear",
        Tls = "tls" "in TLS; the server's certificate is checked",
    }
}

integers! {
    /// A share of what there is.
    Percent(u8) 1 99 "percent";
}

forms! {
    /// An account at a mail server. Monit quotes nothing, so it is letters, digits and what mail addresses are made of.
    MailUser "an account" "alerts@example.net" |s| only(s, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+'));
}
