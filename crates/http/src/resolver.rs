//! From names to checked addresses.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{AddressPolicy, ForbiddenAddress};

/// Looks names up.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// All addresses of a name.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system, `hosts` file included.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Answers reqwest with addresses that the policy lets through: all of a name's, or none. A name
/// with a public address and another one is a trick or a mistake.
pub(crate) struct CheckedResolver {
    resolver: Arc<dyn Resolver>,
    policy: Arc<AddressPolicy>,
}

impl CheckedResolver {
    pub(crate) fn new(resolver: Arc<dyn Resolver>, policy: Arc<AddressPolicy>) -> Self {
        Self { resolver, policy }
    }
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, policy) = (Arc::clone(&self.resolver), Arc::clone(&self.policy));
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            for address in &addresses {
                policy.check(*address).inspect_err(|ForbiddenAddress { kind }| {
                    tracing::debug!(name = name.as_str(), %address, kind, "a name leads to an address that is not public");
                })?;
            }
            // The port comes from the URL.
            let addresses: Addrs = Box::new(
                addresses
                    .into_iter()
                    .map(|address| SocketAddr::new(address, 0)),
            );
            Ok(addresses)
        })
    }
}
