/// The conformance plugin, `tests/conformance/SPECIFICATION.md`, in C: its hooks.
///
/// A hook owns what it is given: it frees that, or moves it into its answer.

#include "calls.h"
#include "contract.h"
#include "text.h"

#include <string.h>

// Filters: an answer of `false` keeps the value.

static bool is_none(string value) {
    return string_is(value, "none");
}

/// Puts the hook's name before a text.
static void mark(const char *hook, string *value) {
    text marked = {0};
    text_add_c(&marked, hook);
    text_add_c(&marked, ": ");
    text_add(&marked, *value);
    plugin_world_string_free(value);
    *value = text_take(&marked);
}

static void reverse(string_list *list) {
    for (size_t i = 0; i < list->len / 2; i++) {
        string *first = &list->ptr[i];
        string *last = &list->ptr[list->len - 1 - i];
        string between = *first;
        *first = *last;
        *last = between;
    }
}

static bool filter_post(const char *hook, post_input *input, post_input *answer) {
    if (is_none(input->title)) {
        TYPES(post_input_free)(input);
        return false;
    }
    *answer = *input;
    mark(hook, &answer->title);
    if (answer->tag_ids.is_some) reverse(&answer->tag_ids.val);
    return true;
}

static bool filter_content(const char *hook, content_event *input, content_event *answer) {
    if (is_none(input->data)) {
        TYPES(content_event_free)(input);
        return false;
    }
    *answer = *input;
    text data = {0};
    text_add_c(&data, "{\"");
    text_add_c(&data, hook);
    text_add_c(&data, "\":");
    text_add(&data, input->data);
    text_add_c(&data, "}");
    plugin_world_string_free(&answer->data);
    answer->data = text_take(&data);
    return true;
}

static bool filter_text(const char *hook, string *input, string *answer) {
    if (is_none(*input)) {
        plugin_world_string_free(input);
        return false;
    }
    *answer = *input;
    mark(hook, answer);
    return true;
}

bool HOOK(on_post_creating)(post_input *input, post_input *answer) {
    return filter_post("on-post-creating", input, answer);
}

bool HOOK(on_post_updating)(post_input *input, post_input *answer) {
    return filter_post("on-post-updating", input, answer);
}

bool HOOK(on_comment_creating)(comment_input *input, comment_input *answer) {
    if (is_none(input->content)) {
        TYPES(comment_input_free)(input);
        return false;
    }
    *answer = *input;
    mark("on-comment-creating", &answer->content);
    return true;
}

bool HOOK(on_content_creating)(content_event *input, content_event *answer) {
    if (string_is(input->content_type, "call")) {
        string function = input->id.is_some ? input->id.val : string_of("");
        *answer = call_host(function, input->data);
        TYPES(content_event_free)(input);
        return true;
    }
    return filter_content("on-content-creating", input, answer);
}

bool HOOK(on_content_updating)(content_event *input, content_event *answer) {
    return filter_content("on-content-updating", input, answer);
}

bool HOOK(render_markdown)(string *input, string *answer) {
    return filter_text("render-markdown", input, answer);
}

bool HOOK(filter_html)(string *input, string *answer) {
    return filter_text("filter-html", input, answer);
}

// Actions: what they were given goes into a file, a line a field.

static void add_line(text *file, const char *name, string value) {
    text_add_c(file, name);
    text_add_c(file, "=");
    text_add(file, value);
    text_add_c(file, "\n");
}

static void add_number_line(text *file, const char *name, int64_t number) {
    text digits = {0};
    text_add_signed(&digits, number);
    add_line(file, name, text_view(&digits));
    text_free(&digits);
}

static void add_absent_line(text *file, const char *name) {
    text_add_c(file, name);
    text_add_c(file, "\n");
}

static void add_option_line(text *file, const char *name, option_string value) {
    if (value.is_some)
        add_line(file, name, value.val);
    else
        add_absent_line(file, name);
}

