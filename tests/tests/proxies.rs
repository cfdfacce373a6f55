//! The configurations of the book for proxies, each in its own program before a real server.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use raisfast_tests::{TestServer, eventually, tools};
use serde_json::json;
use tempfile::TempDir;

const PAGE: &str = include_str!("../../docs/src/operators/deployment.md");
const PLUGIN: &str = "com.example.caller";

/// The page's configuration for a proxy.
fn configuration(proxy: &str) -> &'static str {
    let begin = format!("```text {proxy}\n");
    let (_, text) = PAGE.split_once(&begin).expect("the page has it");
    text.split_once("```").expect("it ends").0
}

/// Replaces a part of the page's configuration by one that fits a test.
fn replaced(text: &str, part: &str, by: &str) -> String {
    assert!(text.contains(part), "the page has no {part}:\n{text}");
    text.replace(part, by)
}

/// Runs a program of the machine.
fn program(name: &str, package: &str) -> Command {
    let tools = tools();
    let found = std::env::split_paths(&tools).map(|folder| folder.join(name));
    let sbin = [Path::new("/usr/sbin").join(name)];
    let file = found.chain(sbin).find(|file| file.is_file());
    let file = file.unwrap_or_else(|| {
        panic!(
            "{name} is not here: run `cargo xtask setup` as root, or install it; on Debian and its kin:\n\n    \
             sudo apt-get install --no-install-recommends {package}\n"
        )
    });
    Command::new(file)
}

#[test]
#[should_panic(expected = "apt-get install --no-install-recommends the-package")]
fn a_program_that_is_not_here_is_named_with_what_installs_it() {
    program("a-proxy-of-another-machine", "the-package");
}

/// A proxy before a server, and its address.
struct Proxy {
    program: Child,
    address: SocketAddr,
    /// The place of its configuration and of all that it writes.
    folder: TempDir,
}

impl Proxy {
    /// Starts a program for which `write` makes arguments from an address and a folder.
    async fn start(
        mut program: Command,
        write: impl FnOnce(SocketAddr, &Path) -> Vec<String>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a port");
        let arguments = write(address, folder.path());
        let errors = fs::File::create(folder.path().join("errors")).expect("a file");
        let program = program
            .args(arguments)
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .expect("the proxy starts");
        let mut proxy = Self {
            program,
            address,
            folder,
        };
        for _ in 0..200 {
            if proxy.fetch("/readyz", &[]) == "200" {
                return proxy;
            }
            let ended = proxy.program.try_wait().expect("it was started here");
            assert!(ended.is_none(), "{}", proxy.errors());
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("it does not serve: {}", proxy.errors());
    }

    fn errors(&self) -> String {
        fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default()
    }

    /// A request of a visitor, not sent yet.
    fn request(&self, path: &str) -> Command {
        let (address, port) = (self.address.ip(), self.address.port());
        let mut curl = program("curl", "curl");
        curl.args(["--silent", "--insecure", "--max-time", "20"])
            .args(["--resolve", &format!("example.com:{port}:{address}")])
            .arg(format!("https://example.com:{port}{path}"));
        curl
    }

    /// The status of the answer to a request.
    fn fetch(&self, path: &str, arguments: &[&str]) -> String {
        let mut curl = self.request(path);
        curl.args(["--output", "/dev/null", "--write-out", "%{http_code}"]);
        let Output { stdout, .. } = curl.args(arguments).output().expect("curl runs");
        String::from_utf8(stdout).expect("a number")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Passes pages, bodies as large as the server takes them, and events as they happen; hides the
/// metrics.
async fn serves_a_site(server: &TestServer, proxy: &Proxy) {
    server.publish("Hello").await;
    assert_eq!(proxy.fetch("/api/v1/posts/hello", &[]), "200");
    assert_eq!(proxy.fetch("/metrics", &[]), "404");

    let body = proxy.folder.path().join("body");
    fs::write(&body, "x".repeat(1_900_000)).expect("a file");
    let body = format!("@{}", body.display());
    // It is not JSON, which the server itself says.
    let json = "content-type: application/json";
    let sent = ["--header", json, "--data-binary", &body];
    assert_eq!(proxy.fetch("/api/v1/auth/login", &sent), "400");

    let heard = proxy.folder.path().join("events");
    let token = format!("authorization: Bearer {}", server.admin.token());
    let mut listener = proxy
        .request("/api/v1/events")
        .args(["--no-buffer", "--header", &token])
        .stdout(fs::File::create(&heard).expect("a file"))
        .spawn()
        .expect("curl runs");
    eventually(
        "an event comes through while the stream is open",
        || async {
            let event = json!(["order.paid", "{}"]);
            server.call(PLUGIN, "emit-event", event).await;
            let heard = fs::read_to_string(&heard).expect("a file");
            heard.contains("order.paid").then_some(())
        },
    )
    .await;
    assert!(listener.try_wait().expect("it was started here").is_none());
    listener.kill().expect("it runs");
    listener.wait().expect("it was started here");
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    let nginx = program("nginx", "nginx-light");
    let mut openssl = program("openssl", "openssl");
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let upstream = server.server().addr().to_string();
    let proxy = Proxy::start(nginx, |address, folder| {
        let certificate = folder.join("fullchain.pem").display().to_string();
        let key = folder.join("privkey.pem").display().to_string();
        let made = openssl
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
            ])
            .args([
                "-subj",
                "/CN=example.com",
                "-out",
                &certificate,
                "-keyout",
                &key,
            ])
            .output();
        assert!(made.expect("openssl runs").status.success());

        let site = configuration("nginx");
        let site = replaced(site, "listen 443 ssl", &format!("listen {address} ssl"));
        let site = replaced(&site, "127.0.0.1:8787", &upstream);
        let site = replaced(&site, "/etc/ssl/example.com/fullchain.pem", &certificate);
        let site = replaced(&site, "/etc/ssl/example.com/privkey.pem", &key);
        let folder = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {folder}/{kind};\n"))
            .concat();
        let whole = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}{site}}}\n"
        );
        let file = format!("{folder}/nginx.conf");
        fs::write(&file, whole).expect("a file");
        vec!["-p".to_owned(), folder.to_string(), "-c".to_owned(), file]
    })
    .await;
    serves_a_site(&server, &proxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy() {
    let caddy = program("caddy", "caddy");
    let server = TestServer::with().caller(PLUGIN, "").start().await;
    let upstream = server.server().addr().to_string();
    let proxy = Proxy::start(caddy, |address, folder| {
        let site = configuration("caddy");
        let port = address.port();
        let site = replaced(site, "example.com {", &format!("example.com:{port} {{"));
        let site = replaced(&site, "127.0.0.1:8787", &upstream);
        let folder = folder.display();
        // Certificates of its own making, and nothing outside of the folder.
        let whole = format!(
            "{{\nadmin off\nauto_https disable_redirects\nlocal_certs\nskip_install_trust\n\
             storage file_system {folder}/storage\n}}\n{site}"
        );
        let file = format!("{folder}/Caddyfile");
        fs::write(&file, whole).expect("a file");
        let arguments = ["run", "--adapter", "caddyfile", "--config", &file];
        arguments.map(str::to_owned).to_vec()
    })
    .await;
    serves_a_site(&server, &proxy).await;
}
