//! The events: what is told of a run, and when.
//!
//! The pipeline is a job, and so is each step, with the pipeline's run as its parent. A step that writes has as
//! inputs all that is read before it, because others know data sets, not the rows between steps.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use super::super::fact::{Column, RunFact, RunOutcome};
use super::super::{Job, Output};
use crate::connect::driver::dataset::Dataset;
use crate::pipeline::compile::Manifest;

/// The namespace of jobs.
const NAMESPACE: &str = "pipesmith";
/// Who tells it.
const PRODUCER: &str = concat!("urn:pipesmith:", env!("CARGO_PKG_VERSION"));
const SCHEMA: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const FACETS: &str = "https://openlineage.io/spec/facets";
/// Columns of a data set that are told.
const MOST_COLUMNS: usize = 2000;

/// Makes events of facts.
pub(super) struct Events {
    manifest: Arc<Manifest>,
    /// The id of the pipeline's run.
    id: String,
    dry: bool,
    steps: HashMap<String, Step>,
}

#[derive(Default)]
struct Step {
    dataset: Option<Dataset>,
    written: bool,
    columns: Vec<Column>,
    output: Option<Output>,
    begun: bool,
    ended: bool,
}

impl Events {
    pub fn of(job: &Job) -> Events {
        let resumed = job.extent.resumed.is_some();
        // A run that goes on is another one to those who are told: each begins and ends once.
        let id = if resumed { derived(&format!("{} {}", job.run, Ulid::generate())) } else { uuid(&job.run) };
        Events { manifest: job.manifest.clone(), id, dry: job.extent.dry, steps: HashMap::new() }
    }

    /// The events of a fact that happened at that time (RFC 3339).
    pub fn take(&mut self, fact: &RunFact, at: &str) -> Vec<Value> {
        match fact {
            RunFact::RunStarted { .. } => return vec![self.of_run("START", at)],
            RunFact::RunFinished { outcome, .. } => {
                return vec![self.of_run(
                    match outcome {
                        RunOutcome::Succeeded => "COMPLETE",
                        RunOutcome::Failed => "FAIL",
                        RunOutcome::Cancelled => "ABORT",
                    },
                    at,
                )];
            }
            _ => {}
        }
        let Some(id) = fact.step().map(str::to_owned) else { return Vec::new() };
        let step = self.steps.entry(id.clone()).or_default();
        let (kind, problem) = match fact {
            RunFact::StepDataset { dataset, written, .. } => {
                (step.dataset, step.written) = (Some(dataset.clone()), *written);
                return Vec::new();
            }
            RunFact::StepColumns { columns, .. } => {
                step.columns.clone_from(columns);
                return Vec::new();
            }
            RunFact::StepWrote { output } => {
                step.output = Some(output.clone());
                return Vec::new();
            }
            // Once, also where a step is started again.
            RunFact::StepStarted { .. } | RunFact::StepReused { .. } if !step.begun => {
                step.begun = true;
                ("START", None)
            }
            RunFact::StepFinished { .. } => ("COMPLETE", None),
            RunFact::StepFailed { diagnostic, .. } => ("FAIL", Some(diagnostic.message.clone())),
            RunFact::StepStopped { .. } => ("ABORT", None),
            _ => return Vec::new(),
        };
        if kind != "START" && (!step.begun || std::mem::replace(&mut step.ended, true)) {
            return Vec::new();
        }
        vec![self.of_step(&id, kind, at, problem)]
    }

    fn of_run(&self, kind: &str, at: &str) -> Value {
        let all: Vec<&str> = self.manifest.steps.iter().map(|step| step.id.as_str()).collect();
        let read = self.datasets(&all, false);
        let inputs: Vec<Value> = read.iter().map(|(step, dataset)| self.input(step, dataset)).collect();
        let written = if kind == "COMPLETE" { self.datasets(&all, true) } else { BTreeMap::new() };
        let outputs: Vec<Value> = written.iter().map(|(step, dataset)| self.output(step, dataset)).collect();
        let engine = facet(
            "1-1-1/ProcessingEngineRunFacet",
            json!({ "version": env!("CARGO_PKG_VERSION"), "name": "Pipesmith" }),
        );
        let run = json!({ "runId": self.id, "facets": { "processing_engine": engine } });
        let job = json!({ "namespace": NAMESPACE, "name": self.manifest.name, "facets": { "jobType": job_type("PIPELINE") } });
        event(kind, at, run, job, inputs, outputs)
    }

    fn of_step(&self, id: &str, kind: &str, at: &str, problem: Option<String>) -> Value {
        let parent = json!({
            "run": { "runId": self.id },
            "job": { "namespace": NAMESPACE, "name": self.manifest.name },
        });
        let mut facets = Map::new();
        facets.insert("parent".to_owned(), facet("1-0-1/ParentRunFacet", parent));
        if let Some(message) = problem {
            let said = json!({ "message": message, "programmingLanguage": "Rust" });
            facets.insert("errorMessage".to_owned(), facet("1-0-1/ErrorMessageRunFacet", said));
        }
        let run = json!({ "runId": derived(&format!("{} {id}", self.id)), "facets": facets });
        let mut about = Map::new();
        about.insert("jobType".to_owned(), job_type("STEP"));
        let query = self.manifest.steps.iter().find(|step| step.id == id).and_then(|step| step.config.get("query"));
        if let Some(query) = query.and_then(Value::as_str) {
            about.insert("sql".to_owned(), facet("1-0-1/SQLJobFacet", json!({ "query": query })));
        }
        let job = json!({ "namespace": NAMESPACE, "name": format!("{}.{id}", self.manifest.name), "facets": about });
        let before = self.before(id);
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let read = self.datasets(&before, false);
        let inputs = read.iter().map(|(step, dataset)| self.input(step, dataset)).collect();
        let written = self.datasets(&[id], true);
        let outputs = written.iter().map(|(step, dataset)| self.output(step, dataset)).collect();
        event(kind, at, run, job, inputs, outputs)
    }

