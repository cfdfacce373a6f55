//! Trees in a bucket of S3, or of a server that speaks its protocol: from an address to an
//! operator.

use std::time::Duration;

use opendal::{HttpTransporter, OperationContext, Operator, layers::RetryLayer, services::S3};
use opendal_http_transport_reqwest::ReqwestTransport;
use raisfast_contract::PluginId;
use url::Url;

use crate::{
    PluginPath, S3Credentials, VfsError,
    storage::{RETRIES, RETRY_DELAY, without_secrets},
};

/// For a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request, its answer included. A write goes on after its plugin's deadline, and others of
/// that plugin wait for it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The bytes that keys of 1,024 bytes leave beside the longest plugin id and path.
const MAX_PREFIX_BYTES: usize = 1024 - PluginId::MAX_LEN - PluginPath::MAX_BYTES - 2;

/// An address like `s3://bucket/prefix?region=eu-central-1&endpoint=https://s3.example.com`, in
/// parts.
#[derive(Debug, PartialEq, Eq)]
struct S3Address {
    bucket: String,
    /// Before each key; `/` for none.
    prefix: String,
    /// AWS's own where there is none.
    endpoint: Option<String>,
    region: Option<String>,
    /// True if the bucket is part of the host's name, and not of the path.
    virtual_host: bool,
}

/// The operators of one bucket.
pub(crate) struct Bucket {
    /// Tries again by itself.
    pub(crate) operator: Operator,
    /// Tries once, for files that are read. The layer that tries again would ask for the rest of an
    /// answer that has broken off, as often as a byte of it arrives, and put the pieces together
    /// without looking whether the server has sent that rest or the whole file.
    pub(crate) reads: Operator,
}

/// The operators of an address. Nothing is asked of the storage yet.
pub(crate) fn open(uri: &str, credentials: Option<&S3Credentials>) -> Result<Bucket, VfsError> {
    let refuse = |reason: &str| VfsError::Bucket {
        found: without_secrets(uri),
        reason: reason.to_owned(),
    };
    let address = S3Address::parse(uri).map_err(|reason| refuse(&reason))?;
    let mut service = S3::default().bucket(&address.bucket).root(&address.prefix);
    if let Some(endpoint) = &address.endpoint {
        service = service.endpoint(endpoint);
    }
    match &address.region {
        Some(region) => service = service.region(region),
        None if region_in_environment() => {}
        None => return Err(refuse("it names no region, and neither does AWS_REGION")),
    }
    if address.virtual_host {
        service = service.enable_virtual_host_style();
    }
    if let Some(credentials) = credentials {
        service = service
            .disable_config_load()
            .disable_ec2_metadata()
            .access_key_id(&credentials.access_key_id)
            .secret_access_key(&credentials.secret_access_key);
        if let Some(token) = &credentials.session_token {
            service = service.session_token(token);
        }
    }
    let client = client().map_err(VfsError::Client)?;
    let transport = HttpTransporter::new(ReqwestTransport::new(client));
    let retry = RetryLayer::new()
        .with_max_times(RETRIES)
        .with_min_delay(RETRY_DELAY);
    let reads = Operator::new(service)?
        .with_context(OperationContext::new().with_http_transport(transport));
    Ok(Bucket {
        operator: reads.clone().layer(retry),
        reads,
    })
}

/// As AWS's own tools look for it.
fn region_in_environment() -> bool {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .any(|variable| std::env::var_os(variable).is_some_and(|region| !region.is_empty()))
}

fn client() -> Result<reqwest::Client, Box<dyn std::error::Error + Send + Sync>> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(raisfast_tls::client_config()?)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .user_agent(concat!("raisfast/", env!("CARGO_PKG_VERSION")))
        .build()?)
}

