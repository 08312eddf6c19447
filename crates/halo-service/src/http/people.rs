//! The directory: other people, each as far as this person may see them (G16).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use protocol::service::{PersonView, Writing};
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::asking::{Asking, Behind, IdempotencyKey, Named};
use super::fault::{Fault, Faults};
use super::me::record;

/// The longest search, in characters.
const LONGEST_SEARCH: usize = 100;

/// Whom to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// A part of their names.
    #[serde(default)]
    #[param(max_length = 100)]
    search: String,
}

/// People whom this person may see, favourites first
#[utoipa::path(get, path = "/v1/people", tag = "people", params(Search),
    responses((status = 200, description = "Those who were found", body = Vec<PersonView>), Faults))]
pub async fn people(
    State(app): State<App>,
    Asking(bearer): Asking,
    Behind(Search { search }): Behind<Search>,
) -> Result<Json<Vec<PersonView>>, Fault> {
    if search.chars().count() > LONGEST_SEARCH {
        return Err(Fault::not_askable(format!("a search has at most {LONGEST_SEARCH} characters")));
    }
    let people =
        app.ask(bearer.seat.person, move |writer, now| writer.engine.people(bearer.seat.person, &search, now.wall));
    Ok(Json(people.await?))
}

/// One of them
#[utoipa::path(get, path = "/v1/people/{name}", tag = "people", params(("name" = String, Path, description = "Their name")),
    responses((status = 200, description = "The person", body = PersonView), Faults))]
pub async fn person(
    State(app): State<App>,
    Asking(bearer): Asking,
    Named(name): Named,
) -> Result<Json<PersonView>, Fault> {
    let person = app.ask(bearer.seat.person, move |writer, now| {
        let seen = writer.engine.person_seen_by(bearer.seat.person, &name, now.wall);
        let nobody = || Fault::not_found(format!("no one is named “{name}”, or you can't see them"));
        seen.map(|(_, view)| view).ok_or_else(nobody)
    });
    person.await?.map(Json)
}

/// Keep somebody among the favourites
#[utoipa::path(put, path = "/v1/people/{name}/favourite", tag = "people", params(("name" = String, Path, description = "Their name")),
    responses((status = 204, description = "Kept"), Faults))]
pub async fn favour(state: State<App>, asking: Asking, name: Named) -> Result<StatusCode, Fault> {
    follow(state, asking, |person| Writing::Favourite { person, on: true }, name).await
}

/// No longer
#[utoipa::path(delete, path = "/v1/people/{name}/favourite", tag = "people", params(("name" = String, Path, description = "Their name")),
    responses((status = 204, description = "No longer"), Faults))]
pub async fn unfavour(state: State<App>, asking: Asking, name: Named) -> Result<StatusCode, Fault> {
    follow(state, asking, |person| Writing::Favourite { person, on: false }, name).await
}

/// Be told once, when somebody is free
#[utoipa::path(put, path = "/v1/people/{name}/tell-when-free", tag = "people", params(("name" = String, Path, description = "Their name")),
    responses((status = 204, description = "Awaited"), Faults))]
pub async fn await_free(state: State<App>, asking: Asking, name: Named) -> Result<StatusCode, Fault> {
    follow(state, asking, |person| Writing::TellWhenFree { person, on: true }, name).await
}

/// No longer
#[utoipa::path(delete, path = "/v1/people/{name}/tell-when-free", tag = "people", params(("name" = String, Path, description = "Their name")),
    responses((status = 204, description = "No longer"), Faults))]
pub async fn forget_free(state: State<App>, asking: Asking, name: Named) -> Result<StatusCode, Fault> {
    follow(state, asking, |person| Writing::TellWhenFree { person, on: false }, name).await
}

async fn follow(
    State(app): State<App>,
    Asking(bearer): Asking,
    what: impl FnOnce(String) -> Writing,
    Named(name): Named,
) -> Result<StatusCode, Fault> {
    record(app, bearer.seat, IdempotencyKey(None), what(name)).await?;
    Ok(StatusCode::NO_CONTENT)
}
