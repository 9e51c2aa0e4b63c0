//! What the file says of alerts: thresholds and where to read what to do; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Alerts: thresholds, and where to read what to do.
    AlertsFacts = "alerts" {
        /// Where the page of each alert is: its name follows.
        runbooks: value<Url> "the description says all there is", Future, "\"https://wiki.example.net/runbooks/\"";
    }
}
