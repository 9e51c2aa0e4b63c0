//! Values of the language for monitoring: how bad an alert is, names of alerts and labels; reads single values, decides nothing.

use super::*;

words! {
    /// How bad an alert is: its label `severity`.
    AlertSeverity {
        Critical = "critical" "somebody gets up at night",
        Warning = "warning" "somebody looks in the morning",
        Info = "info" "it is written down",
    }
}

forms! {
    /// The name of an alert: what stands in its label `alertname` (Prometheus: any text; here letters, digits and `_`).
    AlertName "the name of an alert" "OPNsenseUnreachable" |s| {
        only(s, 100, |c| c.is_ascii_alphanumeric() || c == '_')?;
        if s.starts_with(|c: char| c.is_ascii_digit()) { Err("it starts with a letter".into()) } else { Ok(()) }
    };
    /// The name of a label of Prometheus (its data model: letters, digits and `_`; two `_` in front are its own).
    MetricLabel "the name of a label" "namespace" |s| {
        only(s, 60, |c| c.is_ascii_alphanumeric() || c == '_')?;
        if s.starts_with(|c: char| c.is_ascii_digit()) { return Err("it starts with a letter".into()); }
        if s.starts_with("__") { Err("labels with two `_` in front are Prometheus' own".into()) } else { Ok(()) }
    };
    /// A channel of Slack, or a person.
    SlackChannel "a channel, with #, or a person, with @" "#operations" |s| {
        if !s.starts_with('#') && !s.starts_with('@') { return Err("it starts with # or @".into()); }
        only(&s[1..], 80, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
    };
}
