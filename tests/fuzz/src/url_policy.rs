//! A URL that a plugin asks for, and where it is sent on to.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use async_trait::async_trait;
use raisfast_contract::{
    PluginId,
    grant::HttpGrant,
    http::{Method, Request},
};
use raisfast_db::Database;
use raisfast_host_api::{
    Capabilities, Grants, HostedPlugin, Quotas,
    capability::{
        Config, Events, Figures, Http, HttpRequest, HttpResponse, Log, LogRecord, Recorders,
        RequestError,
    },
};
use raisfast_http::AddressPolicy;
use raisfast_vfs::VfsStore;
use url::{Host, Url};

use crate::workplace::wait;

/// The first line has grants, the second a URL, the third where its server redirects to. A request
/// that leaves, first or redirected, is one that a grant names, by a reading of URLs and grants of
/// its own; and an address that the standard library knows to be special is never public.
pub(crate) fn url_policy(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lines = text.lines();
    let grants: Vec<HttpGrant> = lines
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|grant| grant.parse().ok())
        .collect();
    for grant in &grants {
        let written = grant.to_string();
        let read = written.parse::<HttpGrant>();
        assert_eq!(read.as_ref(), Ok(grant), "{written}");
    }
    let (url, location) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    for text in [url, location] {
        if let Ok(url) = Url::parse(text) {
            address(&url);
        }
    }
    for left in requests(grants.clone(), url, location) {
        assert!(left.username().is_empty() && left.password().is_none());
        assert!(
            grants.iter().any(|grant| names(&grant.to_string(), &left)),
            "{left} is in none of {grants:?}"
        );
    }
}

/// The URLs that reach the client.
fn requests(grants: Vec<HttpGrant>, url: &str, location: &str) -> Vec<Url> {
    let server = Arc::new(Redirecting {
        location: location.to_owned(),
        asked: Mutex::default(),
    });
    let capabilities = Capabilities {
        http: server.clone(),
        ..nothing_else()
    };
    let plugin = Arc::new(HostedPlugin::new(
        "com.example.fuzz".parse().expect("an id"),
        Grants {
            http: grants,
            ..Grants::default()
        },
        Quotas::default(),
        BTreeMap::new(),
        capabilities,
    ));
    let request = Request {
        method: Method::Get,
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: None,
    };
    let answer = wait(plugin.session(None).http_send(request));
    let asked = server
        .asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    assert!(asked.len() <= 6, "a redirect ends");
    assert!(answer.is_err() || !asked.is_empty());
    asked
}

/// Returns whether a grant as it is written covers the URL: same scheme and port, the host or one
/// below it, and the grant's path segments at the beginning of the URL's.
fn names(grant: &str, url: &Url) -> bool {
    let (grant, below) = match grant.split_once("://*.") {
        Some((scheme, rest)) => (format!("{scheme}://{rest}"), true),
        None => (grant.to_owned(), false),
    };
    let Ok(grant) = Url::parse(&grant) else {
        return false;
    };
    let host = match (grant.host_str(), url.host_str()) {
        (Some(granted), Some(host)) if below => host
            .strip_suffix(granted)
            .is_some_and(|left| left.len() > 1 && left.ends_with('.')),
        (granted, host) => granted == host,
    };
    let segments = |url: &Url| -> Vec<String> {
        url.path_segments()
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect()
    };
    let mut prefix = segments(&grant);
    prefix.retain(|segment| !segment.is_empty());
    let path = segments(url);
    let written = url.path().to_lowercase();
    let hidden = [
        "%2f", "%5c", "%2e", "%25", "%0", "%1", "%7f", "%c0", "%c1", "/..;", "/.;",
    ]
    .iter()
    .any(|code| written.contains(code));
    host && grant.scheme() == url.scheme()
        && grant.port_or_known_default() == url.port_or_known_default()
        && path.starts_with(&prefix)
        && (prefix.is_empty() || !hidden)
}

/// An address in a URL is refused where the standard library says that it is special.
fn address(url: &Url) {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        _ => return,
    };
    let special = match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    };
    let verdict = AddressPolicy::default().check(address);
    assert!(!special || verdict.is_err(), "{address} is not public");
    let all = AddressPolicy::new(vec![address.to_canonical().into()]);
    assert!(all.check(address).is_ok(), "the operator allows {address}");
}

/// A client that sends nothing, and answers with a redirect.
struct Redirecting {
    location: String,
    asked: Mutex<Vec<Url>>,
}

#[async_trait]
impl Http for Redirecting {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, RequestError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(request.url);
        Ok(HttpResponse {
            status: 302,
            headers: vec![("location".to_owned(), self.location.clone())],
            body: Vec::new(),
        })
    }
}

/// A provider that is not used here.
struct Nothing;

impl Log for Nothing {
    fn record(&self, _record: LogRecord<'_>) {}
}

impl Events for Nothing {
    fn emit(&self, _plugin: &PluginId, _event_type: &str, _data: &str) {}
}

impl Config for Nothing {
    fn get(&self, _key: &str) -> Option<String> {
        None
    }
}

fn nothing_else() -> Capabilities {
    static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| {
        let database = wait(Database::connect("sqlite::memory:")).expect("a database");
        let database = Arc::new(database);
        Capabilities {
            log: Arc::new(Nothing),
            config: Arc::new(Nothing),
            http: Arc::new(Redirecting {
                location: String::new(),
                asked: Mutex::default(),
            }),
            kv: database.clone(),
            content: database.clone(),
            db: database.clone(),
            migrations: database,
            vfs: Arc::new(VfsStore::open("memory://").expect("a store")),
            events: Arc::new(Nothing),
            recorders: Recorders::default(),
            figures: Figures::default(),
        }
    });
    CAPABILITIES.clone()
}
