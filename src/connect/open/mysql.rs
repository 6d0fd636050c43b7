//! Logging in to MySQL or MariaDB.

use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, SslOpts};
use secrecy::ExposeSecret;

use super::postgres::of_io;
use super::server::{self, Server};
use super::tls::{self, TlsMode};
use super::{FailureKind, OpenFailure};
use crate::connect::Connection;

pub(super) async fn open(server: &Server, connection: &Connection) -> Result<Conn, OpenFailure> {
    let addresses = server::addresses(server, connection).await?;
    let options = OptsBuilder::default()
        .ip_or_hostname(server.host.as_str())
        .tcp_port(server.port)
        .resolved_ips(Some(addresses.iter().map(std::net::SocketAddr::ip).collect::<Vec<_>>()))
        .user(Some(server.user.as_str()))
        .pass(server.password.as_ref().map(|password| password.expose_secret()))
        .db_name(Some(server.database.as_str()))
        // A socket would be another server than the one that host and port name.
        .prefer_socket(false);
    let encrypted = match server.tls {
        TlsMode::Disable => None,
        mode => Some(ssl(mode, server).map_err(|why| OpenFailure::new(FailureKind::Tls, connection, why))?),
    };
    let connected = Conn::new(Opts::from(options.clone().ssl_opts(encrypted))).await;
    let connected = match connected {
        // The server can't encrypt, and need not.
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if server.tls == TlsMode::Prefer => {
            Conn::new(Opts::from(options)).await
        }
        other => other,
    };
    connected.map_err(|error| of(&error, connection))
}

fn ssl(mode: TlsMode, server: &Server) -> Result<SslOpts, String> {
    let lenient = SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true);
    if !mode.verifies() {
        return Ok(lenient);
    }
    let trusted = tls::authorities(server.authority.as_deref())?;
    let trusted = trusted.into_iter().map(|certificate| certificate.to_vec().into()).collect();
    Ok(SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(trusted)
        .with_danger_skip_domain_validation(mode == TlsMode::VerifyCa))
}

fn of(error: &Error, connection: &Connection) -> OpenFailure {
    let (kind, why) = match error {
        Error::Server(told) => {
            let kind = match told.code {
                // Access denied; unknown authentication; a plugin that the user's account asks for.
                1045 | 1251 | 1524 | 1698 | 1862 | 3118 => FailureKind::Auth,
                1044 | 1049 => FailureKind::WrongDatabase,
                3159 => FailureKind::Tls,
                // Too many connections, of all or of this user; shutting down.
                1040 | 1203 | 1226 | 1053 => FailureKind::Busy,
                _ => FailureKind::Other,
            };
            (kind, format!("{} ({})", told.message, told.code))
        }
        Error::Io(IoError::Tls(error)) => (FailureKind::Tls, error.to_string()),
        // Names the server's certificate in its words.
        Error::Io(IoError::Io(error)) if error.get_ref().is_some_and(|e| e.is::<rustls::Error>()) => {
            (FailureKind::Tls, error.to_string())
        }
        Error::Io(IoError::Io(error)) => (of_io(error.kind()), error.to_string()),
        Error::Driver(DriverError::NoClientSslFlagFromServer) => (FailureKind::Tls, error.to_string()),
        Error::Driver(DriverError::UnknownAuthPlugin { .. } | DriverError::CleartextPluginDisabled) => {
            (FailureKind::Auth, error.to_string())
        }
        // What else the driver says may hold bytes of the line.
        Error::Driver(_) => (FailureKind::Other, "the driver and the server do not understand each other".to_owned()),
        _ => (FailureKind::Other, "the driver failed".to_owned()),
    };
    OpenFailure::new(kind, connection, why)
}
