//! The engines that a user could pick instead.
