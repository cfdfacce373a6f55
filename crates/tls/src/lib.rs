//! The certificates that the server accepts when it connects to others: for plugins' requests, and
//! for the storage of their files.
//!
//! ```
//! let config = raisfast_tls::client_config()?;
//! assert!(config.alpn_protocols.is_empty());
//! # Ok::<(), rustls::Error>(())
//! ```

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

/// Certificates are checked as the operating system does, so that an operator's own authority
/// counts and updates of the system reach a running installation. A container without any gets
/// Mozilla's list as of this build. The cryptography is ring's, which needs no cmake to build.
///
/// # Errors
///
/// Where the cryptography has no version of TLS that rustls accepts.
pub fn client_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = || {
        ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
    };
    match builder()?.with_platform_verifier() {
        Ok(config) => Ok(config.with_no_client_auth()),
        Err(error) => {
            tracing::warn!(%error, "the system has no certificate authorities, using the built-in ones; installing `ca-certificates` brings its own");
            let roots = RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            };
            Ok(builder()?
                .with_root_certificates(roots)
                .with_no_client_auth())
        }
    }
}
