//! Values of the language for firewalls, one file a family; reads single values, decides nothing.

mod admin;
mod network;
mod vpn;

pub use admin::*;
pub use network::*;
pub use vpn::*;

use super::*;
