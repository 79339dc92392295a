//! OpenAPI 3.1 of every route, made from the table in `routes`.
//!
//! Describes addresses and answers; the forms' fields are described by each service's definition.

use crate::headers;
use crate::routes::{self, Audience, Route};
use axum::Json;
use serde_json::{Map, Value, json};

/// `GET /openapi.json`.
pub async fn dokument() -> Json<Value> {
    Json(bauen())
}

/// The document itself.
pub fn bauen() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes::alle() {
        let eintrag = paths.entry(route.path.replace("{*", "{")).or_insert_with(|| json!({}));
        if let Some(o) = eintrag.as_object_mut() {
            o.insert(route.method.to_owned(), operation(&route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Aktenkette",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Pages and open data of the town. Problems follow RFC 9457 when Accept names JSON.",
            "license": { "name": "EUPL-1.2", "identifier": "EUPL-1.2" },
        },
        "paths": paths,
        "components": {
            "securitySchemes": {
                "sitzung": { "type": "apiKey", "in": "cookie", "name": "__Host-akte-sitzung" },
                "fallcode": { "type": "apiKey", "in": "cookie", "name": "__Host-akte-vorgang" },
            },
            "schemas": { "Problem": problem() },
            "responses": { "Problem": {
                "description": "RFC 9457 problem, or a page in German.",
                "content": {
                    "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } },
                    "text/html": { "schema": { "type": "string" } },
                },
            } },
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut op = json!({
        "operationId": format!("{}_{}", route.method, route.name.replace("::", "_")),
        "summary": route.about,
        "tags": [format!("{:?}", route.audience)],
        "responses": antworten(route),
    });
    let parameter: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|t| t.strip_prefix('{')?.strip_suffix('}'))
        .map(|n| json!({ "name": n.trim_start_matches('*'), "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    if !parameter.is_empty() {
        op["parameters"] = parameter.into();
    }
    match route.audience {
        Audience::Amt | Audience::Revision if !route.path.starts_with("/anmelden") => {
            op["security"] = json!([{ "sitzung": [] }])
        }
        Audience::Status => op["security"] = json!([{ "fallcode": [] }, {}]),
        _ => {}
    }
    if route.method == "post" {
        let art = if route.name.ends_with("::hochladen") {
            "multipart/form-data"
        } else {
            "application/x-www-form-urlencoded"
        };
        op["requestBody"] = json!({ "required": true, "content": { art: { "schema": {
            "type": "object",
            "required": [crate::csrf::FELD],
            "properties": { crate::csrf::FELD: { "type": "string", "description": "form token of the page" } },
        } } } });
    }
    op
}

fn antworten(route: &Route) -> Value {
    let art = match route.path {
        "/openapi.json" => "application/json",
        "/healthz" | "/readyz" | "/log/checkpoint" | "/log/policy" => "text/plain",
        "/amt/post/stapel" => "application/zip",
        p if p.starts_with("/assets/") || p.starts_with("/log/tile/") => "application/octet-stream",
        _ => "text/html",
    };
    let kopf = json!({ "Content-Security-Policy": { "schema": { "type": "string", "const": headers::CSP } } });
    let ok =
        json!({ "description": "The page.", "headers": kopf, "content": { art: { "schema": { "type": "string" } } } });
    let problem = json!({ "$ref": "#/components/responses/Problem" });
    let mut a = json!({ "200": ok, "404": problem, "429": problem, "500": problem, "503": problem });
    if route.method == "post" {
        a["303"] = json!({ "description": "Done; see Location." });
        for s in ["403", "409", "412", "413", "415", "422", "507"] {
            a[s] = problem.clone();
        }
    }
    if matches!(route.audience, Audience::Amt | Audience::Revision) {
        a["401"] = problem.clone();
        a["403"] = problem;
    }
    a
}

fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": { "type": "string" }, "title": { "type": "string" },
            "status": { "type": "integer" }, "detail": { "type": "string" },
            "findings": { "type": ["array", "null"], "items": { "type": "object", "properties": {
                "feld": { "type": "string" }, "label": { "type": "string" }, "text": { "type": "string" },
            } } },
        },
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_route_is_documented() {
        let doc = super::bauen();
        let routes = crate::routes::alle();
        assert!(routes.len() > 5);
        for r in routes {
            let op = &doc["paths"][r.path.replace("{*", "{")][r.method];
            assert_eq!(op["summary"], r.about, "{} {}", r.method, r.path);
        }
    }

    #[test]
    fn operation_ids_are_unique() {
        let mut ids: Vec<_> = crate::routes::alle().iter().map(|r| (r.method, r.name)).collect();
        let n = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), n);
    }
}
