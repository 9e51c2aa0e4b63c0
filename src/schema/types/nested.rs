//! Values of the language for clusters inside a cluster; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;
