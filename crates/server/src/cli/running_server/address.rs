//! The address of a server, as whoever talks to it writes it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::API;

/// An address of the REST API, without the path that all routes have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(in crate::cli) struct ServerAddress(String);

/// The text is not a server's address.
#[derive(Debug, thiserror::Error)]
#[error(
    "write an IP address and a port, such as `127.0.0.1:8787`, or a URL, such as `https://cms.example.com`; \
     check --addr or RAISFAST_ADDR"
)]
pub(in crate::cli) struct InvalidAddress;

impl ServerAddress {
    /// Returns the address of the API.
    pub(super) fn api(&self) -> String {
        format!("{}{API}", self.0)
    }

    /// Returns true if others on the way could read what is sent: it is not encrypted and leaves
    /// this machine.
    pub(in crate::cli) fn is_in_the_open(&self) -> bool {
        let Ok(url) = Url::parse(&self.0) else {
            return true;
        };
        let is_here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        url.scheme() != "https" && !is_here
    }
}

/// For a server that listens on all addresses, one at which it is reached.
impl From<SocketAddr> for ServerAddress {
    fn from(mut addr: SocketAddr) -> Self {
        if addr.ip().is_unspecified() {
            addr.set_ip(match addr.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self(format!("http://{addr}"))
    }
}

impl FromStr for ServerAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return Ok(addr.into());
        }
        let url = Url::parse(text).map_err(|_| InvalidAddress)?;
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain {
            return Err(InvalidAddress);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for ServerAddress {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        text.parse()
    }
}

impl From<ServerAddress> for String {
    fn from(address: ServerAddress) -> Self {
        address.0
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ServerAddress;

    #[test]
    fn an_address_is_an_ip_address_with_a_port_or_a_url() {
        for (text, address, is_in_the_open) in [
            ("127.0.0.1:8787", "http://127.0.0.1:8787", false),
            ("0.0.0.0:80", "http://127.0.0.1:80", false),
            ("[::]:80", "http://[::1]:80", false),
            ("192.0.2.1:80", "http://192.0.2.1:80", true),
            ("http://localhost:1/", "http://localhost:1", false),
            ("http://cms.example.com", "http://cms.example.com", true),
            (
                "https://cms.example.com/x/",
                "https://cms.example.com/x",
                false,
            ),
        ] {
            let found: ServerAddress = text.parse().expect(text);
            assert_eq!(found.to_string(), address);
            assert_eq!(found.is_in_the_open(), is_in_the_open, "{text}");
        }
        for text in [
            "",
            "localhost",
            "cms.example.com",
            "127.0.0.1",
            "ftp://x",
            "http://",
            "http://ann:secret@x",
            "http://x?y",
            "http://x#y",
        ] {
            assert!(text.parse::<ServerAddress>().is_err(), "{text}");
        }
    }
}
