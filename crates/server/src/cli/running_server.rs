//! The server that listens on this machine or another, as a client sees it.

mod address;
mod stream;

use std::{
    fmt::Write as _,
    net::TcpStream,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::{ArgMatches, parser::ValueSource};
use raisfast_contract::PluginId;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(super) use self::address::ServerAddress;
use super::logins::Logins;
use crate::{
    Config, Secret,
    config::{Flags, environment_secret, nearest},
    operator_socket::path_in,
};

/// The path under which the routes of the API lie.
pub(super) const API: &str = "/api/v1";
/// The longest time in which a server accepts a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// The place of the server, and its admin's login from the environment.
#[derive(clap::Args)]
struct Whereabouts {
    /// Configuration file of the server [default: raisfast.toml, where there is one]
    #[arg(long, value_name = "FILE", env = "RAISFAST_CONFIG")]
    config: Option<PathBuf>,
    /// Folder of the server's data, with the socket that needs no login [default: ./data]
    #[arg(long, value_name = "DIR", env = "RAISFAST_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Address of the server; given, it is asked there and with a login [default: that of the last
    /// login, else 127.0.0.1:8787]
    #[arg(long, value_name = "IP:PORT|URL", env = "RAISFAST_ADDR")]
    addr: Option<ServerAddress>,
}

/// The flags that say which server is meant.
pub(super) struct ServerFlags {
    whereabouts: Whereabouts,
    /// Set if the address stands on the command line. A variable may be the server's own.
    names_address: bool,
}

impl ServerFlags {
    /// Returns true if one server is meant and no other.
    pub(super) fn names_address(&self) -> bool {
        self.names_address
    }
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

/// A reason why a running server did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServerError {
    /// Nobody listens there.
    #[error(
        "no server answers at {0}: start it with `raisfast serve`, or name its address with --addr or RAISFAST_ADDR"
    )]
    NotThere(String),
    /// No server was named, and none is here.
    #[error(
        "no server runs here: nobody answers at {address}, and there is no socket that this user may open at {}. \
         Start it with `raisfast serve`, name its data folder with --data-dir or RAISFAST_DATA_DIR, or log in to \
         one elsewhere with `raisfast login --addr https://cms.example.com`",
        socket.display()
    )]
    NotHere {
        address: ServerAddress,
        socket: PathBuf,
    },
    /// The server wants to know who asks.
    #[error(
        "not logged in to {address}: log in with `raisfast login --addr {address}`, or set RAISFAST_TOKEN, or \
         RAISFAST_ADMIN_PASSWORD to the password of `admin`. Where the server runs, its user needs no login: name \
         its data folder with --data-dir or RAISFAST_DATA_DIR (there is no socket that this user may open at {})",
        socket.display()
    )]
    NotLoggedIn {
        address: ServerAddress,
        socket: PathBuf,
    },
    /// The token is not, or no longer, good.
    #[error(
        "{}: {address} does not know the token, or it has expired: log in again with `raisfast login --addr {address}`",
        StatusCode::UNAUTHORIZED
    )]
    LoginEnded { address: ServerAddress },
    /// The connection broke, or nobody answered.
    #[error("the request to {base} failed: {reason}")]
    Request { base: String, reason: String },
    /// The server's own words.
    #[error("{status}: {detail}")]
    Refused { status: StatusCode, detail: String },
    /// The plugin that was named is not installed.
    #[error(
        "no plugin {plugin} is installed{} `raisfast plugin list` lists those that are",
        meant.as_ref().map_or_else(|| ";".to_owned(), |meant| format!(": did you mean {meant}?"))
    )]
    UnknownPlugin {
        plugin: PluginId,
        meant: Option<String>,
    },
}

/// A running server, with an admin's login where one is needed. Cloning shares the connections.
#[derive(Clone)]
pub(super) struct RunningServer {
    client: Client,
    base: String,
    token: Option<String>,
}

