//! Where a connection can fail.

/// Where connecting failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The server's name leads nowhere.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// The encrypted line could not be made.
    Tls,
    /// The login was refused.
    Auth,
    /// A secret, or another variable, is not set.
    MissingSecret,
    /// The server is there, the database (or file, or folder) is not.
    WrongDatabase,
    /// Something else.
    Other,
}

impl FailureKind {
    /// The code of its diagnostic.
    pub fn code(self) -> &'static str {
        match self {
            FailureKind::Dns => "connection-dns",
            FailureKind::Refused => "connection-refused",
            FailureKind::Timeout => "connection-timeout",
            FailureKind::Tls => "connection-tls",
            FailureKind::Auth => "connection-auth",
            FailureKind::MissingSecret => "connection-secret",
            FailureKind::WrongDatabase => "connection-database",
            FailureKind::Other => "connection-failed",
        }
    }
}
