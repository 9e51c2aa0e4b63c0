//! Checks of where a firewall's logs go; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::ir::{Firewall, FirewallLogs, Topology};
use crate::lint::Lints;
use crate::schema::{LogTransport, MailSecurity};
use crate::source::Cause;

/// All of them.
pub const LINTS: &[super::Lint] = &[log_targets, in_the_clear, sent_twice, mail_in_the_clear];

/// E1190: logs go to an address that something has (RFC fault N9).
fn log_targets(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for l in t.firewalls.iter().flat_map(|f| &f.layer.watch.logs) {
        let FirewallLogs { name: _, address, .. } = l;
        let Some(vlan) = t.vlans.iter().find(|v| v.subnet.v.contains(&address.v)) else { continue };
        let claimed = t.claims.iter().any(|c| c.address.v == address.v);
        let kept = vlan.reserves.iter().any(|r| (r.from.v..=r.to.v).contains(&address.v));
        let layers = || t.layers().map(|(_, l)| l);
        let served =
            layers().flat_map(|l| &l.ingresses).any(|i| i.address.as_ref().is_some_and(|(_, a)| a.v == address.v));
        let mut pools = layers().flat_map(|l| &l.balancers).flat_map(|b| &b.pools);
        let pooled = pools.any(|p| (p.from.v..=p.to.v).contains(&address.v));
        if claimed || kept || served || pooled {
            continue;
        }
        let mut d = Diag::new(code::E1190, format!("nothing has the address {address}, where logs go"))
            .at(x.span(address.at), "they would be lost")
            .at(x.span(vlan.at), "of this VLAN no machine has it, and no pool gives it to a service");
        if let Some(p) = layers().flat_map(|l| &l.balancers).flat_map(|b| &b.pools).next() {
            d = d.at(x.span(p.at), "a service gets its address from here");
        }
        sink.report(d.help("an address that a machine has, or one of a pool on a VLAN of the firewall"));
    }
}

/// L1312: what firewalls say of us leaves our networks by TLS alone (RFC 5425 section 2).
fn in_the_clear(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for f in &t.firewalls {
        for l in &f.layer.watch.logs {
            let FirewallLogs { name, address, port, transport, format: _, level: _, about: _, at } = l;
            let clear = match transport.v {
                LogTransport::Udp | LogTransport::Tcp => true,
                LogTransport::Tls => false,
            };
            if !clear || ours(t, f, address.v) {
                continue;
            }
            let said = if transport.at.rule().is_some() { *at } else { transport.at };
            // A port that is stated for another transport would be asked for TLS.
            let stated = port.v == 514 && matches!(x.causes.get(port.at), Some(Cause::Written(_)));
            let port = if stated { " port=6514" } else { "" };
            let inside = t.clusters.iter().find(|c| c.layer.logging.as_ref().is_some_and(|l| l.syslog.is_some()));
            let inside = inside.map(|c| format!(", or logs \"{name}\" cluster=\"{}\"", c.name)).unwrap_or_default();
            sink.report(
                Diag::new(code::L1312, format!("logs \"{name}\" leave our networks in the clear"))
                    .at(x.span(address.at), "it is in no VLAN, VPN or route of ours")
                    .at(x.span(said), "everybody on the way reads them, and may add to them")
                    .help(format!("transport=\"tls\"{port}{inside}")),
            );
        }
    }
}

/// Whether an address is in a network that the file states: packets to any other leave by a way out.
fn ours(t: &Topology, f: &Firewall, a: std::net::Ipv4Addr) -> bool {
    let vlans = t.vlans.iter().map(|v| v.subnet.v);
    let vpns = f.layer.vpns.iter().flat_map(|v| v.nets()).map(|n| n.v);
    // A route says who takes packets, not that nobody else is on the way: of a public address that is anybody.
    let routes = f.layer.network.routes.iter().map(|r| r.net.v).filter(|_| a.is_private());
    t.is_public(a) || vlans.chain(vpns).chain(routes).any(|n| n.contains(&a))
}

/// L1318: the same messages go to the same place twice, and alerts on them count double.
fn sent_twice(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        for (n, l) in f.layer.watch.logs.iter().enumerate() {
            let both = |o: &&FirewallLogs| {
                o.about.is_empty() || l.about.is_empty() || o.about.iter().any(|a| l.about.iter().any(|b| a.v == b.v))
            };
            let same = |o: &&FirewallLogs| o.address.v == l.address.v && o.port.v == l.port.v && both(o);
            let Some(first) = f.layer.watch.logs[..n].iter().find(same) else { continue };
            sink.report(
                Diag::new(code::L1318, format!("firewall {} sends its logs to {} twice", f.name, l.address))
                    .at(x.span(l.at), "by this")
                    .at(x.span(first.at), "and by this")
                    .help("remove one of the two, or give each topics of its own: about \"firewall\""),
            );
        }
    }
}

/// L1312: what a firewall mails goes by TLS where it logs in for that: at port 465 TLS is there from the first byte (RFC 8314).
fn mail_in_the_clear(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        let Some(m) = f.layer.watch.checks.as_ref().and_then(|c| c.mail.as_ref()) else { continue };
        let (MailSecurity::Plain, Some((user, _))) = (m.security.v, &m.login) else { continue };
        let said = if m.security.at.rule().is_some() { m.at } else { m.security.at };
        sink.report(
            Diag::new(code::L1312, format!("firewall {} logs in to a mail server in the clear", f.name))
                .at(x.span(said), "everybody on the way reads the password, and what is told")
                .at(x.span(user.at), "for this account")
                .help("security=\"tls\", or no account"),
        );
    }
}
