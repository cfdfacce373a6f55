//! Several servers of one site on this machine, to try: a private PostgreSQL and bucket, the
//! samples, and a load balancer in front. `cargo xtask cluster` builds and runs it.
//!
//! Its arguments are the number of servers, the address of the load balancer, and the folders of
//! the plugins to install. It ends when it is told to, and leaves nothing.

use std::{
    env,
    io::{Write as _, stdout},
    path::Path,
    process::{Command, ExitCode},
};

use raisfast_tests::{ChildServer, Cluster, DatabaseServer, LoadBalancer};
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: try-cluster NODES ADDRESS PLUGIN-FOLDER...";
    let nodes: usize = parsed(arguments.next(), usage)?;
    let address = parsed(arguments.next(), usage)?;
    if !(1..=9).contains(&nodes) {
        return Err(format!("{nodes} servers: 1 to 9 are possible"));
    }
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let server = own.with_file_name("raisfast-under-test");
    let server_name = server.to_string_lossy().into_owned();

    say("Starting PostgreSQL and a bucket, for this run alone");
    let cluster = Cluster::on(DatabaseServer::Postgres).await;
    let mut servers = Vec::new();
    for n in 1..=nodes {
        let name = format!("node-{n}");
        say(&format!("Starting {name}"));
        servers.push(cluster.process(&name).start_child(&server_name, "").await);
    }
    for folder in arguments {
        say(&format!("Installing {folder} on node-1"));
        let mut install = Command::new(&server);
        install.args(["plugin", "install", &folder, "--data-dir"]);
        install.arg(servers[0].data_dir());
        let installed = install.output().map_err(|error| error.to_string())?;
        say_lines(&installed.stdout);
        if !installed.status.success() {
            say_lines(&installed.stderr);
            return Err(format!("{folder} is not installed"));
        }
    }
    let addresses: Vec<_> = servers.iter().map(ChildServer::address).collect();
    let balancer = LoadBalancer::start(address, &addresses);
    let balancer = balancer.await.map_err(|error| {
        format!("nothing can listen on {address}: {error}; name another with --addr")
    })?;
    say_what_to_try(&balancer, &servers, &server);
    until_told().await;
    say("Stopping");
    for server in &servers {
        server.signal("TERM");
    }
    for server in &mut servers {
        server.ended().await;
    }
    Ok(())
}

fn parsed<T: std::str::FromStr>(argument: Option<String>, usage: &str) -> Result<T, String> {
    let parsed = argument.and_then(|argument| argument.parse().ok());
    parsed.ok_or_else(|| usage.to_owned())
}

async fn until_told() {
    let of = |kind| signal(kind).expect("signals can be waited for");
    let (mut interrupt, mut terminate) = (of(SignalKind::interrupt()), of(SignalKind::terminate()));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn say(line: &str) {
    // Whoever has closed the output need not be told.
    let _ = writeln!(stdout(), "{line}");
}

fn say_lines(text: &[u8]) {
    for line in String::from_utf8_lossy(text).lines() {
        say(&format!("  {line}"));
    }
}

fn say_what_to_try(balancer: &LoadBalancer, servers: &[ChildServer], program: &Path) {
    let site = format!("http://{}", balancer.address());
    let command = |words: &str, server: &ChildServer| {
        let (program, data) = (program.display(), server.data_dir());
        format!("  {program} {words} --data-dir {}", data.display())
    };
    say(&format!(
        "\nThe site: {site}, with a load balancer that asks /readyz twice a second"
    ));
    say(&format!(
        "Console:  {site}/admin/, as admin with the password\n          {}",
        ChildServer::PASSWORD
    ));
    for (n, server) in servers.iter().enumerate() {
        let (id, address) = (server.id(), server.address());
        say(&format!("node-{}:   http://{address}, process {id}", n + 1));
    }
    say("\nTry, in another terminal:");
    let last = servers.last().expect("one at least").id();
    let first = &servers[0];
    say("\n  # the servers of the site");
    say(&command("nodes", first));
    say("\n  # kill one: the others notice within 10 s, and take over what it held");
    say(&format!("  kill -9 {last}"));
    say("\n  # or let one stand still for longer than its lease, and go on");
    say(&format!("  kill -STOP {last}; sleep 15; kill -CONT {last}"));
    say("\n  # turn a plugin off on all of them");
    say(&command("plugin disable com.example.seo", first));
    say("\nCtrl-C ends all of it, and leaves nothing.");
}
