//! A server that speaks HTTP byte by byte as a test scripts it: splits anywhere, stalls, drops the
//! connection, and tells when the client has closed it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does with a connection, one after the other.
#[derive(Clone)]
pub enum Act {
    /// Write these bytes at once.
    Bytes(Vec<u8>),
    /// Write the head of a chunked answer, then each byte as a chunk of its own.
    ByteByByte(Vec<u8>),
    /// Do nothing until the client closes the connection, and tell it.
    AwaitClose,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub head: String,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub struct WireServer {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Received>>>,
    arrived: mpsc::UnboundedReceiver<()>,
    closed: mpsc::UnboundedReceiver<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for WireServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The script of one connection.
pub type Script = Vec<Act>;

impl WireServer {
    /// Serves one script a connection; the last again and again.
    pub async fn start(scripts: Vec<Script>) -> WireServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (told, closed) = mpsc::unbounded_channel();
        let (came, arrived) = mpsc::unbounded_channel();
        let received = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let script = scripts[number.min(scripts.len() - 1)].clone();
                number += 1;
                tokio::spawn(serve(stream, script, Arc::clone(&received), came.clone(), told.clone()));
            }
        });
        WireServer { address, requests, arrived, closed, task }
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until a request has arrived.
    pub async fn request_arrived(&mut self) {
        self.arrived.recv().await.unwrap();
    }

    /// Waits until a client has closed a connection that the server kept open. The limit only ends a
    /// test that fails.
    pub async fn client_closed(&mut self) -> bool {
        matches!(tokio::time::timeout(Duration::from_secs(20), self.closed.recv()).await, Ok(Some(())))
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Script,
    requests: Arc<Mutex<Vec<Received>>>,
    arrived: mpsc::UnboundedSender<()>,
    closed: mpsc::UnboundedSender<()>,
) {
    stream.set_nodelay(true).unwrap();
    let Some(received) = read_request(&mut stream).await else { return };
    requests.lock().unwrap().push(received);
    let _ = arrived.send(());
    for act in script {
        let done = match act {
            Act::Bytes(bytes) => stream.write_all(&bytes).await,
            Act::ByteByByte(bytes) => byte_by_byte(&mut stream, &bytes).await,
            Act::AwaitClose => {
                let mut rest = [0; 64];
                while matches!(stream.read(&mut rest).await, Ok(n) if n > 0) {}
                let _ = closed.send(());
                return;
            }
        };
        if done.is_err() {
            let _ = closed.send(());
            return;
        }
    }
    let _ = stream.shutdown().await;
}

async fn byte_by_byte(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        .await?;
    for byte in bytes {
        stream.write_all(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']).await?;
        tokio::task::yield_now().await;
    }
    stream.write_all(b"0\r\n\r\n").await
}

async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.ok()?;
        if n == 0 {
            return None;
        }
        bytes.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .filter_map(|l| l.to_lowercase().strip_prefix("content-length:").map(str::trim).map(str::to_owned))
            .find_map(|n| n.parse::<usize>().ok())
            .unwrap_or(0);
        if body.len() >= length {
            return Some(Received { head: head.to_owned(), body: body.to_owned() });
        }
    }
}

/// An answer with this status, these further headers and this body; ends with the connection.
pub fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Bytes(format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\n\r\n{body}").into_bytes())
}

/// The head of an event stream that ends with the connection.
pub fn stream_head() -> Act {
    answer("200 OK", "content-type: text/event-stream\r\n", "")
}

/// One event of a stream with these words of the answer.
pub fn words(text: &str) -> String {
    let chunk = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]});
    format!("data: {chunk}\n\n")
}

/// The end of a stream.
pub fn ending() -> String {
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
     data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n"
        .to_owned()
}

/// A whole good answer.
pub fn good(text: &str) -> Script {
    vec![answer("200 OK", "content-type: text/event-stream\r\n", &(words(text) + &ending()))]
}