/// Writes the file of an action, and frees the text.
static void write_file(const char *path, text *file) {
    string where = string_of(path);
    string content = text_view(file);
    HOST_API(vfs_write)(&where, &content);
    text_free(file);
}

static void add_post(text *file, const post_output *post) {
    add_line(file, "id", post->id);
    add_line(file, "title", post->title);
    add_line(file, "slug", post->slug);
    add_line(file, "content", post->content);
    add_option_line(file, "excerpt", post->excerpt);
    add_line(file, "status", post->status);
    add_line(file, "created-by", post->created_by);
    add_option_line(file, "updated-by", post->updated_by);
    add_option_line(file, "category-id", post->category_id);
    add_number_line(file, "view-count", post->view_count);
    add_line(file, "created-at", post->created_at);
    add_line(file, "updated-at", post->updated_at);
    add_option_line(file, "published-at", post->published_at);
}

static void add_delivery(text *file) {
    DELIVERIES(delivery_t) delivery;
    if (!DELIVERIES(current)(&delivery)) {
        add_absent_line(file, "delivery");
        return;
    }
    add_line(file, "delivery-id", delivery.id);
    add_number_line(file, "delivery-attempt", delivery.attempt);
    add_line(file, "delivery-created-at", delivery.created_at);
    DELIVERIES(delivery_free)(&delivery);
}

static void add_content(text *file, const content_event *event) {
    add_line(file, "content-type", event->content_type);
    add_line(file, "data", event->data);
    add_option_line(file, "id", event->id);
}

void HOOK(on_post_created)(post_output *output) {
    text file = {0};
    add_post(&file, output);
    add_delivery(&file);
    write_file("on-post-created.txt", &file);
    TYPES(post_output_free)(output);
}

void HOOK(on_post_updated)(post_output *output) {
    text file = {0};
    add_post(&file, output);
    write_file("on-post-updated.txt", &file);
    TYPES(post_output_free)(output);
}

void HOOK(on_post_deleted)(string *id) {
    text file = {0};
    add_line(&file, "id", *id);
    write_file("on-post-deleted.txt", &file);
    plugin_world_string_free(id);
}

void HOOK(on_comment_created)(comment_input *input) {
    text file = {0};
    add_line(&file, "content", input->content);
    add_option_line(&file, "nickname", input->nickname);
    add_option_line(&file, "email", input->email);
    add_option_line(&file, "parent-id", input->parent_id);
    write_file("on-comment-created.txt", &file);
    TYPES(comment_input_free)(input);
}

void HOOK(on_content_created)(content_event *input) {
    text file = {0};
    add_content(&file, input);
    write_file("on-content-created.txt", &file);
    TYPES(content_event_free)(input);
}

void HOOK(on_content_updated)(content_event *input) {
    text file = {0};
    add_content(&file, input);
    write_file("on-content-updated.txt", &file);
    TYPES(content_event_free)(input);
}

static void write_content(const char *path, string *content_type, string *id) {
    text file = {0};
    add_line(&file, "content-type", *content_type);
    add_line(&file, "id", *id);
    write_file(path, &file);
    plugin_world_string_free(content_type);
    plugin_world_string_free(id);
}

void HOOK(on_content_deleted)(string *content_type, string *id) {
    write_content("on-content-deleted.txt", content_type, id);
}

void VIEWS(on_content_viewed)(string *content_type, string *id) {
    write_content("on-content-viewed.txt", content_type, id);
}

void HOOK(on_login)(string *user_id) {
    text file = {0};
    add_line(&file, "user-id", *user_id);
    write_file("on-login.txt", &file);
    plugin_world_string_free(user_id);
}

/// An optional parameter is a pointer, and NULL where it is absent.
void HOOK(on_cron_tick)(string *payload) {
    text file = {0};
    if (payload != NULL) {
        add_line(&file, "payload", *payload);
        plugin_world_string_free(payload);
    } else {
        add_absent_line(&file, "payload");
    }
    write_file("on-cron-tick.txt", &file);
}
