//! Two thousand connections of strangers who keep the server waiting, beside fifty clients as they
//! should be.
//!
//! Each stranger connects anew a second after the server has closed the connection.
//! `RAISFAST_STRANGERS_SECONDS=60` does it for a minute; without it the test takes ten seconds.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use raisfast_tests::{ChildServer, TestServer, eventually_within};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

const SERVER: &str = env!("CARGO_BIN_EXE_raisfast-under-test");
const STRANGERS: usize = 2_000;
const CLIENTS: usize = 50;
/// The time that a client waits before its request counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most memory that the server may hold for all of them, by its default limits: 64 MiB of heads
/// (2,048 of 32 KiB), 64 MiB of bodies and 32 MiB of their first 16 KiB, 64 MiB of answers, and 16
/// KiB for each connection itself.
const MOST_MEMORY: u64 = (64 + 64 + 32 + 64 + 32) << 20;

/// A route whose answer has 100 kB.
const LONG_LIST: &str = "/api/v1/content/note?limit=2";
const HALF_A_HEAD: &str = "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ";
const HALF_A_BODY: &str = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\n\
    content-type: application/json\r\ncontent-length: 2000000\r\n\r\n{\"username\": \"";

/// A stranger's way to keep the server waiting.
#[derive(Clone, Copy)]
enum Kind {
    Silent,
    SlowHead,
    SlowBody,
    HalfABody,
    KeptAlive,
    Deaf,
}

const KINDS: [Kind; 6] = [
    Kind::Silent,
    Kind::SlowHead,
    Kind::SlowBody,
    Kind::HalfABody,
    Kind::KeptAlive,
    Kind::Deaf,
];

impl Kind {
    /// Keeps the server waiting until it closes the connection.
    async fn trouble(self, address: SocketAddr) -> std::io::Result<()> {
        let socket = TcpSocket::new_v4()?;
        if let Self::Deaf = self {
            socket.set_recv_buffer_size(4096)?;
        }
        let mut stream = socket.connect(address).await?;
        match self {
            Self::Silent => {}
            Self::SlowHead => return slowly(stream, HALF_A_HEAD).await,
            Self::SlowBody => return slowly(stream, HALF_A_BODY).await,
            Self::HalfABody => {
                stream.write_all(HALF_A_BODY.as_bytes()).await?;
                stream.write_all(&vec![b'x'; 200_000]).await?;
            }
            Self::KeptAlive => {
                let request = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
                stream.write_all(request.as_bytes()).await?;
            }
            Self::Deaf => {
                let request = format!("GET {LONG_LIST} HTTP/1.1\r\nhost: x\r\n\r\n").repeat(2);
                stream.write_all(request.as_bytes()).await?;
                // Everything but reading.
                while stream.ready(tokio::io::Interest::ERROR).await?.is_empty() {}
                return Ok(());
            }
        }
        let mut answer = [0; 1024];
        while stream.read(&mut answer).await? > 0 {}
        Ok(())
    }
}

/// Sends a beginning, and then a byte each second.
async fn slowly(mut stream: TcpStream, beginning: &str) -> std::io::Result<()> {
    stream.write_all(beginning.as_bytes()).await?;
    let mut answer = [0; 1024];
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => if read? == 0 { return Ok(()) },
            () = sleep(Duration::from_secs(1)) => stream.write_all(b"x").await?,
        }
    }
}

/// The clients' results.
#[derive(Default)]
struct Seen {
    over: AtomicBool,
    connections: AtomicU64,
    times: Mutex<Vec<Duration>>,
    failures: Mutex<Vec<String>>,
}

