//! Values of the language for firewalls, one file a family; reads single values, decides nothing.

mod names;
mod network;
mod vpn;

pub use names::*;
pub use network::*;
pub use vpn::*;

use super::*;
