//! Keeps the published posts in the index of a search engine, here Meilisearch.

use raisfast_plugin::*;

use exports::raisfast::plugin_wit::plugin_hooks::*;

/// Returns the address of the index's documents.
fn documents() -> String {
    host_api::get_config("documents_url").unwrap_or_default()
}

/// Sends a request. A panic makes the server deliver the change again later.
fn send(request: http::Request) {
    let key = host_api::get_config("api_key").unwrap_or_default();
    let request = request
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json");
    match request.send() {
        Ok(answer) if answer.is_success() => {}
        Ok(answer) => panic!("the search engine answered {}", answer.status()),
        Err(error) => panic!("{}", error.message()),
    }
}

/// Removes a post from the index; one that is not there is no error.
fn remove(id: &str) {
    send(http::delete(format!("{}/{id}", documents())));
}

/// Adds a published post, or replaces it; any other is removed.
fn store(post: &PostOutput) {
    if post.status != "published" {
        return remove(&post.id);
    }
    let document = serde_json::json!([{
        "content": post.content, "id": post.id, "slug": post.slug, "title": post.title,
    }]);
    send(http::post(documents()).body(document.to_string()));
}

struct Plugin;

impl Guest for Plugin {
    fn on_post_created(post: PostOutput) {
        store(&post);
    }

    fn on_post_updated(post: PostOutput) {
        store(&post);
    }

    fn on_post_deleted(id: String) {
        remove(&id);
    }
}

export_plugin_hooks!(Plugin);
