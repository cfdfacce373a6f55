//! A load balancer as operators have in front of several servers: it asks each for `/readyz`, and
//! hands connections to those that are ready, in turn.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

/// The time between two looks at a server, and the longest that its answer may take.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A load balancer. It ends when this is dropped.
pub struct LoadBalancer {
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl LoadBalancer {
    /// Listens at an address, in front of these servers.
    ///
    /// # Errors
    ///
    /// Nobody can listen there.
    pub async fn start(listen: SocketAddr, servers: &[SocketAddr]) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (ready, looks): (Vec<_>, Vec<_>) = servers
            .iter()
            .map(|server| {
                let (sender, ready) = watch::channel(true);
                ((*server, ready), tokio::spawn(look(*server, sender)))
            })
            .unzip();
        let mut tasks = looks;
        tasks.push(tokio::spawn(accept(listener, ready.into())));
        Ok(Self { address, tasks })
    }

    /// Returns the address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for LoadBalancer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Asks a server again and again if it is ready.
async fn look(server: SocketAddr, ready: watch::Sender<bool>) {
    let client = reqwest::Client::builder().timeout(LOOK_AGAIN).build();
    let client = client.expect("a client");
    while !ready.is_closed() {
        let answer = client.get(format!("http://{server}/readyz")).send().await;
        ready.send_replace(answer.is_ok_and(|answer| answer.status().is_success()));
        sleep(LOOK_AGAIN).await;
    }
}

async fn accept(listener: TcpListener, servers: Arc<[(SocketAddr, watch::Receiver<bool>)]>) {
    let turn = Arc::new(AtomicUsize::new(0));
    while let Ok((client, _)) = listener.accept().await {
        let (servers, turn) = (Arc::clone(&servers), Arc::clone(&turn));
        tokio::spawn(async move {
            let first = turn.fetch_add(1, Ordering::Relaxed);
            for n in 0..servers.len() {
                let (server, ready) = &servers[(first + n) % servers.len()];
                if *ready.borrow()
                    && let Ok(server) = TcpStream::connect(server).await
                {
                    return pass_on(client, server).await;
                }
            }
            // Nobody is ready: the client finds its connection closed.
        });
    }
}

async fn pass_on(mut client: TcpStream, mut server: TcpStream) {
    // Whoever ends it, the other one sees that.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}
