//! Logging in to PostgreSQL. The line is made here, step by step, so that each failure has its name.

use std::error::Error as _;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::server::Server;
use super::tls::{self, TlsMode};
use super::{FailureKind, OpenFailure};
use crate::connect::Connection;

const KEEPALIVE: Duration = Duration::from_secs(60);

pub(super) async fn open(server: &Server, connection: &Connection) -> Result<Client, OpenFailure> {
    let failed = |kind, why: String| OpenFailure::new(kind, connection, why);
    let mut config = Config::new();
    config.user(&server.user).dbname(&server.database).application_name("pipesmith");
    if let Some(password) = &server.password {
        config.password(password.expose_secret());
    }
    if server.host.starts_with('/') {
        let socket = format!("{}/.s.PGSQL.{}", server.host, server.port);
        let stream = UnixStream::connect(&socket).await;
        let stream = stream.map_err(|error| failed(of_io(error.kind()), format!("{socket}: {error}")))?;
        config.ssl_mode(SslMode::Disable);
        return plain(&config, stream, connection).await;
    }
    let stream = connect(server, connection).await?;
    config.ssl_mode(match server.tls {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        _ => SslMode::Require,
    });
    if server.tls == TlsMode::Disable {
        return plain(&config, stream, connection).await;
    }
    let tls = tls::config(server.tls, server.authority.as_deref()).map_err(|why| failed(FailureKind::Tls, why))?;
    let mut maker = MakeRustlsConnect::new(tls);
    let Ok(tls) = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut maker, &server.host);
    let (client, line) = config.connect_raw(stream, tls).await.map_err(|error| of(&error, connection))?;
    drive(line);
    Ok(client)
}

/// Asks the server, on a line of its own, to stop what a client does. Whether it did is not told.
pub(super) async fn cancel(
    server: &Server,
    connection: &Connection,
    token: &tokio_postgres::CancelToken,
) -> Result<(), OpenFailure> {
    let told = |error: tokio_postgres::Error| of(&error, connection);
    if server.host.starts_with('/') {
        let socket = format!("{}/.s.PGSQL.{}", server.host, server.port);
        let stream = UnixStream::connect(&socket).await;
        let stream =
            stream.map_err(|error| OpenFailure::new(of_io(error.kind()), connection, format!("{socket}: {error}")))?;
        return token.cancel_query_raw(stream, NoTls).await.map_err(told);
    }
    let stream = connect(server, connection).await?;
    if server.tls == TlsMode::Disable {
        return token.cancel_query_raw(stream, NoTls).await.map_err(told);
    }
    let tls = tls::config(server.tls, server.authority.as_deref())
        .map_err(|why| OpenFailure::new(FailureKind::Tls, connection, why))?;
    let mut maker = MakeRustlsConnect::new(tls);
    let Ok(tls) = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut maker, &server.host);
    token.cancel_query_raw(stream, tls).await.map_err(told)
}

async fn plain<S>(config: &Config, stream: S, connection: &Connection) -> Result<Client, OpenFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (client, line) = config.connect_raw(stream, NoTls).await.map_err(|error| of(&error, connection))?;
    drive(line);
    Ok(client)
}

/// The line works until its client is dropped, or the server ends it; then the client's calls say so.
fn drive(line: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = line.await {
            tracing::debug!("a line to PostgreSQL ended: {error}");
        }
    });
}

/// Looks the host up and connects to the first of its addresses that answers.
async fn connect(server: &Server, connection: &Connection) -> Result<TcpStream, OpenFailure> {
    let at = format!("{}:{}", server.host, server.port);
    let mut last = None;
    for address in super::server::addresses(server, connection).await? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                let _ = rustix::net::sockopt::set_socket_keepalive(&stream, true);
                let _ = rustix::net::sockopt::set_tcp_keepidle(&stream, KEEPALIVE);
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    let (kind, why) = match last {
        Some(error) => (of_io(error.kind()), format!("{at}: {error}")),
        None => (FailureKind::Dns, format!("{at}: the name has no address")),
    };
    Err(OpenFailure::new(kind, connection, why))
}

pub(super) fn of_io(kind: std::io::ErrorKind) -> FailureKind {
    use std::io::ErrorKind;
    match kind {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound => FailureKind::Refused,
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => FailureKind::Timeout,
        _ => FailureKind::Other,
    }
}

/// A failure in the server's words where it said something, else in the driver's.
fn of(error: &tokio_postgres::Error, connection: &Connection) -> OpenFailure {
    if let Some(told) = error.as_db_error() {
        let kind = match told.code().code() {
            "28P01" | "28000" => FailureKind::Auth,
            "3D000" | "42501" => FailureKind::WrongDatabase,
            // Too many connections; starting up, or shutting down.
            "53300" | "57P01" | "57P03" => FailureKind::Busy,
            _ => FailureKind::Other,
        };
        return OpenFailure::new(kind, connection, format!("{} ({})", told.message(), told.code().code()));
    }
    let mut why = error.to_string();
    let kind = match why.as_str() {
        text if text.starts_with("error performing TLS handshake") => FailureKind::Tls,
        text if text.starts_with("authentication error") => FailureKind::Auth,
        text if text.starts_with("invalid configuration") => FailureKind::MissingSecret,
        _ => FailureKind::Other,
    };
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let text = deeper.to_string();
        if !why.contains(&text) {
            why = format!("{why}: {text}");
        }
        cause = deeper.source();
    }
    OpenFailure::new(kind, connection, why)
}