    /// A step and all that comes before it.
    fn before(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        while let Some(id) = open.pop() {
            let step = self.manifest.steps.iter().find(|step| step.id == id);
            open.extend(step.into_iter().flat_map(|step| step.needs.clone()));
            found.insert(id);
            open.retain(|id| !found.contains(id));
        }
        found
    }

    /// What these steps read, or write, by the step.
    fn datasets(&self, steps: &[&str], written: bool) -> BTreeMap<String, Dataset> {
        let of = |id: &&str| {
            let step = self.steps.get(*id).filter(|step| step.written == written && !(written && self.dry))?;
            Some(((*id).to_owned(), step.dataset.clone()?))
        };
        steps.iter().filter_map(of).collect()
    }

    fn input(&self, step: &str, dataset: &Dataset) -> Value {
        json!({ "namespace": dataset.namespace, "name": dataset.name, "facets": self.schema(step) })
    }

    fn output(&self, id: &str, dataset: &Dataset) -> Value {
        let mut facets = self.schema(id);
        if let Some(fields) = self.column_lineage(id) {
            facets.insert(
                "columnLineage".to_owned(),
                facet("1-2-0/ColumnLineageDatasetFacet", json!({ "fields": fields })),
            );
        }
        let mut out = json!({ "namespace": dataset.namespace, "name": dataset.name, "facets": facets });
        if let Some(output) = self.steps.get(id).and_then(|step| step.output.as_ref()) {
            let mut told = json!({ "rowCount": output.rows });
            if output.bytes > 0 {
                told["size"] = output.bytes.into();
            }
            out["outputFacets"] =
                json!({ "outputStatistics": facet("1-0-2/OutputStatisticsOutputDatasetFacet", told) });
        }
        out
    }

    fn schema(&self, id: &str) -> Map<String, Value> {
        let columns = self.steps.get(id).map(|step| step.columns.as_slice()).unwrap_or_default();
        if columns.is_empty() {
            return Map::new();
        }
        let field = |column: &Column| json!({ "name": column.name, "type": column.data_type });
        let fields: Vec<Value> = columns.iter().take(MOST_COLUMNS).map(field).collect();
        Map::from_iter([("schema".to_owned(), facet("1-1-1/SchemaDatasetFacet", json!({ "fields": fields })))])
    }

    /// Which columns of what is read the columns of what is written come from: known where rows are written as
    /// they were read.
    fn column_lineage(&self, id: &str) -> Option<Map<String, Value>> {
        let step = self.manifest.steps.iter().find(|step| step.id == id)?;
        let [need] = step.needs.as_slice() else { return None };
        let source = self.steps.get(need).filter(|source| !source.written)?;
        let from = source.dataset.as_ref()?;
        let names: BTreeSet<&str> = source.columns.iter().map(|column| column.name.as_str()).collect();
        let columns = self.steps.get(id)?.columns.iter().filter(|column| names.contains(column.name.as_str()));
        let field = |column: &Column| {
            let input = json!({
                "namespace": from.namespace,
                "name": from.name,
                "field": column.name,
                "transformations": [{ "type": "DIRECT", "subtype": "IDENTITY", "description": "", "masking": false }],
            });
            (column.name.clone(), json!({ "inputFields": [input] }))
        };
        let fields: Map<String, Value> = columns.take(MOST_COLUMNS).map(field).collect();
        (!fields.is_empty()).then_some(fields)
    }
}

fn event(kind: &str, at: &str, run: Value, job: Value, inputs: Vec<Value>, outputs: Vec<Value>) -> Value {
    json!({
        "eventType": kind,
        "eventTime": at,
        "run": run,
        "job": job,
        "inputs": inputs,
        "outputs": outputs,
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    })
}

fn job_type(kind: &str) -> Value {
    facet("2-0-3/JobTypeJobFacet", json!({ "processingType": "BATCH", "integration": "PIPESMITH", "jobType": kind }))
}

/// A facet: what it says, with who says it and by which rule; `of` is the version and the name of the rule.
fn facet(of: &str, mut says: Value) -> Value {
    let name = of.rsplit('/').next().unwrap_or(of);
    says["_producer"] = PRODUCER.into();
    says["_schemaURL"] = format!("{FACETS}/{of}.json#/$defs/{name}").into();
    says
}

/// The id of a run as a UUID: the same 128 bits.
fn uuid(run: &str) -> String {
    match Ulid::from_string(&run.to_uppercase()) {
        Ok(ulid) => hyphenated(ulid.to_bytes()),
        Err(_) => derived(run),
    }
}

/// A UUID (version 8) that a text leads to.
fn derived(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    hyphenated(bytes)
}

fn hyphenated(bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_say_the_same_each_time() {
        let run = super::super::super::new_run_id();
        assert_eq!(uuid(&run), uuid(&run));
        assert_eq!(uuid(&run).replace('-', "").len(), 32);
        assert_ne!(derived("a"), derived("b"));
        assert_eq!(&derived("a")[14..15], "8");
        assert_eq!(uuid("01ARZ3NDEKTSV4RRFFQ69G5FAV"), "01563e3a-b5d3-d676-4c61-efb99302bd5b");
    }
}
