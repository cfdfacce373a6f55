//! The address of a request's client, as far as it can be known.
//!
//! It is the address at the other end of the connection. Where that is a proxy that the operator
//! trusts, it is what the proxy says in `X-Forwarded-For`: read from the right, the first address
//! that is not a trusted proxy's. What stands further left is the client's own invention. A hop
//! that cannot be read is a stranger's, never the proxy's own.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use axum::{
    extract::{ConnectInfo, FromRef, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of those who come through a trusted proxy and cannot be told from others: no address
/// that anything is granted to. All of them count as one.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Whose word on where a request comes from is believed. Cloning shares it.
#[derive(Clone)]
pub(crate) struct TrustedProxies(Arc<Trusted>);

struct Trusted {
    networks: Vec<IpNet>,
    /// Set once the operator was notified of a proxy that is not among them.
    told: AtomicBool,
}

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(Arc::new(Trusted {
            networks,
            told: AtomicBool::new(false),
        }))
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops: Vec<&[u8]> = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .collect();
        for hop in hops.into_iter().rev() {
            if !self.trusts(client) {
                self.tell(peer, client);
                break;
            }
            let Some(address) = parse(hop) else {
                return STRANGER;
            };
            client = address;
        }
        client
    }

    /// Returns whether a request may be of somebody else than its connection's other end, although
    /// it does not say so: it comes from a proxy elsewhere that has written no header.
    fn hides_its_client(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let peer = peer.to_canonical();
        !peer.is_loopback() && self.trusts(peer) && !headers.contains_key(FORWARDED_FOR)
    }

    /// Returns where a request comes from, where that is certain enough to grant something for it.
    pub(crate) fn certain_address(&self, parts: &Parts) -> Option<IpAddr> {
        let (peer, headers) = (peer(parts), &parts.headers);
        let address = self.client(peer, headers);
        let is_certain = address != STRANGER && !self.hides_its_client(peer, headers);
        is_certain.then_some(address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let mut networks = self.0.networks.iter();
        networks.any(|network| network.contains(&address))
    }

    /// Once: every client of such a proxy has one address, and so one limit on failed logins.
    fn tell(&self, peer: IpAddr, client: IpAddr) {
        if client == peer.to_canonical() && !self.0.told.swap(true, Relaxed) {
            tracing::warn!(
                %peer,
                "requests arrive with `X-Forwarded-For` from a proxy that is not trusted: its clients count as one; \
                 if it is yours, add its address to `trusted_proxies` in raisfast.toml"
            );
        }
    }
}

/// `192.0.2.1`, `2001:db8::1`, and both as some proxies write them: with a port, in brackets.
fn parse(hop: &[u8]) -> Option<IpAddr> {
    let hop = str::from_utf8(hop).ok()?.trim();
    let address = hop
        .parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .or_else(|| {
            let inner = hop.strip_prefix('[')?.strip_suffix(']')?;
            inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        })?;
    Some(address.to_canonical())
}

/// The address that the request comes from.
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl<S> FromRequestParts<S> for ClientAddress
where
    S: Sync,
    TrustedProxies: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let proxies = TrustedProxies::from_ref(state);
        Ok(Self(proxies.client(peer(parts), &parts.headers)))
    }
}

/// The other end of the connection.
fn peer(parts: &Parts) -> IpAddr {
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    // A request that came otherwise is from nowhere; nothing is granted to it.
    connection.map_or(STRANGER, |peer| peer.0.ip())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::{FORWARDED_FOR, TrustedProxies};

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let networks = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"];
        let proxies = TrustedProxies::new(networks.map(|text| text.parse().unwrap()).into());
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_where_the_connection_comes_from_whatever_it_says() {
        assert_eq!(client("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("::ffff:192.0.2.1", &["10.0.0.1"]), "192.0.2.1");
    }

    #[test]
    fn a_trusted_proxy_says_where_its_client_is() {
        assert_eq!(client("127.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("::ffff:10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("fd00::1", &[" 2001:db8::7 "]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["192.0.2.1:4711"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["[2001:db8::7]:80"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["[2001:db8::7]"]), "2001:db8::7");
        assert_eq!(client("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn what_the_client_itself_has_written_is_not_believed() {
        let invented = "203.0.113.1, 192.0.2.1";
        assert_eq!(client("10.0.0.1", &[invented]), "192.0.2.1");
        assert_eq!(
            client("10.0.0.1", &["203.0.113.1", "192.0.2.1"]),
            "192.0.2.1"
        );
        assert_eq!(client("10.0.0.1", &["127.0.0.1, 192.0.2.1"]), "192.0.2.1");
    }

    #[test]
    fn a_chain_of_proxies_is_followed_to_its_end() {
        let chain = "192.0.2.1, 10.0.0.3, 10.0.0.2";
        assert_eq!(client("10.0.0.1", &[chain]), "192.0.2.1");
        // A request from within has no other address than the last.
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn what_cannot_be_read_is_a_stranger_and_never_the_proxy() {
        let stranger = "0.0.0.0";
        assert_eq!(client("10.0.0.1", &["unknown"]), stranger);
        assert_eq!(client("10.0.0.1", &["192.0.2.1, x, 10.0.0.2"]), stranger);
        assert_eq!(client("10.0.0.1", &[""]), stranger);
        assert_eq!(client("127.0.0.1", &["192.0.2.1,"]), stranger);
    }

    #[test]
    fn a_byte_that_is_no_text_spoils_its_own_hop_and_no_other() {
        let proxies = TrustedProxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
        for (forwarded, expected) in [
            (&b"\xff"[..], "0.0.0.0"),
            // As a proxy appends to what its client has sent.
            (b"\xff, 203.0.113.9", "203.0.113.9"),
            (b"203.0.113.9, \xff", "0.0.0.0"),
            (b"\xff, 203.0.113.9, 127.0.0.2", "203.0.113.9"),
            (b"127.0.0.1\xff", "0.0.0.0"),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(forwarded).unwrap());
            let client = proxies.client("127.0.0.1".parse().unwrap(), &headers);
            assert_eq!(client.to_string(), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn a_proxy_elsewhere_that_writes_no_header_hides_its_client() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        let hides = |peer: &str, headers: &HeaderMap| {
            proxies.hides_its_client(peer.parse().unwrap(), headers)
        };
        assert!(hides("10.0.0.1", &headers));
        assert!(hides("::ffff:10.0.0.1", &headers));
        assert!(!hides("192.0.2.1", &headers));
        headers.append(FORWARDED_FOR, HeaderValue::from_static("10.0.0.2"));
        assert!(!hides("10.0.0.1", &headers));
    }
}
