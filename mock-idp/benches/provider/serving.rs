//! The process that is measured: the provider and a hello, on plain http, with nothing recorded.

use std::io::{BufRead as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::routing::get;
use hosting::{Clock, Credentials, Handed, Journal, Listener, Names, Outbound, Timeouts, Wire};
use mock_idp::{Provider, Settings};

use crate::registration::{self, HELLO, PROVIDER};
use crate::signature::{Algorithm, signer};

/// Serves until stdin is closed, so that no server outlives the process that measures it.
///
/// Prints the two ports in a line, and for every line `counts` what the provider remembers.
pub(crate) fn serve(code_life_s: u64) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("start the server's threads")?;
    let _inside = runtime.enter();
    let handed = handed();
    let settings = Settings { code_life_s, ..Settings::default() };
    let Provider { router, control, .. } = mock_idp::app(registration::config(), settings, handed.clone());
    let wires = vec![
        Wire { authority: HELLO.to_owned(), party: "hello", router: hello().merge(signed_hello()?) },
        Wire { authority: PROVIDER.to_owned(), party: "idp", router },
    ];
    let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)?;
    let running = listener.serve(wires, &Journal::off(handed.credentials));
    let bare_port = serve_bare_hello()?;
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{} {bare_port}", running.address().port()).context("name the ports")?;
    for line in std::io::stdin().lock().lines() {
        if line.context("read a question")? == "counts" {
            writeln!(stdout, "{:?}", control.counts()).context("answer")?;
        }
    }
    Ok(())
}

fn handed() -> Handed {
    let credentials = Credentials::off();
    let journal = Journal::off(credentials.clone());
    let outbound = Outbound::new(&Names::default(), None, journal, Timeouts::default());
    Handed { clock: Clock::system(), credentials, outbound }
}

fn hello() -> Router {
    Router::new().route("/hello", get(|| async { "hello" }))
}

/// The hello after one signature, so that a signature is seen at its price under load.
fn signed_hello() -> Result<Router> {
    let mut router = Router::new();
    for algorithm in Algorithm::ALL {
        let sign: Arc<dyn Fn() + Send + Sync> = signer(algorithm)?.into();
        let handler = move || {
            sign();
            std::future::ready("hello")
        };
        router = router.route(&format!("/hello/{}", algorithm.name()), get(handler));
    }
    Ok(router)
}

/// Serves the hello as axum's own examples do, to show what the listener's routing by authority costs.
fn serve_bare_hello() -> Result<u16> {
    #[expect(clippy::disallowed_methods, reason = "this is what hosting::Listener is compared with")]
    let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("bind a socket")?;
    socket.set_nonblocking(true).context("make the socket non-blocking")?;
    let port = socket.local_addr().context("ask for the port")?.port();
    let socket = tokio::net::TcpListener::from_std(socket).context("hand the socket to the threads")?;
    tokio::spawn(async move { axum::serve(socket, hello()).await });
    Ok(port)
}
