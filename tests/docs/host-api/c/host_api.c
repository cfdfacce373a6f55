/// The interface `host-api`.

#include "contract.h"

// ANCHOR: log
static void example_log(void) {
    HOST_API(log)(TEXT("info"), TEXT("a slug was missing"));
}
// ANCHOR_END: log

// ANCHOR: get-config
static void example_get_config(void) {
    int limit = 2;
    string value = {0};
    if (HOST_API(get_config)(TEXT("max_links"), &value)) {
        char digits[12];
        snprintf(digits, sizeof digits, "%.*s", SHOWN(value));
        limit = atoi(digits);
        plugin_world_string_free(&value);
    }
    string title = {0};
    if (HOST_API(get_config)(TEXT("site.title"), &title)) {
        log_format("info", "%.*s: at most %d links", SHOWN(title), limit);
        plugin_world_string_free(&title);
    }
}
// ANCHOR_END: get-config

// ANCHOR: http-get
static void example_http_get(void) {
    string body = {0};
    if (HOST_API(http_get)(TEXT("https://api.example.com/v1/status"), &body)) {
        HOST_API(log)(TEXT("debug"), &body);
        plugin_world_string_free(&body);
    }
}
// ANCHOR_END: http-get

// ANCHOR: http-post
static void example_http_post(void) {
    string *message = TEXT("{\"text\":\"a new post\"}");
    string body = {0};
    if (HOST_API(http_post)(TEXT("https://hooks.example.com/raisfast"), message, &body))
        plugin_world_string_free(&body);
    else
        HOST_API(log)(TEXT("warn"), TEXT("nobody was told"));
}
// ANCHOR_END: http-post

// ANCHOR: get-data
static void example_get_data(void) {
    long visits = 0;
    string value = {0};
    if (HOST_API(get_data)(TEXT("visits"), &value)) {
        char digits[21];
        snprintf(digits, sizeof digits, "%.*s", SHOWN(value));
        visits = atol(digits);
        plugin_world_string_free(&value);
    }
    log_format("info", "%ld visits", visits);
}
// ANCHOR_END: get-data

// ANCHOR: set-data
static void example_set_data(void) {
    if (!HOST_API(set_data)(TEXT("last-run"), TEXT("2026-03-02T05:30:00Z")))
        HOST_API(log)(TEXT("warn"), TEXT("the time of this run was not kept"));
}
// ANCHOR_END: set-data

// ANCHOR: get-post
static void example_get_post(void) {
    string post = {0}; // JSON, for which C has no parser of its own
    if (HOST_API(get_post)(TEXT("hello-world"), &post)) {
        HOST_API(log)(TEXT("info"), &post);
        plugin_world_string_free(&post);
    }
}
// ANCHOR_END: get-post

// ANCHOR: db-query
static void example_db_query(void) {
    string *sql = TEXT("SELECT title, slug FROM posts WHERE status = ? "
                       "ORDER BY published_at DESC LIMIT 10");
    string rows;
    HOST_API(db_query)(sql, TEXT("[\"published\"]"), &rows);
    // An array is the rows, an object an error.
    bool worked = rows.len > 0 && rows.ptr[0] == '[';
    HOST_API(log)(TEXT(worked ? "info" : "error"), &rows);
    plugin_world_string_free(&rows);
}
// ANCHOR_END: db-query

// ANCHOR: db-execute
static void example_db_execute(void) {
    string answer;
    HOST_API(db_execute)(TEXT("UPDATE posts SET excerpt = ? WHERE slug = ?"),
                         TEXT("[\"In short\", \"hello-world\"]"), &answer);
    HOST_API(log)(TEXT("debug"), &answer);
    plugin_world_string_free(&answer);
}
// ANCHOR_END: db-execute

