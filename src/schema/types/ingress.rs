//! Values of the language for the way in for HTTP; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;
