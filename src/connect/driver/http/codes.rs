//! The codes of APIs that are read, for `pipesmith explain` and the reference.

use crate::diagnostic::Brief;

/// In the order of the codes.
pub const CODES: &[Brief] = &[
    Brief {
        summary: "A GraphQL server answered with errors.",
        why: "Rows could be missing, so none are taken.",
        fix: "Correct the query; the message has what the server says.",
        example: Some("query: '{ orders(first: 100) { nodes { id amount } pageInfo { endCursor hasNextPage } } }'"),
        ..Brief::error("graphql-errors")
    },
    Brief {
        summary: "A server is too busy, or does not work just now.",
        why: "It answered 408, 425, 429, 500, 502, 503 or 504, also when it was asked again.",
        fix: "Try again later; `max_retries` and `retry_delay` allow more tries.",
        example: Some("config: {url: https://api.example.com/orders, max_retries: 8, retry_delay: 2}"),
        ..Brief::passing("http-busy")
    },
    Brief {
        summary: "An API did not give a token for the client's credentials.",
        why: "Without it the requests would be refused.",
        fix: "Check the token address, the client's id and its secret.",
        ..Brief::error("http-login")
    },
    Brief {
        summary: "An API says that there is more, and not where.",
        why: "Without the next cursor or address rows would be missing.",
        fix: "Correct the path to it, or use the pagination that the API has.",
        example: Some("config: {url: https://api.example.com/orders, pagination: cursor, cursor_path: meta.next}"),
        ..Brief::error("http-no-cursor")
    },
    Brief {
        summary: "An API gave no rows, and nobody said which columns there are.",
        why: "The steps behind would have no columns.",
        fix: "Name them with `columns` or `dtype`; then no rows are no fault.",
        example: Some("config: {url: https://api.example.com/orders, columns: [id, amount]}"),
        ..Brief::error("http-no-rows")
    },
    Brief {
        summary: "The answer of an API is no JSON, or not in the form that was expected.",
        why: "A page for people is no answer of an API.",
        fix: "Check the address and `path`.",
        example: Some("config: {url: https://api.example.com/orders, data_path: items}"),
        ..Brief::error("http-not-json")
    },
    Brief {
        summary: "A server sends from one address to the next without end.",
        why: "Reading would never begin.",
        fix: "Use the address that it ends at.",
        example: Some("config: {url: https://api.example.com/orders, data_path: items}"),
        ..Brief::error("http-redirects")
    },
    Brief {
        summary: "An API gave the same page again.",
        why: "Reading would never end.",
        fix: "Check the pagination's options: the API takes no notice of one.",
        example: Some("config: {url: https://api.example.com/orders, pagination: offset, page_size: 100}"),
        ..Brief::error("http-same-page")
    },
    Brief {
        summary: "A server answered with a status that is no success.",
        why: "Status 401 and 403 are about who asks, 404 about the address.",
        fix: "Read what the server says in the message.",
        example: Some("config: {url: https://api.example.com/orders, data_path: items}"),
        ..Brief::error("http-status")
    },
    Brief {
        summary: "An answer is larger than allowed.",
        why: "An answer is held whole, so its size is bounded.",
        fix: "Ask for smaller pages with `page_size`, or raise `max_response_mb`.",
        example: Some("config: {url: https://api.example.com/orders, page_size: 100}"),
        ..Brief::error("http-too-large")
    },
    Brief {
        summary: "A server can't be reached.",
        why: "The name is unknown, nobody listens, the line is slow, or the certificate is not trusted.",
        fix: "Check the address from this host.",
        example: Some("curl -v https://api.example.com/orders"),
        ..Brief::passing("http-unreachable")
    },
];