impl S3Address {
    /// The reason, where it is none.
    fn parse(uri: &str) -> Result<Self, String> {
        let url = Url::parse(uri).map_err(|error| format!("it is not a URL ({error})"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("credentials have no place in it".to_owned());
        }
        if url.port().is_some() || url.fragment().is_some() {
            return Err("a bucket has no port and no fragment".to_owned());
        }
        let bucket = url.host_str().unwrap_or_default();
        let of_a_bucket =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(of_a_bucket) {
            return Err(
                "a bucket's name is 3 to 63 lower-case letters, digits, hyphens and dots"
                    .to_owned(),
            );
        }
        let prefix = url.path().trim_matches('/');
        let of_a_prefix = |b: u8| b.is_ascii_alphanumeric() || b"-_./".contains(&b);
        if prefix.len() > MAX_PREFIX_BYTES {
            return Err(format!(
                "its prefix is longer than {MAX_PREFIX_BYTES} bytes"
            ));
        }
        if !prefix.bytes().all(of_a_prefix) || prefix.contains("//") {
            return Err("a prefix is letters, digits, hyphens, underscores and dots, with `/` between names".to_owned());
        }
        let mut address = Self {
            bucket: bucket.to_owned(),
            prefix: format!("/{prefix}"),
            endpoint: None,
            region: None,
            virtual_host: false,
        };
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("endpoint", endpoint) => address.endpoint = Some(checked_endpoint(endpoint)?),
                ("region", region) if !region.is_empty() => {
                    address.region = Some(region.to_owned());
                }
                ("virtual_host", "true") => address.virtual_host = true,
                ("virtual_host", "false") => address.virtual_host = false,
                ("region" | "virtual_host", _) => {
                    return Err(format!("`{key}` has another value than it can have"));
                }
                // It may be a secret, so its value is not shown.
                _ => {
                    return Err(format!(
                        "`{}` is not a setting of it; there are `endpoint`, `region` and `virtual_host`",
                        key.escape_debug()
                    ));
                }
            }
        }
        Ok(address)
    }
}

fn checked_endpoint(text: &str) -> Result<String, String> {
    let refused = || "its endpoint has to be like `https://s3.example.com`".to_owned();
    let url = Url::parse(text).map_err(|_| refused())?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !bare || !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refused());
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_parts() {
        let address = S3Address::parse("s3://my-bucket").unwrap();
        assert_eq!(
            address,
            S3Address {
                bucket: "my-bucket".to_owned(),
                prefix: "/".to_owned(),
                endpoint: None,
                region: None,
                virtual_host: false,
            }
        );
        let address = S3Address::parse(
            "s3://my.bucket/sites/one/?endpoint=http://127.0.0.1:9000/&region=eu-central-1&virtual_host=true",
        )
        .unwrap();
        assert_eq!(
            address,
            S3Address {
                bucket: "my.bucket".to_owned(),
                prefix: "/sites/one".to_owned(),
                endpoint: Some("http://127.0.0.1:9000".to_owned()),
                region: Some("eu-central-1".to_owned()),
                virtual_host: true,
            }
        );
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (uri, reason) in [
            ("s3://", "3 to 63"),
            ("s3:///prefix", "3 to 63"),
            ("s3://ab", "3 to 63"),
            ("s3://My-Bucket", "3 to 63"),
            ("s3://my_bucket", "3 to 63"),
            ("s3://key:secret@bucket", "credentials have no place"),
            ("s3://key@bucket", "credentials have no place"),
            ("s3://bucket:9000", "no port"),
            ("s3://bucket#x", "no fragment"),
            ("s3://bucket/a%2fb", "a prefix is"),
            ("s3://bucket/a//b", "a prefix is"),
            ("s3://bucket/a b", "a prefix is"),
            ("s3://bucket?endpoint=", "its endpoint"),
            ("s3://bucket?endpoint=s3.example.com", "its endpoint"),
            ("s3://bucket?endpoint=ftp://s3.example.com", "its endpoint"),
            (
                "s3://bucket?endpoint=https://key:secret@s3.example.com",
                "its endpoint",
            ),
            ("s3://bucket?region=", "`region` has"),
            ("s3://bucket?virtual_host=yes", "`virtual_host` has"),
            (
                "s3://bucket?secret_access_key=secret",
                "`secret_access_key` is not a setting",
            ),
        ] {
            let found = S3Address::parse(uri).expect_err(uri);
            assert!(found.contains(reason), "{uri}: {found}");
            assert!(
                !found.contains("=secret") && !found.contains(":secret"),
                "{uri}: {found}"
            );
        }
    }
}
