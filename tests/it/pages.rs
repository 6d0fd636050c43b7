//! An API of two pages whose second page answers as a test says: so that a run is in the midst of its work for
//! as long as the test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

/// Rows of each page: more than a driver looks at before it hands the first on.
pub const ROWS: usize = 10_000;

/// What the second page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// It answers.
    Answers,
    /// It answers 503 so often, and then as it should.
    Busy(usize),
    /// It does not answer until something else is said.
    Hangs,
}

#[derive(Clone)]
pub struct Pages {
    pub address: String,
    second: Arc<(Mutex<Second>, Condvar)>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Pages {
    pub fn start(second: Second) -> Pages {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let pages = Pages { address, second: Arc::new((Mutex::new(second), Condvar::new())), asked: Arc::default() };
        let serving = pages.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                let pages = serving.clone();
                std::thread::spawn(move || pages.serve(stream));
            }
        });
        pages
    }

    /// Says what the second page does from now on.
    pub fn say(&self, second: Second) {
        *self.second.0.lock().unwrap() = second;
        self.second.1.notify_all();
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The connection of the family `rest`, in YAML's flow form.
    pub fn connection(&self) -> String {
        format!("rest: {{api: {{base_url: '{}'}}}}", self.address)
    }

    /// The options of a step that reads both pages.
    pub fn config() -> serde_json::Value {
        serde_json::json!({
            "connection": "@rest.api", "path": "/1", "pagination": "next", "cursor_path": "next",
            "data_path": "rows", "max_retries": 0,
        })
    }

    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut out = stream;
        loop {
            let mut first = String::new();
            if reader.read_line(&mut first).unwrap_or(0) == 0 {
                return;
            }
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                line.clear();
            }
            let path = first.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
            self.asked.lock().unwrap().push(path.clone());
            let (status, body) = if path == "/2" { self.second() } else { (200, page(0, Some("/2"))) };
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            if out.write_all(head.as_bytes()).and_then(|()| out.write_all(body.as_bytes())).is_err() {
                return;
            }
        }
    }

    fn second(&self) -> (u16, String) {
        let mut second = self.second.0.lock().unwrap();
        loop {
            match *second {
                Second::Answers => return (200, page(ROWS, None)),
                Second::Busy(0) => *second = Second::Answers,
                Second::Busy(left) => {
                    *second = Second::Busy(left - 1);
                    return (503, "busy".to_owned());
                }
                Second::Hangs => {
                    while *second == Second::Hangs {
                        second = self.second.1.wait(second).unwrap();
                    }
                    // Whoever asked has gone away, or has waited long enough.
                    return (200, page(ROWS, None));
                }
            }
        }
    }
}

fn page(from: usize, next: Option<&str>) -> String {
    let rows: Vec<String> = (from..from + ROWS).map(|id| format!("{{\"id\":{id},\"name\":\"row {id}\"}}")).collect();
    let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
    format!("{{\"rows\":[{}],\"next\":{next}}}", rows.join(","))
}
