//! Whether the provider can be reached: asked rarely, however often somebody wants to know.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::Inner;

/// How long an answer is told again, in seconds.
const REST_S: u64 = 10;
/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was last seen of the provider.
#[derive(Default)]
pub(crate) struct Provider(Mutex<Option<Seen>>);

#[derive(Clone, Copy)]
struct Seen {
    at_s: u64,
    answers: bool,
}

impl Provider {
    /// Tells whether the provider's metadata can be fetched, as of at most ten seconds ago.
    pub(crate) async fn answers(&self, bff: &Inner) -> bool {
        let now_s = bff.handed.clock.now_s();
        // Whoever asks meanwhile waits for this answer, so that a crowd leads to one request.
        let mut slot = self.0.lock().await;
        if let Some(seen) = *slot
            && now_s < seen.at_s + REST_S
        {
            return seen.answers;
        }
        let answers = tokio::time::timeout(PATIENCE, ask(bff)).await.unwrap_or(false);
        *slot = Some(Seen { at_s: now_s, answers });
        answers
    }
}

async fn ask(bff: &Inner) -> bool {
    let outbound = bff.oidc.outbound();
    let Ok(request) = outbound.client().get(bff.config.issuer.metadata_url()).build() else { return false };
    outbound.send(request).await.is_ok_and(|response| response.status().is_success())
}
