//! The server's configuration as plugins may see it.

use std::collections::BTreeMap;

use raisfast_host_api::capability;

use crate::Config;

/// An explicit list of keys and values: what is not put in here cannot be read. It holds `site.*`
/// and a few facts of the server; no URL, no path, no secret.
pub(crate) struct PublicConfig(BTreeMap<String, String>);

impl PublicConfig {
    /// Takes what plugins may see out of the whole. The address comes apart: with port 0 it is
    /// known only once the server listens.
    pub(crate) fn of(config: &Config, addr: std::net::SocketAddr) -> Self {
        let site = config
            .site
            .iter()
            .map(|(key, value)| (format!("site.{key}"), value.to_owned()));
        let server = [
            (
                "server.version".to_owned(),
                env!("CARGO_PKG_VERSION").to_owned(),
            ),
            ("server.addr".to_owned(), addr.to_string()),
        ];
        Self(site.chain(server).collect())
    }
}

impl capability::Config for PublicConfig {
    fn get(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }
}

#[cfg(test)]
mod tests {
    use raisfast_host_api::capability::Config as _;

    use super::PublicConfig;
    use crate::{Config, Secret};

    #[test]
    fn plugins_see_the_site_and_nothing_that_is_secret() {
        let mut config = Config::with_data_dir("/srv/raisfast");
        config.admin_password = Some(Secret::new("hunter2"));
        config.database_url = Secret::new("postgres://cms:hunter2@db/site");
        config.site = [("title", "Notes")].into_iter().collect();
        let public = PublicConfig::of(&config, config.addr);

        assert_eq!(public.get("site.title").as_deref(), Some("Notes"));
        assert_eq!(public.get("server.addr").as_deref(), Some("127.0.0.1:8787"));
        assert!(!public.0.values().any(|value| value.contains("hunter2")));
        assert!(
            public
                .0
                .keys()
                .all(|key| key.starts_with("site.") || key.starts_with("server."))
        );
        for key in [
            "database_url",
            "DATABASE_URL",
            "admin_password",
            "site",
            "title",
            "",
        ] {
            assert_eq!(public.get(key), None, "{key}");
        }
    }
}
