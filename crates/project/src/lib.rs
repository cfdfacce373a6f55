//! A plugin's project: made from a template, built by its language's toolchain.
