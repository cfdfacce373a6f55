/// The functions of `host-api`.

#include "calls.h"

static void call_log(call *call) {
    HOST_API(log)(argument(call, 0), argument(call, 1));
}

static void get_config(call *call) {
    string value = {0};
    bool is_some = HOST_API(get_config)(argument(call, 0), &value);
    answer_option(call, is_some, value);
}

static void http_get(call *call) {
    string body = {0};
    bool is_some = HOST_API(http_get)(argument(call, 0), &body);
    answer_option(call, is_some, body);
}

static void http_post(call *call) {
    string body = {0};
    bool is_some = HOST_API(http_post)(argument(call, 0), argument(call, 1), &body);
    answer_option(call, is_some, body);
}

static void get_data(call *call) {
    string value = {0};
    bool is_some = HOST_API(get_data)(argument(call, 0), &value);
    answer_option(call, is_some, value);
}

static void set_data(call *call) {
    answer_boolean(call, HOST_API(set_data)(argument(call, 0), argument(call, 1)));
}

static void get_post(call *call) {
    string post = {0};
    bool is_some = HOST_API(get_post)(argument(call, 0), &post);
    answer_option(call, is_some, post);
}

static void db_query(call *call) {
    string answer;
    HOST_API(db_query)(argument(call, 0), optional_argument(call, 1), &answer);
    answer_text(call, answer);
}

static void db_execute(call *call) {
    string answer;
    HOST_API(db_execute)(argument(call, 0), optional_argument(call, 1), &answer);
    answer_text(call, answer);
}

static void db_begin(call *call) {
    string answer;
    HOST_API(db_begin)(&answer);
    answer_text(call, answer);
}

static void db_commit(call *call) {
    string answer;
    HOST_API(db_commit)(&answer);
    answer_text(call, answer);
}

static void db_rollback(call *call) {
    string answer;
    HOST_API(db_rollback)(&answer);
    answer_text(call, answer);
}

static void vfs_read(call *call) {
    string content = {0};
    bool is_some = HOST_API(vfs_read)(argument(call, 0), &content);
    answer_option(call, is_some, content);
}

static void vfs_write(call *call) {
    answer_boolean(call, HOST_API(vfs_write)(argument(call, 0), argument(call, 1)));
}

static void vfs_delete(call *call) {
    answer_boolean(call, HOST_API(vfs_delete)(argument(call, 0)));
}

static void vfs_exists(call *call) {
    answer_boolean(call, HOST_API(vfs_exists)(argument(call, 0)));
}

static void vfs_list(call *call) {
    string names = {0};
    bool is_some = HOST_API(vfs_list)(argument(call, 0), &names);
    answer_option(call, is_some, names);
}

static void vfs_stat(call *call) {
    string facts = {0};
    bool is_some = HOST_API(vfs_stat)(argument(call, 0), &facts);
    answer_option(call, is_some, facts);
}

static void emit_event(call *call) {
    string answer;
    HOST_API(emit_event)(argument(call, 0), argument(call, 1), &answer);
    answer_text(call, answer);
}

const function host_api_functions[] = {
    {"host-api/log", call_log},
    {"host-api/get-config", get_config},
    {"host-api/http-get", http_get},
    {"host-api/http-post", http_post},
    {"host-api/get-data", get_data},
    {"host-api/set-data", set_data},
    {"host-api/get-post", get_post},
    {"host-api/db-query", db_query},
    {"host-api/db-execute", db_execute},
    {"host-api/db-begin", db_begin},
    {"host-api/db-commit", db_commit},
    {"host-api/db-rollback", db_rollback},
    {"host-api/vfs-read", vfs_read},
    {"host-api/vfs-write", vfs_write},
    {"host-api/vfs-delete", vfs_delete},
    {"host-api/vfs-exists", vfs_exists},
    {"host-api/vfs-list", vfs_list},
    {"host-api/vfs-stat", vfs_stat},
    {"host-api/emit-event", emit_event},
    {0},
};
