//! Values of the language for names inside a cluster; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;
