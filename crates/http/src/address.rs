//! The addresses that a plugin may reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Public addresses, and the networks that the operator allows beside them.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
}

/// The address is not public, and in no allowed network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address is {kind}, and only public ones are reached; the operator of the server can allow its network"
)]
pub struct ForbiddenAddress {
    /// The purpose of the address.
    pub kind: &'static str,
}

impl AddressPolicy {
    /// A policy that lets these networks through, whatever they are.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Checks one address. An IPv4 address in IPv6 form (`::ffff:10.0.0.1`) is that IPv4 address.
    pub fn check(&self, address: IpAddr) -> Result<(), ForbiddenAddress> {
        let address = address.to_canonical();
        if self
            .allowed
            .iter()
            .any(|network| network.contains(&address))
        {
            return Ok(());
        }
        match not_public(address) {
            None => Ok(()),
            Some(kind) => Err(ForbiddenAddress { kind }),
        }
    }
}

fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

/// IANA's registry of special IPv4 addresses (RFC 6890 and what followed), less those that are
/// public.
fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    let kind = match address.octets() {
        [0, ..] => "of this network",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "private",
        [100, 64..=127, ..] => "shared by a provider's customers",
        [127, ..] => "loopback",
        [169, 254, ..] => "link-local",
        [192, 0, 0, _] => "reserved for protocols",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "for documentation",
        [192, 88, 99, _] => "a relay's",
        [198, 18..=19, ..] => "for benchmarks",
        [224..=239, ..] => "multicast",
        [255, 255, 255, 255] => "broadcast",
        [240..=255, ..] => "reserved",
        _ => return None,
    };
    Some(kind)
}

/// Only `2000::/3` is given out to the public. Within it, and beside it, are forms that carry an
/// IPv4 address for somebody else to unwrap.
fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    let kind = match address.segments() {
        // NAT64 (RFC 6052): how a network without IPv4 reaches it; as public as the address inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            return not_public_v4(Ipv4Addr::new(a, b, c, d));
        }
        [0x64, 0xff9b, 1, ..] => "a private translator's",
        [0, 0, 0, 0, 0, 0, 0, 0] => "unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "loopback",
        [0xfe80..=0xfebf, ..] => "link-local",
        [0xfec0..=0xfeff | 0xfc00..=0xfdff, ..] => "private",
        [0xff00..=0xffff, ..] => "multicast",
        // Tunnels: whoever runs one decides where it leads. Nobody serves the public from there.
        [0x2001, 0, ..] => "a Teredo tunnel's",
        [0x2002, ..] => "a 6to4 tunnel's",
        [0x2001, 0..=0x1ff, ..] => "reserved for protocols",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "for documentation",
        [0x2000..=0x3fff, ..] => return None,
        _ => "reserved",
    };
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "2001:200::1",
        "2620:4f:8000::1",
        "2a00::1",
        "3fff:1000::1",
        "64:ff9b::8.8.8.8",
        "::ffff:8.8.8.8",
    ];

    const NOT_PUBLIC: &[(&str, &str)] = &[
        ("0.0.0.0", "this network"),
        ("0.1.2.3", "this network"),
        ("10.0.0.1", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "shared"),
        ("100.127.255.255", "shared"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("169.254.169.254", "link-local"),
        ("169.254.0.0", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "protocols"),
        ("192.0.0.170", "protocols"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "relay"),
        ("192.168.0.1", "private"),
        ("192.168.255.255", "private"),
        ("198.18.0.1", "benchmarks"),
        ("198.19.255.255", "benchmarks"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.254", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::2", "reserved"),
        ("::127.0.0.1", "reserved"),
        ("::8.8.8.8", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:a9fe:a9fe", "link-local"),
        ("::ffff:0:127.0.0.1", "reserved"),
        ("64:ff9b::127.0.0.1", "loopback"),
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b::", "this network"),
        ("64:ff9b:1::8.8.8.8", "translator"),
        ("64:ff9b:0:1::8.8.8.8", "reserved"),
        ("64:ff9c::1", "reserved"),
        ("2002:7f00:1::", "6to4"),
        ("2002:a00:1::1", "6to4"),
        ("2002:808:808::1", "6to4"),
        ("2001::1", "Teredo"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "Teredo"),
        ("2001:2::1", "protocols"),
        ("2001:10::1", "protocols"),
        ("2001:20::1", "protocols"),
        ("2001:1ff:ffff::1", "protocols"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("3fff:fff::1", "documentation"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("fec0::1", "private"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "private"),
        ("fdff::1", "private"),
        ("ff02::1", "multicast"),
        ("ff05::2", "multicast"),
        ("100::1", "reserved"),
        ("5f00::1", "reserved"),
        ("1fff::1", "reserved"),
        ("4000::1", "reserved"),
        ("fe00::1", "reserved"),
    ];

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn public_addresses_are_reached() {
        for address in PUBLIC {
            assert_eq!(
                AddressPolicy::default().check(ip(address)),
                Ok(()),
                "{address}"
            );
        }
    }

    #[test]
    fn others_are_not() {
        for (address, kind) in NOT_PUBLIC {
            let error = AddressPolicy::default()
                .check(ip(address))
                .expect_err(address);
            assert!(error.kind.contains(kind), "{address}: {error}");
        }
    }

    #[test]
    fn an_allowed_network_is_reached_in_any_form_and_no_further() {
        let policy = AddressPolicy::new(vec![
            "10.1.0.0/16".parse().unwrap(),
            "fd00:1::/32".parse().unwrap(),
        ]);
        for address in [
            "10.1.0.1",
            "10.1.255.255",
            "::ffff:10.1.0.1",
            "fd00:1::5",
            "8.8.8.8",
        ] {
            assert_eq!(policy.check(ip(address)), Ok(()), "{address}");
        }
        // What a translator makes of the same numbers is another place.
        for address in [
            "10.2.0.1",
            "127.0.0.1",
            "fd00:2::5",
            "64:ff9b::10.1.0.1",
            "2002:a01:1::",
            "::10.1.0.1",
        ] {
            assert!(policy.check(ip(address)).is_err(), "{address}");
        }
    }
}
