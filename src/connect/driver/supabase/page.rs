//! A page of rows in the CSV of PostgREST: rows as PostgreSQL writes records, where NULL is nothing, the
//! empty text has quotes, and inside of quotes both quotes and backslashes are doubled.

/// The values of a row.
pub(super) type Row = Vec<Option<String>>;

/// The names of the columns, and the rows. `None` where the text is of another form.
pub(super) fn parse(text: &str) -> Option<(Vec<String>, Vec<Row>)> {
    let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
    let head = head.trim_end_matches('\r');
    if head.is_empty() && rest.is_empty() {
        return Some((Vec::new(), Vec::new()));
    }
    let names: Vec<String> = head.split(',').map(|name| name.trim_matches('"').to_owned()).collect();
    let mut rows = Vec::new();
    let mut at = 0;
    while at < rest.len() {
        let mut row = Vec::with_capacity(names.len());
        loop {
            let (value, next) = field(rest, at)?;
            row.push(value);
            at = next;
            match rest.as_bytes().get(at) {
                Some(b',') => at += 1,
                Some(b'\n') => {
                    at += 1;
                    break;
                }
                Some(b'\r') => {
                    at += if rest.as_bytes().get(at + 1) == Some(&b'\n') { 2 } else { 1 };
                    break;
                }
                None => break,
                Some(_) => return None,
            }
        }
        if row.len() != names.len() {
            return None;
        }
        rows.push(row);
    }
    // A last row of one column that is NULL is an empty line, and has no text of its own.
    if names.len() == 1 && text.ends_with('\n') && !rest.is_empty() {
        rows.push(vec![None]);
    }
    Some((names, rows))
}

/// A field and where it ends.
fn field(text: &str, start: usize) -> Option<(Option<String>, usize)> {
    let bytes = text.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        let length = memchr::memchr3(b',', b'\n', b'\r', &bytes[start..]).unwrap_or(bytes.len() - start);
        let value = text.get(start..start + length)?;
        return Some(((!value.is_empty()).then(|| value.to_owned()), start + length));
    }
    let mut value = String::new();
    let mut at = start + 1;
    loop {
        let length = memchr::memchr2(b'"', b'\\', &bytes[at..])?;
        value.push_str(text.get(at..at + length)?);
        at += length;
        if bytes.get(at + 1) == Some(&bytes[at]) {
            value.push(char::from(bytes[at]));
            at += 2;
        } else if bytes[at] == b'"' {
            return Some((Some(value), at + 1));
        } else {
            value.push('\\');
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_with_null_and_the_empty_text_apart() {
        let (names, rows) = parse("id,v\n1,\"\"\n2,\n3,\"a \"\"b\"\" \\\\ c\nd,e\"\n4,ž").unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(names, ["id", "v"]);
        assert_eq!(
            rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>(),
            [text(""), None, text("a \"b\" \\ c\nd,e"), text("ž")]
        );
        assert_eq!(parse(""), Some((vec![], vec![])));
        assert_eq!(parse("id,v\n").unwrap().1.len(), 0);
        assert!(parse("id,v\n1\n").is_none() && parse("id\n\"x").is_none());
    }
}
