//! One connection that is kept alive, and just enough HTTP/1.1 for the answers of servers that are known.

use std::net::Ipv4Addr;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// No answer comes near this many bytes.
const LONGEST: usize = 64 * 1024;

/// A connection, with the answer that came last.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, as it stands in its connection's buffer.
#[derive(Clone, Copy)]
pub(crate) struct Answer<'a> {
    status: u16,
    head: &'a str,
    pub(crate) body: &'a str,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.context("connect to a server")?;
        stream.set_nodelay(true).context("send without delay")?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request, whole in its bytes, and waits for the answer.
    ///
    /// # Errors
    ///
    /// When the server hangs up, or answers without a length or with too much; never because of the status.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.buffer.clear();
        self.stream.write_all(request).await.context("send a request")?;
        let head_ends = loop {
            if let Some(at) = end_of_head(&self.buffer) {
                break at;
            }
            self.read_more().await?;
        };
        let body_begins = head_ends + 4;
        let body_ends = body_begins + content_length(&self.buffer[..head_ends])?;
        while self.buffer.len() < body_ends {
            self.read_more().await?;
        }
        let head = std::str::from_utf8(&self.buffer[..head_ends]).context("read the head of an answer")?;
        let body = std::str::from_utf8(&self.buffer[body_begins..body_ends]).context("read the body of an answer")?;
        let status: u16 =
            head.get(9..12).and_then(|digits| digits.parse().ok()).context("an answer without a status")?;
        Ok(Answer { status, head, body })
    }

    async fn read_more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await.context("read an answer")?;
        ensure!(read > 0, "the server hung up");
        ensure!(self.buffer.len() <= LONGEST, "an answer of more than {LONGEST} bytes");
        Ok(())
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n")
}

fn content_length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head).context("read the head of an answer")?;
    let value = header(head, "content-length").context("an answer without content-length")?;
    value.parse().with_context(|| format!("not a length: {value}"))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

impl<'a> Answer<'a> {
    /// Returns the answer if it has this status.
    pub(crate) fn with_status(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "status {} instead of {status}: {}", self.status, self.body);
        Ok(self)
    }

    /// Returns the first header of this name.
    pub(crate) fn header(self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }
}
