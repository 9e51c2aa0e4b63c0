//! Values of the language for firewalls, one file a family; reads single values, decides nothing.

mod network;
mod pair;
mod vpn;

pub use network::*;
pub use pair::*;
pub use vpn::*;

use super::*;
