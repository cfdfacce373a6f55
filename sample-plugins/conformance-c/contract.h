/// The contract, by short names: the generator puts package and interface before each.
#pragma once

#include "bindings/plugin_world.h"

typedef plugin_world_string_t string;
typedef plugin_world_list_string_t string_list;
typedef plugin_world_option_string_t option_string;

typedef raisfast_plugin_wit_types_post_input_t post_input;
typedef raisfast_plugin_wit_types_post_output_t post_output;
typedef raisfast_plugin_wit_types_comment_input_t comment_input;
typedef raisfast_plugin_wit_types_content_event_t content_event;

#define HOOK(name) exports_raisfast_plugin_wit_plugin_hooks_##name
#define VIEWS(name) exports_raisfast_plugin_wit_views_##name
#define HOST_API(name) raisfast_plugin_wit_host_api_##name
#define TYPES(name) raisfast_plugin_wit_types_##name
#define DATABASE(name) raisfast_plugin_wit_database_##name
#define IDENTIFIERS(name) raisfast_plugin_wit_identifiers_##name
#define CLOCK(name) raisfast_plugin_wit_clock_##name
#define DELIVERIES(name) raisfast_plugin_wit_deliveries_##name
#define REFUSALS(name) raisfast_plugin_wit_refusals_##name
#define HTTP(name) raisfast_plugin_wit_http_##name
