//! The store on each storage: a folder, memory, and a server that speaks S3's protocol.

mod broken_s3;
mod files;
mod local;
mod paths;
mod quotas;
mod s3;
mod support;