/// The way in to a server at an address.
enum Login {
    Token(String),
    Password(Secret),
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
            .with("admin_password", password.as_ref().map(Secret::expose));
        let config = Config::load(&flags)?;
        let socket = path_in(&config.data_dir);
        if !names_address && UnixStream::connect(&socket).is_ok() {
            return act(&Self::at_socket(&socket)?).await;
        }
        let logins = Logins::read()?;
        let token = environment_secret(super::TOKEN);
        let is_login_given = token.is_some() || config.admin_password.is_some();
        let named = whereabouts.addr.clone();
        let last = logins.current().filter(|_| !is_login_given).cloned();
        let address = named.or(last).unwrap_or_else(|| config.addr.into());
        let saved = || Some(logins.on(&address)?.token.clone());
        let login = match (token, config.admin_password) {
            (Some(token), _) => Some(Login::Token(token.expose().to_owned())),
            (None, given) => saved().map(Login::Token).or(given.map(Login::Password)),
        };
        let Some(login) = login else {
            let is_here = TcpStream::connect_timeout(&config.addr, PATIENCE).is_ok();
            return Err(if whereabouts.addr.is_none() && !is_here {
                ServerError::NotHere { address, socket }.into()
            } else {
                ServerError::NotLoggedIn { address, socket }.into()
            });
        };
        let mut server = Self::at(&address)?;
        match login {
            Login::Token(token) => {
                server.token = Some(token);
                act(&server)
                    .await
                    .map_err(|error| match error.downcast_ref() {
                        Some(ServerError::Refused { status, .. })
                            if *status == StatusCode::UNAUTHORIZED =>
                        {
                            ServerError::LoginEnded { address }.into()
                        }
                        _ => error,
                    })
            }
            Login::Password(password) => {
                server.log_in("admin", &password).await?;
                let done = act(&server).await;
                server.log_out().await?;
                done
            }
        }
    }

    /// A server at an address, without a login.
    pub(super) fn at(address: &ServerAddress) -> anyhow::Result<Self> {
        Self::with_client(Client::builder(), address.api())
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
        let client = client.no_proxy().connect_timeout(PATIENCE).build()?;
        Ok(Self {
            client,
            base,
            token: None,
        })
    }

    /// Returns whether it is asked through the socket, as nobody in particular.
    pub(super) fn is_without_login(&self) -> bool {
        self.token.is_none()
    }

    /// Uses a token from now on.
    pub(super) fn with_token(mut self, token: String) -> Self {
        self.token = Some(token);
        self
    }

    /// Logs in, and returns the server's answer, which has the token.
    pub(super) async fn log_in(
        &mut self,
        username: &str,
        password: &Secret,
    ) -> anyhow::Result<Value> {
        let credentials = json!({ "username": username, "password": password.expose() });
        let request = self.request(Method::POST, "auth/login").json(&credentials);
        let answer = self.send(request).await?;
        let token = answer["token"]
            .as_str()
            .context("the server's answer holds no token")?;
        self.token = Some(token.to_owned());
        Ok(answer)
    }

    /// Ends the login.
    pub(super) async fn log_out(&self) -> anyhow::Result<()> {
        self.post("auth/logout").await.map(drop)
    }

    /// `GET`, with a query.
    pub(super) async fn get(&self, path: &str, query: &[(&str, String)]) -> anyhow::Result<Value> {
        self.send(self.get_request(path, query)).await
    }

    /// `GET` of a list in pages: all items of all pages.
    pub(super) async fn get_all(
        &self,
        path: &str,
        mut query: Vec<(&str, String)>,
    ) -> anyhow::Result<Vec<Value>> {
        let mut items = Vec::new();
        loop {
            let mut page = self.get(path, &query).await?;
            if let Some(found) = page["items"].as_array_mut() {
                items.append(found);
            }
            query.retain(|(key, _)| *key != "cursor");
            match page["next"].as_str() {
                Some(next) => query.push(("cursor", next.to_owned())),
                None => return Ok(items),
            }
        }
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

    /// `POST` of a tar archive.
    pub(super) async fn post_archive(&self, path: &str, tar: Vec<u8>) -> anyhow::Result<Value> {
        self.send(self.archive_request(path, tar)).await
    }

    fn archive_request(&self, path: &str, tar: Vec<u8>) -> RequestBuilder {
        self.request(Method::POST, path)
            .header(reqwest::header::CONTENT_TYPE, "application/x-tar")
            .body(tar)
    }

    /// `DELETE`
    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Does something with a plugin. Where that is not installed, the error names the one that was
    /// probably meant.
    pub(super) async fn about<T>(
        &self,
        plugin: &PluginId,
        act: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let error = match act.await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let is_missing = matches!(
            error.downcast_ref(),
            Some(ServerError::Refused { status, .. }) if *status == StatusCode::NOT_FOUND
        );
        if is_missing {
            self.must_know(plugin).await?;
        }
        Err(error)
    }

    /// Fails if a plugin is not installed.
    pub(super) async fn must_know(&self, plugin: &PluginId) -> anyhow::Result<()> {
        let list = self.get("admin/plugins", &[]).await?;
        let installed: Vec<_> = list["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|plugin| plugin["id"].as_str())
            .collect();
        if installed.contains(&plugin.as_str()) {
            return Ok(());
        }
        let meant = meant(plugin.as_str(), &installed);
        let plugin = plugin.clone();
        Err(ServerError::UnknownPlugin { plugin, meant }.into())
    }

    fn get_request(&self, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        self.request(Method::GET, &format!("{path}?{query}"))
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
        let response = self.answer(request).await?;
        Ok(response.json().await.unwrap_or_default())
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ServerError> {
        let base = self.base.clone();
        let response = request.send().await.map_err(|error| {
            if error.is_connect() {
                ServerError::NotThere(base)
            } else {
                ServerError::Request {
                    base,
                    reason: error.to_string(),
                }
            }
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let answer: Value = response.json().await.unwrap_or_default();
        Err(ServerError::Refused {
            status,
            detail: detail(&answer),
        })
    }
}

/// Returns the words of a problem document, with a line for each field where several are wrong.
fn detail(problem: &Value) -> String {
    let detail = problem["detail"].as_str();
    let detail = detail.unwrap_or("the server gives no reason");
    let field = |error: &Value| -> String {
        let pointer = error["pointer"].as_str().unwrap_or_default();
        pointer.trim_start_matches('/').to_owned()
    };
    match problem["errors"].as_array().map_or(&[][..], Vec::as_slice) {
        [] => detail.to_owned(),
        [only] if field(only).is_empty() => detail.to_owned(),
        [only] => format!("{}: {detail}", field(only)),
        several => {
            let mut lines = detail.to_owned();
            for error in several {
                let text = error["detail"].as_str().unwrap_or_default();
                let _ = write!(lines, "\n  {}: {text}", field(error));
            }
            lines
        }
    }
}

/// Returns the plugin that was probably meant. Of one author's plugins only the names differ.
fn meant(plugin: &str, installed: &[&str]) -> Option<String> {
    let (domain, name) = plugin.rsplit_once('.')?;
    let (siblings, others): (Vec<_>, Vec<_>) = installed
        .iter()
        .filter_map(|id| Some((*id, id.rsplit_once('.')?)))
        .partition(|(_, (other, _))| *other == domain);
    let sibling = nearest(name, siblings.iter().map(|(_, (_, name))| *name));
    sibling
        .map(|name| format!("{domain}.{name}"))
        .or_else(|| nearest(plugin, others.iter().map(|(id, _)| *id)).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_plugin_that_is_near_is_meant_and_another_of_its_author_is_not() {
        let installed = ["com.example.moody", "com.example.seo", "org.example.digest"];
        for (plugin, expected) in [
            ("com.example.mody", Some("com.example.moody")),
            ("com.exmaple.moody", Some("com.example.moody")),
            ("com.example.digest", Some("org.example.digest")),
            ("com.example.xx", None),
            ("net.other.thing", None),
        ] {
            assert_eq!(meant(plugin, &installed).as_deref(), expected, "{plugin}");
        }
    }
}
