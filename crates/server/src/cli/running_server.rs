//! A running server, as its operator's commands talk to it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail};
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::{
    Config, Secret,
    config::{Flags, address, environment_secret},
};

/// Where the server is, and its admin's login from the environment.
#[derive(clap::Args)]
pub(super) struct ServerFlags {
    /// Configuration file of the server [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Where the server listens [default: 127.0.0.1:8787]
    #[arg(long, value_name = "IP:PORT", env = "RAISFAST_ADDR", value_parser = address)]
    addr: Option<SocketAddr>,
}

/// Posts to the admin API, with the token or the password that the environment has.
pub(super) async fn post_as_admin(server: ServerFlags, path: &str) -> anyhow::Result<()> {
    let config = Config::load(Flags {
        config: server.config,
        addr: server.addr,
        admin_password: environment_secret("RAISFAST_ADMIN_PASSWORD"),
        ..Flags::default()
    })?;
    let server = RunningServer::at(config.addr)?;
    let (token, logged_in) = match (environment_secret("RAISFAST_TOKEN"), config.admin_password) {
        (Some(token), _) => (token.expose().to_owned(), false),
        (None, Some(password)) => (server.login(&password).await?, true),
        (None, None) => bail!(
            "this needs an admin's login: set RAISFAST_TOKEN, or RAISFAST_ADMIN_PASSWORD to the password of `admin`"
        ),
    };
    let done = server.post(path, Some(&token), &Value::Null).await;
    if logged_in {
        server
            .post("auth/logout", Some(&token), &Value::Null)
            .await?;
    }
    done.map(drop)
}

/// The server that listens on this machine or another, as a client sees it.
struct RunningServer {
    client: Client,
    base: String,
}

impl RunningServer {
    fn at(addr: SocketAddr) -> anyhow::Result<Self> {
        // reqwest wants a TLS provider even for http; an error says that the process has one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        let base = format!("http://{}/api/v1", reachable(addr));
        Ok(Self { client, base })
    }

    async fn login(&self, password: &Secret) -> anyhow::Result<String> {
        let credentials = json!({ "username": "admin", "password": password.expose() });
        let answer: Value = self
            .post("auth/login", None, &credentials)
            .await?
            .json()
            .await?;
        let token = answer["token"]
            .as_str()
            .context("the server's answer holds no token")?;
        Ok(token.to_owned())
    }

    /// Posts JSON (`null` for no body); an answer that is no success is an error in the server's own words.
    async fn post(
        &self,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Response> {
        let mut request = self.client.post(format!("{}/{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| {
            if error.is_connect() {
                anyhow::anyhow!(
                    "no server answers at {}: start it with `raisfast serve`, or name its address with --addr or RAISFAST_ADDR",
                    self.base
                )
            } else {
                anyhow::anyhow!("the request to {} failed: {error}", self.base)
            }
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let problem: Value = response.json().await.unwrap_or_default();
        bail!(
            "{status}: {}",
            problem["detail"]
                .as_str()
                .unwrap_or("the server gives no reason")
        )
    }
}

/// Where a server that listens on all addresses is reached.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(match addr.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    addr
}
