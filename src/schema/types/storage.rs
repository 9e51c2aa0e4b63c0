//! Values of the language for storage in a cluster; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;
