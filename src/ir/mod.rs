//! The two models: [`facts`] is what the file says, [`topology`] is what was decided; neither does anything.

mod alerts;
mod balancer;
mod certificates;
mod cilium;
mod dns;
pub mod facts;
mod firewall;
mod gitops;
mod identity;
mod ingress;
mod installer;
mod logging;
mod monitoring;
mod nested;
mod policy;
mod storage;
pub mod topology;
mod ui;

pub use alerts::*;
pub use balancer::*;
pub use certificates::*;
pub use cilium::*;
pub use dns::*;
pub use firewall::*;
pub use gitops::*;
pub use identity::*;
pub use ingress::*;
pub use installer::*;
pub use logging::*;
pub use monitoring::*;
pub use nested::*;
pub use policy::*;
pub use storage::*;
pub use topology::*;
pub use ui::*;
