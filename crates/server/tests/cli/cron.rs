//! `raisfast cron run` against a server in this process.

use raisfast::{Config, Secret, Server};
use tempfile::TempDir;

use crate::run::{Done, Folder};

const PASSWORD: &str = "correct horse battery staple";
const ENTRY: [&str; 4] = ["cron", "run", "com.example.digest", "daily"];

async fn server(data: &TempDir) -> Server {
    let mut config = Config::with_data_dir(data.path());
    config.addr.set_port(0);
    config.plugins.dir = data.path().join("plugins");
    config.admin_password = Some(Secret::new(PASSWORD));
    Server::start(config).await.expect("the server starts")
}

async fn cron_run(environment: Vec<(&'static str, String)>) -> Done {
    tokio::task::spawn_blocking(move || {
        let environment: Vec<_> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        Folder::new().run(&ENTRY, &environment)
    })
    .await
    .expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_passed_on_in_the_servers_words() {
    let data = TempDir::new().unwrap();
    let server = server(&data).await;
    let addr = ("RAISFAST_ADDR", server.addr().to_string());

    let done = cron_run(vec![addr.clone()]).await;
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("RAISFAST_ADMIN_PASSWORD"), "{done:?}");

    let done = cron_run(vec![
        addr.clone(),
        ("RAISFAST_ADMIN_PASSWORD", "wrong".to_owned()),
    ])
    .await;
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("401"), "{done:?}");

    let done = cron_run(vec![addr.clone(), ("RAISFAST_TOKEN", "wrong".to_owned())]).await;
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("token"), "{done:?}");

    let done = cron_run(vec![addr, ("RAISFAST_ADMIN_PASSWORD", PASSWORD.to_owned())]).await;
    assert_eq!(done.code, 1, "{done:?}");
    assert!(
        done.stderr
            .contains("no plugin com.example.digest is installed"),
        "{done:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_an_error_with_a_next_step() {
    let data = TempDir::new().unwrap();
    let server = server(&data).await;
    let addr = server.addr().to_string();
    server.shutdown().await;
    let done = cron_run(vec![
        ("RAISFAST_ADDR", addr),
        ("RAISFAST_TOKEN", "x".to_owned()),
    ])
    .await;
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.stderr.contains("raisfast serve"), "{done:?}");
}
