//! Values of the language for firewalls, one file a family; reads single values, decides nothing.

mod admin;
mod ids;
mod names;
mod network;
mod pair;
mod shaper;
mod vpn;
mod watch;

pub use admin::*;
pub use ids::*;
pub use names::*;
pub use network::*;
pub use pair::*;
pub use shaper::*;
pub use vpn::*;
pub use watch::*;

use super::*;
