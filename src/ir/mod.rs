//! The two models: `facts` is what the file says, the others are what was decided; neither does anything.

pub mod facts;
