//! Settings that are certain to be unsafe. What a proxy or a firewall may make safe is not said.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{
    finding::{Finding, Outcome},
    subject::Subject,
};
use crate::Config;

/// The address from which clouds hand credentials to their machines.
const METADATA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(169, 254, 169, 254));

#[expect(clippy::unused_async, reason = "a check is a future")]
pub(super) async fn look(subject: &Subject) -> Outcome {
    found_in(&subject.site.config).into_iter().collect()
}

fn found_in(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for network in &config.trusted_proxies {
        if holds_everybody(network) {
            findings.push(Finding::new(
                format!("trusted_proxies holds {network}: everybody is a proxy"),
                "each client can choose the address that limits on logins and comments count",
                "trusted_proxies = [\"127.0.0.0/8\", \"::1/128\"]\n(or your proxy's own address)",
            ));
        }
    }
    for network in &config.metrics_networks {
        if holds_everybody(network) {
            findings.push(Finding::new(
                format!("metrics.allowed_networks holds {network}: everybody reads /metrics"),
                "the figures tell which plugins run and how the site is used",
                "allowed_networks = [\"10.1.0.0/16\"]\n(in [metrics]: your monitoring's network)",
            ));
        }
    }
    for network in &config.allowed_networks {
        if network.contains(&METADATA) {
            findings.push(Finding::new(
                format!("http.allowed_networks holds {network}, and with it {METADATA}"),
                "a plugin that may reach any URL gets the credentials of the cloud's machine there",
                "allowed_networks = [\"10.1.2.3/32\"]\n(in [http]: what plugins need, no more)",
            ));
        }
    }
    if is_public(config.addr.ip()) {
        findings.push(Finding::new(
            format!("the server listens on the public address {}", config.addr),
            "it speaks HTTP without TLS: passwords and tokens cross the network in the clear",
            "addr = \"127.0.0.1:8787\"\n(with a proxy that speaks TLS before it)",
        ));
    }
    findings
}

fn holds_everybody(network: &IpNet) -> bool {
    network.prefix_len() == 0
}

/// Returns whether anybody on the internet may reach an address. One that stands for all of a
/// machine's addresses may be behind anything.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_documentation()
                || address.is_broadcast()
                || address.is_multicast()
                || is_shared)
        }
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::{found_in, is_public};
    use crate::Config;

    type Change = fn(&mut Config);

    #[test]
    fn the_defaults_are_safe_and_each_unsafe_setting_is_found() {
        let safe = Config::with_data_dir("/srv");
        assert_eq!(found_in(&safe), []);
        let changes: [(&str, Change); 4] = [
            ("trusted_proxies", |config| {
                config.trusted_proxies = vec!["0.0.0.0/0".parse().expect("a network")];
            }),
            ("/metrics", |config| {
                config.metrics_networks = vec!["::/0".parse().expect("a network")];
            }),
            ("169.254.169.254", |config| {
                config.allowed_networks = vec!["169.254.0.0/16".parse().expect("a network")];
            }),
            ("public address", |config| {
                config.addr = "8.8.8.8:80".parse().expect("an address");
            }),
        ];
        for (says, change) in changes {
            let mut config = Config::with_data_dir("/srv");
            change(&mut config);
            let found = found_in(&config);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].what.contains(says), "{found:?}");
        }
    }

    #[test]
    fn only_addresses_that_the_internet_reaches_are_public() {
        for (address, public) in [
            ("8.8.8.8", true),
            ("2001:4860:4860::8888", true),
            ("0.0.0.0", false),
            ("::", false),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.0.1", false),
            ("100.64.0.1", false),
            ("fd00::1", false),
            ("fe80::1", false),
        ] {
            assert_eq!(
                is_public(address.parse().expect("an address")),
                public,
                "{address}"
            );
        }
    }
}
