//! HTTP APIs that hand out JSON: REST and GraphQL.
//!
//! Owns: asking page by page, logging in, waiting and trying again, what an answer may cost, rows of pages.
//! Does not own: JSON and its types (`json`), what a connection is (`connect`), whether a server is well
//! (`connect::health`).
//!
//! What a server says is hostile: an answer has a size and a depth that it can't go beyond, a redirect or a
//! next page at another origin is asked without credentials, and an API that hands out one page for ever is
//! noticed.

mod auth;
mod client;
pub mod codes;
mod graphql;
mod link;
mod options;
mod page;
mod rest;
mod rows;
mod wrong;

use super::part::Driver;

/// The drivers of HTTP APIs.
pub const DRIVERS: &[Driver] = &[
    Driver { component: "rest.extractor", mode: "read", open: rest::open },
    Driver { component: "graphql.extractor", mode: "read", open: graphql::open },
];
