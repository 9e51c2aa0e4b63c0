//! The two models: [`facts`] is what the file says, [`topology`] is what was decided; neither does anything.

mod backup;
mod balancer;
mod certificates;
mod cilium;
mod dns;
pub mod facts;
mod firewall;
mod health;
mod ingress;
mod installer;
mod monitoring;
mod nested;
mod policy;
mod storage;
pub mod topology;
mod ui;

pub use backup::*;
pub use balancer::*;
pub use certificates::*;
pub use cilium::*;
pub use dns::*;
pub use firewall::*;
pub use health::*;
pub use ingress::*;
pub use installer::*;
pub use monitoring::*;
pub use nested::*;
pub use policy::*;
pub use storage::*;
pub use topology::*;
pub use ui::*;
