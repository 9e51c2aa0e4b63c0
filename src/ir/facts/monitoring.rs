//! What the file says of monitoring: Prometheus, its alerts, who is told, Grafana; decides nothing.

use super::*;
use crate::statement;

statement! {
    /// Monitoring: Prometheus, Alertmanager and Grafana by the chart kube-prometheus-stack (RFC 7).
    MonitoringFacts = "monitoring" {
        /// How long figures are kept.
        retention: value<Seconds> "15 days", Emitted, "\"240h\"";
        /// How many of Prometheus and of Alertmanager; each Prometheus collects everything.
        replicas: value<Count> "2", Emitted, "3";
        /// Where figures, alerts and silences are kept.
        storage: child<MonitoringStorageFacts> required, Parts;
        /// Pages with dashboards.
        grafana: child<GrafanaFacts> "no Grafana runs", Parts;
        /// Who is told of alerts.
        receiver: children<ReceiverFacts> required, Parts;
        /// Who is told of what no `route` is about.
        default: value<ReceiverRef> required, Emitted, "\"night\"";
        /// Who gets the alert that always fires, and misses it when alerts do not come any more.
        watchdog: value<ReceiverRef> "nobody", Emitted, "\"night\"";
        /// How often somebody is told again of what has not ended.
        repeat: value<Seconds> "12h", Emitted, "\"7h\"";
        /// Who is told of some alerts. All that match are told.
        route: children<RouteFacts> "`default` is told of everything", Parts;
        /// What is not told while something worse is.
        inhibit: children<InhibitFacts> "what is less bad, of the same alert in the same namespace", Parts;
        /// Whether firewalls that answer SNMP are asked by it.
        snmp: flag<bool> "#false", Emitted, "#true";
        /// Something else that has figures for Prometheus.
        target: children<FigureTargetFacts> "what the file states is looked after, and nothing else", Parts;
        /// What is an alert.
        alerts: child<AlertsFacts> "every alert of what is there, at its usual threshold", Parts;
    }
}

statement! {
    /// Where figures, alerts and silences are kept: a volume for each replica.
    MonitoringStorageFacts = "storage" {
        /// The volume of each Prometheus.
        prometheus: prop<Size> required, Emitted, "\"77GiB\"";
        /// The volume of each Alertmanager.
        alertmanager: prop<Size> "\"1GiB\"", Emitted, "\"3GiB\"";
        /// The StorageClass.
        class: prop<ObjectName> "the class of block volumes that the cluster's storage makes: the default one, or its only one", Emitted, "\"local-path\"";
    }
}

statement! {
    /// Pages with dashboards.
    GrafanaFacts = "grafana" {
        /// The account that works when nobody knows who people are: name and password.
        secret: prop<SecretRef> required, Emitted, "\"spare\"";
    }
}

statement! {
    /// Who is told of alerts, by one or more ways.
    ReceiverFacts = "receiver" {
        /// Its name.
        name: arg<ReceiverDef> required, Emitted, "\"late\"";
        /// A program that is called by HTTPS.
        webhook: child<WebhookFacts> "none is called", Parts;
        /// People who get mail.
        email: child<AlertMailFacts> "nobody gets mail", Parts;
        /// A channel of Slack.
        slack: child<SlackFacts> "none", Parts;
        /// A service of PagerDuty.
        pagerduty: child<PagerdutyFacts> "none", Parts;
    }
}

statement! {
    /// A program that is called by HTTPS.
    WebhookFacts = "webhook" {
        /// The host that is called. The rest of the address is part of the secret.
        host: prop<FullName> required, Emitted, "\"hooks.example.org\"";
        /// The port.
        port: prop<Port> "443", Emitted, "8443";
        /// The whole address, for it has a token in it.
        secret: prop<SecretRef> required, Emitted, "\"spare\"";
    }
}

statement! {
    /// People who get mail.
    AlertMailFacts = "email" {
        /// Who.
        to: list<Email> required, Emitted, "\"night@lab.example.net\"";
        /// From whom.
        from: value<Email> required, Emitted, "\"monitoring@lab.example.net\"";
        /// The server that takes the mail.
        server: prop<FullName> required, Emitted, "\"relay.lab.example.net\"";
        /// Its port.
        port: prop<Port> "587", Emitted, "2525";
        /// How it leaves the cluster.
        security: prop<MailSecurity> "\"tls\"", Emitted, "\"plain\"";
        /// The account there.
        user: value<MailUser> "none", Emitted, "\"other\"";
        /// Its password.
        secret: value<SecretRef> "none", Emitted, "\"spare\"";
    }
}

statement! {
    /// A channel of Slack.
    SlackFacts = "slack" {
        /// The channel.
        channel: prop<SlackChannel> required, Emitted, "\"#night\"";
        /// The address of the incoming webhook.
        secret: prop<SecretRef> required, Emitted, "\"spare\"";
    }
}

statement! {
    /// A service of PagerDuty.
    PagerdutyFacts = "pagerduty" {
        /// The key of its integration (Events API v2).
        secret: prop<SecretRef> required, Emitted, "\"spare\"";
    }
}

statement! {
    /// Who is told of some alerts: all that is said must hold.
    RouteFacts = "route" {
        /// Who.
        to: arg<ReceiverRef> required, Emitted, "\"night\"";
        /// How bad they are.
        severity: list<AlertSeverity> "whatever it is", Emitted, "\"info\"";
        /// Which.
        alert: list<AlertName> "any", Emitted, "\"SomethingElse\"";
        /// The namespace that they are about.
        namespace: list<Namespace> "any, or none", Emitted, "\"billing\"";
    }
}

statement! {
    /// What is not told while something worse is.
    InhibitFacts = "inhibit" {
        /// While this one fires.
        by: arg<AlertName> required, Emitted, "\"SomethingWorse\"";
        /// These are not told.
        alert: list<AlertName> required, Emitted, "\"SomethingElse\"";
        /// Labels that both have alike.
        same: list<MetricLabel> "none", Emitted, "\"vlan\"";
    }
}

statement! {
    /// Something else that has figures for Prometheus.
    FigureTargetFacts = "target" {
        /// Its name: the label `job` of its figures.
        name: arg<ObjectName> required, Emitted, "\"pump\"";
        /// Where it is.
        address: prop<HostAddress> required, Emitted, "\"10.20.31.91\"";
        /// Its TCP port.
        port: prop<Port> required, Emitted, "9155";
        /// The path of its figures.
        path: prop<PathPrefix> "\"/metrics\"", Emitted, "\"/figures\"";
    }
}
