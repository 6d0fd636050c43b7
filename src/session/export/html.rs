//! A session as one page for a browser: nothing is loaded from elsewhere, nothing is a script, and every
//! text of the session is escaped.

use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, Event as Part, Parser, Tag, TagEnd};

use super::markdown::{clean, line};
use super::story::{Piece, story, when};
use crate::session::event::Event;

const STYLE: &str = "\
:root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--dim:#656d76;--box:#f4f6f8;--line:#d0d7de;--add:#116329;--del:#a40e26}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;--dim:#8d96a0;--box:#161b22;--line:#30363d;--add:#56d364;--del:#ff7b72}}
body{font:16px/1.55 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1rem;color:var(--dim);border-top:1px solid var(--line);padding-top:1rem;margin-top:2rem}
.about,.caption{color:var(--dim);font-size:.875rem}
.said{border-left:3px solid var(--line);padding-left:1rem;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:var(--box);padding:.75rem;overflow-x:auto;font:13px/1.45 ui-monospace,monospace}
code{font:0.9em ui-monospace,monospace}ins{color:var(--add);text-decoration:none}del{color:var(--del);text-decoration:none}
";

/// Writes a session as a page.
pub fn html(events: &[Event]) -> String {
    let told = story(events);
    let state = &told.state;
    let title = if state.title.is_empty() { "A session" } else { &state.title };
    let title = escaped(&line(title));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    let model = state.model.as_ref().map_or("", |m| m.name.as_str());
    let about = format!(
        "Session {} in {}, {}; model {model}, {} tokens in, {} out",
        state.session,
        state.workspace,
        when(state.started_ms),
        state.usage.input,
        state.usage.output
    );
    let _ = writeln!(out, "<p class=\"about\">{}</p>", escaped(&line(&about)));
    for piece in &told.pieces {
        write(&mut out, piece);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write(out: &mut String, piece: &Piece) {
    let _ = match piece {
        Piece::Turn { number, wall_ms } => {
            writeln!(out, "<h2 id=\"turn-{number}\">Turn {number} · {}</h2>", when(*wall_ms))
        }
        Piece::Said(text) => writeln!(out, "<div class=\"said\">{}</div>", escaped(&clean(text))),
        Piece::Answer { model, text, about } => {
            let _ = writeln!(out, "<p class=\"caption\">{} · {}</p>", escaped(&line(model)), escaped(&line(about)));
            answer(out, &clean(text));
            writeln!(out)
        }
        Piece::Code { caption, language, text } => {
            let _ = writeln!(out, "<p class=\"caption\">{}</p>", escaped(&line(caption)));
            let text = clean(text);
            let shown = if *language == "diff" { diff(&text) } else { escaped(&text) };
            writeln!(out, "<pre>{shown}</pre>")
        }
        Piece::List { caption, items } => {
            let _ = writeln!(out, "<p class=\"caption\">{}</p>\n<ul>", escaped(&line(caption)));
            for item in items {
                let _ = writeln!(out, "<li>{}</li>", escaped(&line(item)));
            }
            writeln!(out, "</ul>")
        }
        Piece::Line(text) => writeln!(out, "<p>{}</p>", escaped(&line(text))),
    };
}

fn diff(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let shown = escaped(line);
        match line.as_bytes().first() {
            Some(b'+') => format!("<ins>{shown}</ins>\n"),
            Some(b'-') => format!("<del>{shown}</del>\n"),
            _ => format!("{shown}\n"),
        }
    });
    lines.collect()
}

/// An answer's Markdown. Links and pictures are only their words: where they lead was chosen by a model.
fn answer(out: &mut String, text: &str) {
    for part in Parser::new(text) {
        match part {
            Part::Text(text) | Part::Html(text) | Part::InlineHtml(text) => out.push_str(&escaped(&text)),
            Part::Code(text) => out.push_str(&format!("<code>{}</code>", escaped(&text))),
            Part::SoftBreak => out.push('\n'),
            Part::HardBreak => out.push_str("<br>"),
            Part::Rule => out.push_str("<hr>"),
            Part::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => out.push_str("<pre>"),
            Part::End(TagEnd::CodeBlock) => out.push_str("</pre>\n"),
            Part::Start(tag) => {
                if let Some(name) = element(&tag.to_end()) {
                    out.push_str(&format!("<{name}>"));
                }
            }
            Part::End(tag) => {
                if let Some(name) = element(&tag) {
                    out.push_str(&format!("</{name}>\n"));
                }
            }
            _ => {}
        }
    }
}

fn element(tag: &TagEnd) -> Option<&'static str> {
    Some(match tag {
        TagEnd::Paragraph => "p",
        TagEnd::Heading(_) => "h3",
        TagEnd::BlockQuote(_) => "blockquote",
        TagEnd::List(true) => "ol",
        TagEnd::List(false) => "ul",
        TagEnd::Item => "li",
        TagEnd::Emphasis => "em",
        TagEnd::Strong => "strong",
        _ => return None,
    })
}

/// Text as it may stand anywhere in a page.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::session::generated;
    use crate::tui::scenes;

    /// The elements of a page, by name.
    fn elements(page: &str) -> std::collections::BTreeSet<String> {
        let names = page.split('<').skip(1).filter_map(|rest| rest.split([' ', '>', '\n']).next());
        names.map(|name| name.trim_start_matches('/').to_owned()).collect()
    }

    #[test]
    fn a_session_is_a_page() {
        let page = html(&scenes::whole_session());
        assert!(page.contains("<strong>orders.csv</strong>") && page.contains("<li>one row a customer</li>"), "{page}");
        assert!(page.contains("<ins>") || page.contains("yaml"));
    }

    #[test]
    fn nothing_of_a_session_is_more_than_text() {
        let hostile = "<script>alert(1)</script> <img src=x onerror=y> [a](javascript:b) ![p](http://x/y.png) \u{1b}[2J <a href='z'>";
        let mut s = scenes::Script::opened();
        s.said(hostile)
            .requested(1, crate::agent::Purpose::Answer)
            .delta(hostile)
            .delta(&format!("\n\n{hostile}\n\n```\n{hostile}\n```\n"))
            .finished(1);
        s.push(crate::session::Fact::Edited {
            file: hostile.into(),
            before: "a\n".into(),
            text: hostile.into(),
            diagnostics: vec![],
        });
        let page = html(&s.events);
        let known = [
            "!doctype",
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "h2",
            "h3",
            "p",
            "div",
            "pre",
            "ul",
            "ol",
            "li",
            "ins",
            "del",
            "code",
            "em",
            "strong",
            "blockquote",
            "br",
            "hr",
        ];
        for name in elements(&page) {
            assert!(known.contains(&name.as_str()), "<{name}> in {page}");
        }
        assert!(!page.contains('\u{1b}'));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_session_is_told_without_panic(events in generated::session(60)) {
            let page = html(&events);
            prop_assert!(!page.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            prop_assert!(super::super::markdown(&events).starts_with("# "));
        }
    }
}
