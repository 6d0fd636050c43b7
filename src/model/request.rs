//! A request to a model, and the hash by which a recording of its answer is found.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The product's instructions and context.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// A message.
    pub fn new(role: Role, content: impl Into<String>) -> Message {
        Message { role, content: content.into() }
    }
}

/// What an answer may look like: JSON that fits a schema, where the server can hold a model to it. One that
/// can't is asked without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseFormat {
    /// Its name, of letters, digits and `_`.
    pub name: String,
    /// Whether the schema keeps to what strict servers take.
    pub strict: bool,
    /// The schema.
    pub schema: serde_json::Value,
}

/// All that decides the answer. Field order is part of the hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelRequest {
    /// The model's name.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<Message>,
    /// Sampling temperature, 0 to 2; the server's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Most tokens of the answer; the server's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// What the answer may look like; any text when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
}

impl ModelRequest {
    /// Hex SHA-256 of the request as JSON. Nothing volatile is in a request, so the same question to
    /// the same model has the same hash on every machine.
    pub fn hash(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(&json);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_every_part() {
        let one = ModelRequest {
            model: "m".into(),
            messages: vec![Message::new(Role::User, "hi")],
            temperature: None,
            max_tokens: None,
            response_format: None,
        };
        assert_eq!(one.hash(), one.clone().hash());
        assert_eq!(one.hash().len(), 64);
        let other = [
            ModelRequest { model: "n".into(), ..one.clone() },
            ModelRequest { messages: vec![Message::new(Role::System, "hi")], ..one.clone() },
            ModelRequest { temperature: Some(0.1), ..one.clone() },
            ModelRequest { max_tokens: Some(1), ..one.clone() },
            ModelRequest {
                response_format: Some(ResponseFormat { name: "a".into(), strict: false, schema: true.into() }),
                ..one.clone()
            },
        ];
        assert!(other.iter().all(|o| o.hash() != one.hash()));
    }
}
