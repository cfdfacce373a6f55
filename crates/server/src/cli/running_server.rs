//! The server that listens on this machine or another, as a client sees it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{ArgMatches, parser::ValueSource};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::{
    Config, Secret,
    config::{Flags, address, environment_secret},
    operator_socket::path_in,
};

/// The path under which the routes of the API lie.
const API: &str = "/api/v1";

/// The place of the server, and its admin's login from the environment.
#[derive(clap::Args)]
struct Whereabouts {
    /// Configuration file of the server [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the server's data, with the socket that needs no login [default: ./data]
    #[arg(long, value_name = "DIR", env = "RAISFAST_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Address of the server; given, it is asked there and with a login [default: 127.0.0.1:8787]
    #[arg(long, value_name = "IP:PORT", env = "RAISFAST_ADDR", value_parser = address)]
    addr: Option<SocketAddr>,
}

/// The flags that say which server is meant.
pub(super) struct ServerFlags {
    whereabouts: Whereabouts,
    /// Set if the address stands on the command line. A variable may be the server's own.
    names_address: bool,
}

impl clap::FromArgMatches for ServerFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self {
            whereabouts: Whereabouts::from_arg_matches(matches)?,
            names_address: matches.value_source("addr") == Some(ValueSource::CommandLine),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for ServerFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        Whereabouts::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Whereabouts::augment_args_for_update(command)
    }
}

/// Posts to the admin API, through the server's socket, or with the token or the password that the
/// environment has.
pub(super) async fn post_as_admin(server: ServerFlags, path: &str) -> anyhow::Result<()> {
    RunningServer::as_admin(server, async |server| server.post(path).await.map(drop)).await
}

/// A running server, with an admin's login where one is needed.
pub(super) struct RunningServer {
    client: Client,
    base: String,
    token: Option<String>,
}

impl RunningServer {
    /// Does something with the server's admin routes. A login that had to be made for it ends with
    /// it.
    pub(super) async fn as_admin<T>(
        flags: ServerFlags,
        act: impl AsyncFnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let ServerFlags {
            whereabouts,
            names_address,
        } = flags;
        let password = environment_secret("RAISFAST_ADMIN_PASSWORD");
        let flags = Flags::of_file(whereabouts.config)
            .with("data_dir", whereabouts.data_dir)
            .with("addr", whereabouts.addr.map(|addr| addr.to_string()))
            .with("admin_password", password.as_ref().map(Secret::expose));
        let config = Config::load(&flags)?;
        let socket = path_in(&config.data_dir);
        if !names_address && UnixStream::connect(&socket).is_ok() {
            return act(&Self::at_socket(&socket)?).await;
        }
        let mut server = Self::at(config.addr)?;
        let given = environment_secret("RAISFAST_TOKEN");
        let is_own_login = given.is_none();
        server.token = Some(match (given, config.admin_password) {
            (Some(token), _) => token.expose().to_owned(),
            (None, Some(password)) => server.login(&password).await?,
            (None, None) => bail!(
                "there is no socket that this user may open at {}: name the server's data folder with --data-dir or \
                 RAISFAST_DATA_DIR, or log in: set RAISFAST_TOKEN, or RAISFAST_ADMIN_PASSWORD to the password of `admin`",
                socket.display()
            ),
        });
        let done = act(&server).await;
        if is_own_login {
            server.post("auth/logout").await?;
        }
        done
    }

    fn at(addr: SocketAddr) -> anyhow::Result<Self> {
        let base = format!("http://{}{API}", reachable(addr));
        Self::with_client(Client::builder(), base)
    }

    /// Returns the server behind a socket, without asking whether there is one.
    pub(super) fn at_socket(socket: &Path) -> anyhow::Result<Self> {
        let client = Client::builder().unix_socket(socket);
        Self::with_client(client, format!("http://localhost{API}"))
    }

    fn with_client(client: ClientBuilder, base: String) -> anyhow::Result<Self> {
        // reqwest wants a TLS provider even for http; an error says that the process has one
        // already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = client
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            client,
            base,
            token: None,
        })
    }

    async fn login(&self, password: &Secret) -> anyhow::Result<String> {
        let credentials = json!({ "username": "admin", "password": password.expose() });
        let request = self.request(Method::POST, "auth/login").json(&credentials);
        let answer = self.send(request).await?;
        let token = answer["token"]
            .as_str()
            .context("the server's answer holds no token")?;
        Ok(token.to_owned())
    }

    /// `GET`, with a query.
    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        let query = form_urlencoded(query);
        self.send(self.request(Method::GET, &format!("{path}?{query}")))
            .await
    }

    /// `GET` outside of the API; the answer may be any.
    pub(super) async fn probe(&self, path: &str) -> reqwest::Result<(StatusCode, String)> {
        let origin = self.base.trim_end_matches(API);
        let response = self.client.get(format!("{origin}/{path}")).send().await?;
        Ok((response.status(), response.text().await?))
    }

    /// `POST` without a body.
    pub(super) async fn post(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::POST, path)).await
    }

    /// A request with a JSON body, or without one for null.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = self.request(method, path);
        let request = if body.is_null() {
            request
        } else {
            request.json(body)
        };
        self.send(request).await
    }

    /// `DELETE`
    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::DELETE, path)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}/{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Returns the answer's JSON, null where it has none; an answer other than a success is an
    /// error in the server's own words.
    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Value> {
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
        let status = response.status();
        let answer: Value = response.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        bail!(
            "{status}: {}",
            answer["detail"]
                .as_str()
                .unwrap_or("the server gives no reason")
        )
    }
}

fn form_urlencoded(query: &[(&str, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish()
}

/// Returns an address at which a server that listens on all of them is reached.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip(match addr.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    addr
}
