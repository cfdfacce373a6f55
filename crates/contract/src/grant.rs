//! Entries of a manifest's `[permissions]`, parsed. Each says one thing that a plugin may reach.

use std::{fmt, str::FromStr};

/// The text is not a valid grant of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not a {kind} grant: {reason}; write it like {example}")]
pub struct InvalidGrant {
    /// `http`, `database` or `config`.
    pub kind: &'static str,
    /// The text that was refused.
    pub found: String,
    /// The rule that it breaks.
    pub reason: &'static str,
    /// A grant of that kind that would be accepted.
    pub example: &'static str,
}

/// The way a statement uses a table: it reads it or changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// `read:`
    Read,
    /// `write:`
    Write,
}

impl Access {
    /// The word that the manifest uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// One entry of `permissions.database`: `read:posts`, `write:posts`, `posts` (both), `shop_*`, `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableGrant {
    access: Option<Access>,
    table: NamePattern,
}

impl TableGrant {
    /// Returns whether this entry allows `access` to `table`. Table names compare without regard to
    /// ASCII case, as the databases do for unquoted names.
    pub fn allows(&self, access: Access, table: &str) -> bool {
        self.access.is_none_or(|granted| granted == access)
            && self.table.matches(&table.to_ascii_lowercase())
    }

    /// Returns the access that it grants; `None` is both.
    pub const fn access(&self) -> Option<Access> {
        self.access
    }

    /// The table's name, or the beginning of names and `*`.
    pub fn table(&self) -> String {
        self.table.to_string()
    }
}

impl fmt::Display for TableGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.access {
            Some(access) => write!(f, "{}:{}", access.as_str(), self.table),
            None => self.table.fmt(f),
        }
    }
}

impl FromStr for TableGrant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (access, table) = match text.split_once(':') {
            Some(("read", table)) => (Some(Access::Read), table),
            Some(("write", table)) => (Some(Access::Write), table),
            Some(_) => {
                return Err(invalid_table(
                    text,
                    "only `read:` and `write:` may stand before the table",
                ));
            }
            None => (None, text),
        };
        let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let table = NamePattern::parse(table, letters).ok_or_else(|| {
            invalid_table(
                text,
                "a table is lower-case letters, digits and `_`, with `*` only at the end",
            )
        })?;
        Ok(Self { access, table })
    }
}

fn invalid_table(found: &str, reason: &'static str) -> InvalidGrant {
    InvalidGrant {
        kind: "database",
        found: found.to_owned(),
        reason,
        example: "`read:posts`, `shop_*` or `*`",
    }
}

/// One entry of `permissions.config`: a key of the server's configuration, or `prefix.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigGrant(NamePattern);

impl ConfigGrant {
    /// Returns whether this entry allows reading `key`.
    pub fn allows(&self, key: &str) -> bool {
        self.0.matches(key)
    }
}

impl fmt::Display for ConfigGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ConfigGrant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
        NamePattern::parse(text, letters)
            .map(Self)
            .ok_or_else(|| InvalidGrant {
                kind: "config",
                found: text.to_owned(),
                reason: "a key is lower-case letters, digits, `_`, `-` and `.`, with `*` only at the end",
                example: "`site.title` or `site.*`",
            })
    }
}

/// A name, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NamePattern {
    Exact(String),
    Prefix(String),
}

impl NamePattern {
    fn parse(text: &str, allowed: impl Fn(u8) -> bool) -> Option<Self> {
        let (name, pattern): (&str, fn(String) -> Self) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, Self::Prefix),
            None if text.is_empty() => return None,
            None => (text, Self::Exact),
        };
        name.bytes().all(allowed).then(|| pattern(name.to_owned()))
    }

    fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
        }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => f.write_str(exact),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}

/// The parts of a URL that a grant decides on. The host is lower-case; the path begins with `/` and
/// has no dot segments, as a URL parser leaves it.
#[derive(Debug, Clone, Copy)]
pub struct UrlParts<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// A name or an address; IPv6 in brackets.
    pub host: &'a str,
    /// The port, the scheme's own where the URL names none.
    pub port: u16,
    /// The path, still percent-encoded.
    pub path: &'a str,
}

/// One entry of `permissions.http`: an origin, or an origin and a path prefix. `*.` stands for any
/// subdomain (and not for the domain itself); without a scheme it means `https`; `/*` at the end is
/// the same as none. Without a port it means the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    scheme: &'static str,
    subdomains: bool,
    host: String,
    port: u16,
    path: String,
}

impl HttpGrant {
    /// Returns whether this entry allows the URL. A path prefix ends at a segment: `/v1` allows
    /// `/v1` and `/v1/x`, not `/v10`. A path that some servers read as another one is only allowed
    /// where the grant names no path: with an encoded slash, backslash, dot, percent or control
    /// character, or a segment such as `..;`.
    pub fn allows(&self, url: UrlParts<'_>) -> bool {
        let host = if self.subdomains {
            url.host
                .strip_suffix(self.host.as_str())
                .is_some_and(|left| left.len() > 1 && left.ends_with('.'))
        } else {
            url.host == self.host
        };
        host && url.scheme == self.scheme && url.port == self.port && self.allows_path(url.path)
    }