/// Reads and writes as a client should, and notes each request.
async fn client(number: usize, server: Arc<ChildServer>, seen: Arc<Seen>) {
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    // Every other one makes a connection for each request.
    let http = if number.is_multiple_of(2) {
        http.pool_max_idle_per_host(0)
    } else {
        http
    };
    let http = http.build().expect("a client");
    let base = format!("http://{}", server.address());
    for round in 0_usize.. {
        if seen.over.load(Relaxed) {
            return;
        }
        let request = match (number + round) % 4 {
            0 => http.get(format!("{base}/api/v1/posts")),
            1 => http.get(format!("{base}/api/v1/posts/hello")),
            2 => http.get(format!("{base}/healthz")),
            _ => http
                .post(format!("{base}/api/v1/content/memo"))
                .bearer_auth(server.admin.token())
                .json(&json!({ "number": number, "round": round })),
        };
        let begun = Instant::now();
        let outcome = async { request.send().await?.error_for_status()?.bytes().await };
        match outcome.await {
            Ok(_) => seen.times.lock().expect("times").push(begun.elapsed()),
            Err(error) => {
                let failure = format!("{error:?} after {:?}", begun.elapsed());
                seen.failures.lock().expect("failures").push(failure);
            }
        }
        // As somebody reads what came.
        sleep(Duration::from_millis(50)).await;
    }
}

/// Lets this process, and the server that it starts, open enough files.
fn allow_connections() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = (2 * STRANGERS + 1000) as u64;
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        setrlimit(Resource::Nofile, raised).expect("the system lets a process open 5,000 files");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_keep_the_server_waiting_cost_its_clients_nothing() {
    allow_connections();
    let duration = std::env::var("RAISFAST_STRANGERS_SECONDS")
        .map_or(10, |seconds| seconds.parse().expect("a number of seconds"));
    let server = TestServer::with().start_child(SERVER, "").await;
    let server = Arc::new(server);
    let post = json!({ "title": "Hello", "content": "*Hello*", "status": "published" });
    server.admin.post("/api/v1/posts", &post).await.expect(201);
    for _ in 0..2 {
        let note = json!({ "text": "word ".repeat(10_000) });
        let path = "/api/v1/content/note";
        server.admin.post(path, &note).await.expect(201);
    }
    let idle = server.resident();

    let seen = Arc::new(Seen::default());
    let mut strangers = JoinSet::new();
    let address = server.address();
    for number in 0..STRANGERS {
        let (kind, seen) = (KINDS[number % KINDS.len()], Arc::clone(&seen));
        strangers.spawn(async move {
            loop {
                seen.connections.fetch_add(1, Relaxed);
                // However it ends, the next one follows.
                let _ = kind.trouble(address).await;
                sleep(Duration::from_secs(1)).await;
            }
        });
    }
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(client(number, Arc::clone(&server), Arc::clone(&seen)));
    }
    sleep(Duration::from_secs(duration)).await;
    seen.over.store(true, Relaxed);
    timeout(2 * PATIENCE, clients.join_all())
        .await
        .expect("each client's last request ends");

    let figures = server.admin.get("/metrics").await.expect(200);
    let figures = figures.as_str().expect("text").to_owned();
    let most = server.most_resident();
    strangers.shutdown().await;

    let failures = std::mem::take(&mut *seen.failures.lock().expect("failures"));
    let mut times = std::mem::take(&mut *seen.times.lock().expect("times"));
    times.sort_unstable();
    let quantile = |part: usize| times[(times.len() - 1) * part / 100];
    println!(
        "{duration} s: {} connections of strangers; {} requests of clients, {} failed; \
         median {:?}, p99 {:?}, slowest {:?}; memory {} MiB idle, {} MiB at most",
        seen.connections.load(Relaxed),
        times.len(),
        failures.len(),
        quantile(50),
        quantile(99),
        quantile(100),
        idle.unwrap_or_default() >> 20,
        most.unwrap_or_default() >> 20,
    );
    for line in figures
        .lines()
        .filter(|line| line.starts_with("raisfast_connections"))
    {
        println!("{line}");
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(times.len() > CLIENTS, "each client was served");
    if let (Some(idle), Some(most)) = (idle, most) {
        let taken = most.saturating_sub(idle);
        assert!(taken < MOST_MEMORY, "{} MiB", taken >> 20);
    }
    // Nothing is left of them.
    eventually_within(PATIENCE, "the strangers' connections are gone", || async {
        let figures = server.admin.get("/metrics").await.expect(200);
        let figures = figures.as_str().expect("text").to_owned();
        let open = figures
            .lines()
            .find_map(|line| line.strip_prefix("raisfast_connections_open "))?;
        (open.parse::<u64>().expect("a number") <= 2 * CLIENTS as u64).then_some(())
    })
    .await;
}
