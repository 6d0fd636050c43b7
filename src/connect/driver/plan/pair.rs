//! Which column goes to which: by name, exactly; where there is none, without regard to case, as long as
//! that leads to one column only.

use std::collections::HashSet;

use arrow::datatypes::{Field, Schema};

use super::{Cast, ColumnPlan, PlannedColumn, SchemaChange};

/// A column of the target as it is.
#[derive(Clone, Debug)]
pub struct TargetColumn<T> {
    /// Its name.
    pub name: String,
    /// Its type, for the driver.
    pub kind: T,
    /// Its type as the system calls it.
    pub shown: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// Whether it has a value where none is given: a default, an identity, a computed value.
    pub filled: bool,
    /// Whether values can be given: false of computed columns.
    pub writable: bool,
}

/// A plan and, beside each of its columns, the type for the driver.
#[derive(Clone, Debug)]
pub struct Pairing<T> {
    /// The plan.
    pub plan: ColumnPlan,
    /// For each column of the plan its type.
    pub kinds: Vec<T>,
}

/// Pairs the columns that come in with those of the target. `judge` says what becomes of values, `invent`
/// gives a new column its type, or says why there is none (with `change` = add columns).
pub fn pair<T: Clone>(
    target: &str,
    schema: &Schema,
    columns: &[TargetColumn<T>],
    change: SchemaChange,
    judge: impl Fn(&Field, &T) -> Cast,
    invent: impl Fn(&Field) -> Result<(T, String), String>,
) -> Pairing<T> {
    let mut plan = ColumnPlan { target: target.to_owned(), ..ColumnPlan::default() };
    let mut kinds = Vec::new();
    let mut taken = HashSet::new();
    let mut obstacle = |what: String, fix: &str| plan.obstacles.push((what, fix.to_owned()));
    for (input, field) in schema.fields().iter().enumerate() {
        let found = find(field.name(), schema, columns);
        let (to, kind, target_type, cast, added) = match found {
            Some(at) => {
                let column = &columns[at];
                if !taken.insert(at) {
                    obstacle(format!("`{}` comes in twice", column.name), "name each column once");
                    continue;
                }
                let cast = if column.writable {
                    judge(field, &column.kind)
                } else {
                    Cast::refused("the target computes this column itself", "leave the column out before this step")
                };
                (column.name.clone(), column.kind.clone(), column.shown.clone(), cast, false)
            }
            None => match change {
                SchemaChange::Ignore => {
                    plan.ignored.push(field.name().clone());
                    continue;
                }
                SchemaChange::Fail => {
                    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                    let near = crate::diagnostic::did_you_mean(field.name(), names);
                    let near = near.map(|near| format!(" (it has `{near}`)")).unwrap_or_default();
                    obstacle(
                        format!("the target has no column `{}`{near}", field.name()),
                        "name the column as the target does, or set `on_schema_change` to add_columns or ignore",
                    );
                    continue;
                }
                SchemaChange::AddColumns => match invent(field) {
                    Ok((kind, shown)) => (field.name().clone(), kind, shown, Cast::Lossless, true),
                    Err(why) => {
                        let what =
                            format!("no column can be made for `{}` ({}): {why}", field.name(), field.data_type());
                        obstacle(what, "turn it into another type in a SQL step before");
                        continue;
                    }
                },
            },
        };
        let (from, engine_type) = (field.name().clone(), field.data_type().clone());
        plan.columns.push(PlannedColumn { input, from, engine_type, to, target_type, cast, added });
        kinds.push(kind);
    }
    for (at, column) in columns.iter().enumerate() {
        if !taken.contains(&at) && !column.nullable && !column.filled {
            plan.obstacles.push((
                format!("the target's column `{}` ({}) needs a value and none comes in", column.name, column.shown),
                format!("add the column `{}` before this step, or give it a default in the target", column.name),
            ));
        }
    }
    if plan.columns.is_empty() && plan.obstacles.is_empty() {
        plan.obstacles.push(("no column of the target comes in".to_owned(), "name the columns alike".to_owned()));
    }
    Pairing { plan, kinds }
}

/// The target's column of a name.
fn find<T>(name: &str, schema: &Schema, columns: &[TargetColumn<T>]) -> Option<usize> {
    if let Some(exact) = columns.iter().position(|column| column.name == name) {
        return Some(exact);
    }
    let folded = name.to_lowercase();
    let mut alike = columns.iter().enumerate().filter(|(_, column)| column.name.to_lowercase() == folded);
    let (at, column) = alike.next()?;
    let only = alike.next().is_none();
    // Another column that comes in may be the one that is meant.
    let claimed = schema.fields().iter().any(|other| *other.name() == column.name);
    (only && !claimed).then_some(at)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::DataType;

    use super::*;

    fn target(name: &str, nullable: bool) -> TargetColumn<u8> {
        let (kind, shown) = (0, "text".to_owned());
        TargetColumn { name: name.to_owned(), kind, shown, nullable, filled: false, writable: true }
    }

    fn paired(names: &[&str], columns: &[TargetColumn<u8>], change: SchemaChange) -> ColumnPlan {
        let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
        let invent = |field: &Field| if field.name() == "odd" { Err("odd".into()) } else { Ok((1, "new".to_owned())) };
        pair("t", &Schema::new(fields), columns, change, |_, _| Cast::Lossless, invent).plan
    }

    fn ways(plan: &ColumnPlan) -> Vec<String> {
        plan.columns.iter().map(|c| format!("{}>{}{}", c.from, c.to, if c.added { "+" } else { "" })).collect()
    }

    #[test]
    fn columns_are_paired_by_name_then_without_regard_to_case() {
        let columns = [target("id", false), target("Name", true)];
        let plan = paired(&["name", "ID"], &columns, SchemaChange::Fail);
        assert_eq!(ways(&plan), ["name>Name", "ID>id"]);
        assert!(plan.check().is_ok());
        // `Name` is there itself; `name` does not take its place.
        let plan = paired(&["name", "Name", "id"], &columns, SchemaChange::Ignore);
        assert_eq!(
            (ways(&plan), plan.ignored),
            (vec!["Name>Name".to_owned(), "id>id".to_owned()], vec!["name".to_owned()])
        );
        let plan = paired(&["a", "A"], &[target("a", true), target("A", true)], SchemaChange::Fail);
        assert_eq!(ways(&plan), ["a>a", "A>A"]);
    }

    #[test]
    fn what_is_missing_on_either_side_is_said() {
        let columns = [target("id", false), target("name", true)];
        let told = paired(&["nmae"], &columns, SchemaChange::Fail).check().unwrap_err();
        let why = told.why.unwrap();
        assert!(why.contains("no column `nmae` (it has `name`)"), "{why}");
        assert!(why.contains("column `id` (text) needs a value"), "{why}");
        assert!(paired(&["x", "id"], &columns, SchemaChange::Ignore).check().is_ok());
        let plan = paired(&["x", "id"], &columns, SchemaChange::AddColumns);
        assert_eq!(ways(&plan), ["x>x+", "id>id"]);
        assert!(paired(&["odd", "id"], &columns, SchemaChange::AddColumns).check().is_err());
    }
}
