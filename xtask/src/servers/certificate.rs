//! A certificate for 127.0.0.1 and localhost, and the authority that signed it, made by `openssl` (Debian's
//! server packages bring it along). It is valid for a day.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{install, place};
use crate::cargo;

const EXTENSIONS: &str = "[server]\nbasicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n\
    extendedKeyUsage=serverAuth\n[authority]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n\
    subjectKeyIdentifier=hash\n[req]\ndistinguished_name=name\n[name]\n";

/// A folder with the certificates; removed when dropped.
pub struct Certificate {
    folder: PathBuf,
}

impl Certificate {
    /// Makes them.
    pub fn make() -> Result<Certificate, String> {
        if !cargo::works("openssl", &["version"]) {
            install::packages(&["openssl"])?;
        }
        let made = Certificate { folder: place::folder("tls")? };
        std::fs::write(made.folder.join("x.cnf"), EXTENSIONS).map_err(|e| format!("{}: {e}", made.folder.display()))?;
        let key = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -config x.cnf";
        made.openssl(&format!(
            "{key} -x509 -days 1 -extensions authority -subj /CN=pipesmith-tests -keyout ca.key -out ca.pem"
        ))?;
        made.openssl(&format!("{key} -subj /CN=localhost -keyout server.key -out server.csr"))?;
        made.openssl("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile x.cnf -extensions server -out server.pem")?;
        Ok(made)
    }

    /// Puts the server's certificate and key, and the authority, into a folder, as that user's.
    pub fn put(&self, folder: &Path, user: &place::User) -> Result<(), String> {
        for file in ["ca.pem", "server.pem", "server.key"] {
            let to = folder.join(file);
            std::fs::copy(self.folder.join(file), &to).map_err(|e| format!("{}: {e}", to.display()))?;
            user.own(&to, 0o600)?;
        }
        Ok(())
    }

    fn openssl(&self, words: &str) -> Result<(), String> {
        let output = Command::new("openssl").args(words.split(' ')).current_dir(&self.folder).output();
        let output = output.map_err(|e| format!("openssl: {e}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("openssl {words}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
