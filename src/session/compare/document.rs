//! What is different between two pipeline documents: by the way to each value, steps by their id.

use serde_json::{Map, Value};

use crate::diagnostic::LineIndex;
use crate::pipeline::compile::{self, Change};
use crate::yaml;

/// The way that stands for a text that is no YAML.
const TEXT: &str = "(text)";

/// What is different; comments and the order of keys are nothing that is.
pub(super) fn changes(before: Option<&str>, after: Option<&str>) -> Vec<Change> {
    if before == after {
        return Vec::new();
    }
    let read = |text: Option<&str>| text.map(|text| value(text).unwrap_or_else(|| whole(text)));
    compile::changes(read(before).as_ref(), read(after).as_ref())
}

fn whole(text: &str) -> Value {
    Value::Object(Map::from_iter([(TEXT.to_owned(), Value::from(text))]))
}

/// A document as a value, its steps by their ids. `None` where it can't be read to its end.
fn value(text: &str) -> Option<Value> {
    let tree = yaml::load(&LineIndex::new(text));
    let mut value = tree.root.filter(|_| tree.complete)?.to_json();
    let map = value.as_object_mut()?;
    if let Some(Value::Array(steps)) = map.get("steps") {
        let mut by_id = Map::new();
        for step in steps {
            let mut step = step.clone();
            let id = step.as_object_mut()?.shift_remove("id")?.as_str()?.to_owned();
            // Two steps of one name can't be told apart by it.
            if by_id.insert(id, step).is_some() {
                return None;
            }
        }
        map.insert("steps".to_owned(), Value::Object(by_id));
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(before: Option<&str>, after: Option<&str>) -> Vec<String> {
        changes(before, after).into_iter().map(|c| c.path).collect()
    }

    #[test]
    fn steps_are_compared_by_their_ids_and_order_is_nothing() {
        let one = "name: x\nsteps:\n  - id: a\n    config: {x: 1, y: 2}\n  - id: b\n";
        let two = "# so\nname: x\nsteps:\n  - id: b\n  - id: a\n    config: {y: 2, x: 1}\n";
        assert!(ways(Some(one), Some(two)).is_empty());
        assert_eq!(ways(Some(one), Some(&two.replace("x: 1", "x: 3"))), ["steps.a.config.x"]);
        assert_eq!(ways(None, Some("name: x\n")), ["name"]);
        assert_eq!(ways(Some("a: [\n"), Some("b: [\n")), [TEXT]);
        assert!(!ways(Some(one), Some("steps: [{id: a}, {id: a}]")).is_empty());
    }
}