// ANCHOR: db-begin
static void example_db_begin(void) {
    string answer;
    HOST_API(db_begin)(&answer);
    plugin_world_string_free(&answer);

    string moved;
    HOST_API(db_execute)(TEXT("UPDATE posts SET category_id = ? WHERE category_id = ?"),
                         TEXT("[\"news\", \"blog\"]"), &moved);
    if (has(moved, "rows_affected"))
        HOST_API(db_commit)(&answer);
    else
        HOST_API(db_rollback)(&answer);
    plugin_world_string_free(&moved);
    plugin_world_string_free(&answer);
}
// ANCHOR_END: db-begin

// ANCHOR: db-commit
static void example_db_commit(void) {
    string answer;
    HOST_API(db_commit)(&answer);
    if (has(answer, "\"error\"")) HOST_API(log)(TEXT("error"), &answer);
    plugin_world_string_free(&answer);
}
// ANCHOR_END: db-commit

// ANCHOR: db-rollback
static void example_db_rollback(void) {
    string answer;
    HOST_API(db_rollback)(&answer);
    plugin_world_string_free(&answer);
}
// ANCHOR_END: db-rollback

// ANCHOR: vfs-read
static void example_vfs_read(void) {
    string cached = {0};
    if (HOST_API(vfs_read)(TEXT("cache/posts/hello-world.json"), &cached)) {
        HOST_API(log)(TEXT("debug"), &cached);
        plugin_world_string_free(&cached);
    }
}
// ANCHOR_END: vfs-read

// ANCHOR: vfs-write
static void example_vfs_write(void) {
    if (!HOST_API(vfs_write)(TEXT("digests/2026-03-02.md"), TEXT("# Monday\n")))
        HOST_API(log)(TEXT("warn"), TEXT("the digest was not kept"));
}
// ANCHOR_END: vfs-write

// ANCHOR: vfs-delete
static void example_vfs_delete(void) {
    HOST_API(vfs_delete)(TEXT("digests/2026-03-02.md"));
}
// ANCHOR_END: vfs-delete

// ANCHOR: vfs-exists
static void example_vfs_exists(void) {
    if (!HOST_API(vfs_exists)(TEXT("digests")))
        HOST_API(log)(TEXT("info"), TEXT("this is the first digest"));
}
// ANCHOR_END: vfs-exists

// ANCHOR: vfs-list
static void example_vfs_list(void) {
    string names = {0};
    if (HOST_API(vfs_list)(TEXT("digests"), &names)) {
        HOST_API(log)(TEXT("info"), &names);
        plugin_world_string_free(&names);
    }
}
// ANCHOR_END: vfs-list

// ANCHOR: vfs-stat
static void example_vfs_stat(void) {
    string stat = {0};
    if (!HOST_API(vfs_stat)(TEXT("digests/2026-03-02.md"), &stat)) return;
    // The size is the first of its fields.
    char json[128];
    unsigned long long size;
    snprintf(json, sizeof json, "%.*s", SHOWN(stat));
    if (sscanf(json, "{\"size\":%llu", &size) == 1) log_format("info", "%llu bytes", size);
    plugin_world_string_free(&stat);
}
// ANCHOR_END: vfs-stat

// ANCHOR: emit-event
static void example_emit_event(void) {
    string answer;
    HOST_API(emit_event)(TEXT("spam-removed"), TEXT("{\"removed\":3}"), &answer);
    plugin_world_string_free(&answer);
}
// ANCHOR_END: emit-event

const example host_api_examples[] = {
    {"log", example_log},
    {"get-config", example_get_config},
    {"http-get", example_http_get},
    {"http-post", example_http_post},
    {"get-data", example_get_data},
    {"set-data", example_set_data},
    {"get-post", example_get_post},
    {"db-query", example_db_query},
    {"db-execute", example_db_execute},
    {"db-begin", example_db_begin},
    {"db-commit", example_db_commit},
    {"db-rollback", example_db_rollback},
    {"vfs-read", example_vfs_read},
    {"vfs-write", example_vfs_write},
    {"vfs-delete", example_vfs_delete},
    {"vfs-exists", example_vfs_exists},
    {"vfs-list", example_vfs_list},
    {"vfs-stat", example_vfs_stat},
    {"emit-event", example_emit_event},
    {0},
};
