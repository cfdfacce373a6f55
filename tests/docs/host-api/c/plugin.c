/// Runs the examples of the book's page on the host API: content of the type `example` with the
/// data `{"name":"get-config"}` runs that function's.

#include "contract.h"

static void run(string data) {
    const example *const interfaces[] = {host_api_examples, database_examples, other_examples};
    for (size_t i = 0; i < sizeof interfaces / sizeof *interfaces; i++)
        for (const example *example = interfaces[i]; example->name != NULL; example++) {
            char quoted[64];
            snprintf(quoted, sizeof quoted, "\"%s\"", example->name);
            if (has(data, quoted)) {
                example->run();
                return;
            }
        }
    fprintf(stderr, "the page has no example of %.*s\n", SHOWN(data));
    abort();
}

bool exports_raisfast_plugin_wit_plugin_hooks_on_content_creating(
    exports_raisfast_plugin_wit_plugin_hooks_content_event_t *event,
    exports_raisfast_plugin_wit_plugin_hooks_content_event_t *answer) {
    (void)answer;
    run(event->data);
    raisfast_plugin_wit_types_content_event_free(event);
    return false;
}

void exports_raisfast_plugin_wit_plugin_hooks_on_content_created(
    exports_raisfast_plugin_wit_plugin_hooks_content_event_t *event) {
    run(event->data);
    raisfast_plugin_wit_types_content_event_free(event);
}
