//! Values of the language for certificates; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;
