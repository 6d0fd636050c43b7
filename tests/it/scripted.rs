//! A model that says what a test tells it to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use pipesmith::model::{
    Answer, FinishReason, ModelClient, ModelError, ModelEvent, ModelInfo, ModelRequest, Source, Usage,
};

/// A model that says what it is told to.
pub struct Scripted {
    answers: Mutex<VecDeque<Vec<Result<ModelEvent, ModelError>>>>,
    asked: Mutex<Vec<ModelRequest>>,
}

impl Scripted {
    pub fn new(answers: Vec<Vec<Result<ModelEvent, ModelError>>>) -> Arc<Scripted> {
        Arc::new(Scripted { answers: Mutex::new(answers.into()), asked: Mutex::default() })
    }

    pub fn saying(texts: &[&str]) -> Arc<Scripted> {
        Scripted::new(texts.iter().map(|text| said(text, FinishReason::Stop)).collect())
    }

    pub fn asked(&self) -> Vec<ModelRequest> {
        self.asked.lock().unwrap().clone()
    }
}

impl ModelClient for Scripted {
    fn info(&self) -> ModelInfo {
        ModelInfo { name: "scripted".into(), source: Source::Live { base_url: "test".into() } }
    }

    fn ask(&self, request: ModelRequest) -> Answer {
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front().expect("the script has no more answers");
        Box::pin(futures_util::stream::iter(answer))
    }
}

/// An answer in pieces of about a token.
pub fn said(text: &str, finish: FinishReason) -> Vec<Result<ModelEvent, ModelError>> {
    let characters: Vec<char> = text.chars().collect();
    let pieces = characters.chunks(5).map(|piece| Ok(ModelEvent::Text(piece.iter().collect())));
    let usage = ModelEvent::Usage(Usage { input: 10, output: 20 });
    pieces.chain([Ok(usage), Ok(ModelEvent::Finished(finish))]).collect()
}
