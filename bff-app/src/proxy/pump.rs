//! Bytes both ways between two connections.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::time::{Instant, interval_at};

/// How much is carried at once, in bytes; nothing more is held for a slow end.
const PIECE: usize = 16 * 1024;

/// Carries until both ends have ended, one of them breaks off, or neither has said anything for so long.
pub(super) async fn carry<A, B>(one: A, other: B, longest_silence: Duration)
where
    A: AsyncRead + AsyncWrite,
    B: AsyncRead + AsyncWrite,
{
    let is_heard = AtomicBool::new(false);
    let (one_reads, one_writes) = split(one);
    let (other_reads, other_writes) = split(other);
    let both = async {
        tokio::try_join!(one_way(one_reads, other_writes, &is_heard), one_way(other_reads, one_writes, &is_heard))
    };
    tokio::select! {
        _ = both => {}
        () = silence(&is_heard, longest_silence) => {}
    }
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    is_heard: &AtomicBool,
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        is_heard.store(true, Ordering::Relaxed);
        to.write_all(&piece[..length]).await?;
        to.flush().await?;
    }
}

async fn silence(is_heard: &AtomicBool, longest: Duration) {
    let mut looks = interval_at(Instant::now() + longest, longest);
    loop {
        looks.tick().await;
        if !is_heard.swap(false, Ordering::Relaxed) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test]
    async fn what_one_end_says_the_other_hears_until_both_have_ended() {
        let ((mut one, one_end), (mut other, other_end)) = (duplex(8), duplex(8));
        let carrying = tokio::spawn(carry(one_end, other_end, Duration::from_secs(60)));
        let mut heard = [0; 5];
        one.write_all(b"hello").await.unwrap();
        other.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello");
        other.write_all(b"world").await.unwrap();
        one.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"world");
        one.shutdown().await.unwrap();
        assert_eq!(other.read(&mut heard).await.unwrap(), 0, "the end is carried too");
        other.shutdown().await.unwrap();
        carrying.await.unwrap();
    }

    #[tokio::test]
    async fn silence_ends_it() {
        let ((_one, one_end), (_other, other_end)) = (duplex(8), duplex(8));
        carry(one_end, other_end, Duration::from_millis(10)).await;
    }
}
