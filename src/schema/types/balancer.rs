//! Values of the language for addresses of services; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;