    fn allows_path(&self, path: &str) -> bool {
        if self.path.is_empty() {
            return true;
        }
        path.strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            && path.split('/').all(is_read_alike)
    }
}

impl FromStr for HttpGrant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| InvalidGrant {
            kind: "http",
            found: text.to_owned(),
            reason,
            example: "`https://api.example.com`, `*.example.com/v1/*` or `http://127.0.0.1:8080`",
        };
        let (scheme, rest) = match text.split_once("://") {
            Some(("https", rest)) => ("https", rest),
            Some(("http", rest)) => ("http", rest),
            Some(_) => return Err(refuse("only http and https can be granted")),
            None => ("https", text),
        };
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if authority.contains('@') {
            return Err(refuse("a user name has no place in it"));
        }
        let path = path
            .strip_suffix("/*")
            .unwrap_or(path)
            .trim_end_matches('/');
        if path.contains(['?', '#', '*', '%', '\\'])
            || path.split('/').any(|part| part == "." || part == "..")
        {
            return Err(refuse(
                "a path prefix has no query, wildcard, percent sign or dot segment",
            ));
        }
        let (host, port) = split_port(authority)
            .ok_or_else(|| refuse("the port is not a number from 1 to 65535"))?;
        let port = port.unwrap_or(usual_port(scheme));
        let host = host.to_ascii_lowercase();
        let (subdomains, host) = match host.strip_prefix("*.") {
            Some(domain) => (true, domain.to_owned()),
            None => (false, host),
        };
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
        let address = host.starts_with('[') && host.ends_with(']');
        if host.is_empty() || !(address || host.bytes().all(name)) {
            return Err(refuse(
                "the host is not a valid name or address, and `*` may only be its first label",
            ));
        }
        if subdomains && !host.contains('.') {
            return Err(refuse(
                "`*.` needs a domain of at least two labels after it",
            ));
        }
        Ok(Self {
            scheme,
            subdomains,
            host,
            port,
            path: path.to_owned(),
        })
    }
}

/// Returns whether every server reads a path's segment as one segment, and as no way up.
///
/// Some decode twice, cut at a NUL, take `;` for the beginning of parameters, drop spaces and dots
/// at the end, or map characters to those of ASCII that look alike.
fn is_read_alike(segment: &str) -> bool {
    const LIKE_DOTS: [char; 5] = ['.', '\u{2024}', '\u{2025}', '\u{2026}', '\u{ff0e}'];
    const LIKE_SLASHES: [char; 6] = ['/', '\\', '\u{2044}', '\u{2215}', '\u{ff0f}', '\u{ff3c}'];
    // What is not UTF-8 may be a longer form of an ASCII character.
    let Some(decoded) = decoded(segment) else {
        return false;
    };
    let hides_a_dot = decoded.matches('.').count() != segment.matches('.').count();
    let is_special = |c: char| c == '%' || c.is_control() || LIKE_SLASHES.contains(&c);
    let name = decoded.split(';').next().unwrap_or_default().trim();
    let leads_up = !name.is_empty() && name.chars().all(|c| LIKE_DOTS.contains(&c));
    !hides_a_dot && !decoded.contains(is_special) && !leads_up
}

/// A segment without its percent signs, if that is text and each sign stands before two hexadecimal
/// digits.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut decoded = Vec::with_capacity(segment.len());
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        decoded.push(match byte {
            b'%' => u8::try_from(digit()? * 16 + digit()?).ok()?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

/// The port of a URL that names none.
fn usual_port(scheme: &str) -> u16 {
    if scheme == "https" { 443 } else { 80 }
}

/// Splits `host:port`; `None` for a port that is none.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_address = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[after_address..].rfind(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let colon = after_address + colon;
            let port: u16 = authority[colon + 1..].parse().ok()?;
            (port != 0).then_some((&authority[..colon], Some(port)))
        }
    }
}

