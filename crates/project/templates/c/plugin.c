#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_world.h"

typedef plugin_world_string_t string;

/* A copy of `title` in lower case, with hyphens for spaces. */
static string slug_of(string title) {
  string slug = {malloc(title.len), title.len};
  if (!slug.ptr && title.len) abort();
  for (size_t i = 0; i < title.len; i++) {
    slug.ptr[i] = title.ptr[i] == ' ' ? '-' : (uint8_t)tolower(title.ptr[i]);
  }
  return slug;
}

/* A hook owns what it is given: it hands it on in its answer, or frees it. */
bool exports_raisfast_plugin_wit_plugin_hooks_on_post_creating(
    exports_raisfast_plugin_wit_plugin_hooks_post_input_t *post,
    exports_raisfast_plugin_wit_plugin_hooks_post_input_t *answer) {
  if (post->slug.is_some) {
    raisfast_plugin_wit_types_post_input_free(post);
    return false;
  }
  post->slug = (plugin_world_option_string_t){true, slug_of(post->title)};
  *answer = *post;
  return true;
}

void exports_raisfast_plugin_wit_plugin_hooks_on_post_created(
    exports_raisfast_plugin_wit_plugin_hooks_post_output_t *post) {
  static const char published[] = "published: ";
  size_t length = strlen(published) + post->slug.len;
  char *text = malloc(length + 1);
  if (!text) abort();
  snprintf(text, length + 1, "%s%.*s", published, (int)post->slug.len, (char *)post->slug.ptr);

  /* What a function of the host is given stays the plugin's. */
  string level = {(uint8_t *)"info", strlen("info")};
  string message = {(uint8_t *)text, length};
  raisfast_plugin_wit_host_api_log(&level, &message);

  free(text);
  raisfast_plugin_wit_types_post_output_free(post);
}
