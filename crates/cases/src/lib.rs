//! What a plugin has to answer, written as data and run in the real sandbox.