impl fmt::Display for HttpGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.subdomains { "*." } else { "" };
        write!(f, "{}://{star}{}", self.scheme, self.host)?;
        if self.port != usual_port(self.scheme) {
            write!(f, ":{}", self.port)?;
        }
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url<'a>(scheme: &'a str, host: &'a str, port: u16, path: &'a str) -> UrlParts<'a> {
        UrlParts {
            scheme,
            host,
            port,
            path,
        }
    }

    #[test]
    fn a_table_grant_means_what_it_says() {
        let grant = |text: &str| text.parse::<TableGrant>().unwrap();
        assert!(grant("read:posts").allows(Access::Read, "posts"));
        assert!(grant("read:posts").allows(Access::Read, "POSTS"));
        assert!(!grant("read:posts").allows(Access::Write, "posts"));
        assert!(!grant("read:posts").allows(Access::Read, "posts_archive"));
        assert!(grant("posts").allows(Access::Write, "posts"));
        assert!(grant("shop_*").allows(Access::Write, "shop_orders"));
        assert!(!grant("shop_*").allows(Access::Write, "shopping"));
        assert!(grant("*").allows(Access::Read, "anything"));
        for bad in [
            "",
            "delete:posts",
            "read:",
            "po*sts",
            "Posts",
            "posts; drop",
            "read:write:posts",
        ] {
            assert!(bad.parse::<TableGrant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_http_grant_means_what_it_says() {
        let grant = |text: &str| text.parse::<HttpGrant>().unwrap();
        let origin = grant("https://api.example.com");
        assert!(origin.allows(url("https", "api.example.com", 443, "/any/%2e")));
        assert!(!origin.allows(url("http", "api.example.com", 80, "/")));
        assert!(!origin.allows(url("https", "api.example.com", 8443, "/")));
        assert!(!origin.allows(url("https", "api.example.com.evil.org", 443, "/")));

        let subdomains = grant("*.github.com/v1/*");
        assert!(subdomains.allows(url("https", "api.github.com", 443, "/v1/x")));
        assert!(subdomains.allows(url("https", "a.b.github.com", 443, "/v1")));
        assert!(!subdomains.allows(url("https", "github.com", 443, "/v1/x")));
        assert!(!subdomains.allows(url("https", "evilgithub.com", 443, "/v1/x")));
        assert!(!subdomains.allows(url("https", "api.github.com", 443, "/v10")));
        assert!(!subdomains.allows(url("https", "api.github.com", 443, "/v1/%2E%2e/x")));

        for plain in [
            "/v1",
            "/v1/",
            "/v1//x",
            "/v1/a.b",
            "/v1/.a",
            "/v1/a..",
            "/v1/a;v=1",
            "/v1/%20a",
            "/v1/%C3%A4",
        ] {
            assert!(
                subdomains.allows(url("https", "a.github.com", 443, plain)),
                "{plain}"
            );
        }
        for other in [
            "/v1/..;/admin",
            "/v1/..;a=b/admin",
            "/v1/.;/admin",
            "/v1/..%3b/admin",
            "/v1/..%20/admin",
            "/v1/.../admin",
            "/v1/%252e%252e/admin",
            "/v1/.%00./admin",
            "/v1/..%00/admin",
            "/v1/%2F..",
            "/v1/a%5cb",
            "/v1/a%0d%0ab",
            "/v1/a%7f",
            "/v1/%c0%ae%c0%ae/admin",
            "/v1/%ef%bc%8e%ef%bc%8e/admin",
            "/v1/a%ef%bc%8fb",
            "/v1/%",
            "/v1/%zz",
            "/v1/%2",
            "/v1/%E2%80%A5",
        ] {
            assert!(
                !subdomains.allows(url("https", "a.github.com", 443, other)),
                "{other}"
            );
            assert!(
                origin.allows(url("https", "api.example.com", 443, other)),
                "{other}"
            );
        }

        assert!(grant("http://127.0.0.1:8080").allows(url("http", "127.0.0.1", 8080, "/")));
        assert!(grant("http://[::1]:8080").allows(url("http", "[::1]", 8080, "/")));
        for bad in [
            "",
            "ftp://x.org",
            "https://u@x.org",
            "https://x.org:0",
            "*.org",
            "a*.x.org",
            "https://x.org/../y",
            "https://",
        ] {
            assert!(bad.parse::<HttpGrant>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_config_grant_means_what_it_says() {
        let grant = |text: &str| text.parse::<ConfigGrant>().unwrap();
        assert!(grant("site.title").allows("site.title"));
        assert!(grant("site.*").allows("site.title"));
        assert!(!grant("site.*").allows("sites"));
        assert!("".parse::<ConfigGrant>().is_err());
    }

    #[test]
    fn a_grant_is_shown_as_it_could_be_written() {
        for text in ["read:posts", "write:shop_*", "posts", "*"] {
            assert_eq!(text.parse::<TableGrant>().unwrap().to_string(), text);
        }
        for text in ["site.title", "site.*"] {
            assert_eq!(text.parse::<ConfigGrant>().unwrap().to_string(), text);
        }
        for (text, shown) in [
            ("api.example.com:443", "https://api.example.com"),
            ("http://127.0.0.1:80/v1/*", "http://127.0.0.1/v1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("*.GitHub.com/v1/*", "https://*.github.com/v1"),
        ] {
            let grant = text.parse::<HttpGrant>().unwrap();
            assert_eq!(grant.to_string(), shown);
            assert_eq!(shown.parse(), Ok(grant));
        }
    }
}
