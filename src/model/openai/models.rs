//! Asking a server which models it has: it costs no tokens and tells whether it is there.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::timeout;

use super::failure::Place;
use super::{OpenAiClient, call};
use crate::diagnostic::{Diagnostic, causes};

/// A list longer than this is no list of models.
const MAX_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
struct Models {
    #[serde(default)]
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

impl OpenAiClient {
    /// The names of the server's models. Empty when it answers but does not list any (some servers
    /// have no list).
    ///
    /// # Errors
    /// `missing-api-key`, `model-unreachable`, `model-timeout`, or what the server refused it with.
    pub async fn models(&self, within: Duration) -> Result<Vec<String>, Diagnostic> {
        let shared = &self.shared;
        let place = Place { settings: &shared.settings };
        let headers = call::headers(&place)?;
        let mut address = shared.endpoint.clone();
        address.set_path(&address.path().replace("/chat/completions", "/models"));
        let http = shared.http()?;
        let asked = async {
            let mut response = http.get(address).headers(headers).send().await?;
            let status = response.status();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_BYTES {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status.as_u16(), body))
        };
        match timeout(within, asked).await {
            Err(_) => Err(place.timeout(within)),
            Ok(Err(error)) => Err(place.unreachable(&causes(&error.without_url()))),
            Ok(Ok((status @ (401 | 403), body))) => {
                let error = super::wire::read_error(&String::from_utf8_lossy(&body));
                Err(place.refused(Some(status), &shared.settings.model, &error))
            }
            Ok(Ok((_, body))) => {
                let models: Models = serde_json::from_slice(&body).unwrap_or(Models { data: Vec::new() });
                Ok(models.data.into_iter().map(|m| m.id).collect())
            }
        }
    }
}
