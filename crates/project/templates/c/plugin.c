#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_world.h"

typedef plugin_world_string_t string;

/* A copy of the text's first characters, which may have several bytes each. */
static string beginning(string text, size_t characters) {
  size_t end = 0;
  while (end < text.len) {
    bool begins = (text.ptr[end] & 0xC0) != 0x80;
    if (begins && characters-- == 0) break;
    end++;
  }
  string copy = {malloc(end), end};
  if (!copy.ptr) abort();
  memcpy(copy.ptr, text.ptr, end);
  return copy;
}

/* A hook owns what it is given: it hands it on in its answer, or frees it. */
bool exports_raisfast_plugin_wit_plugin_hooks_on_post_creating(
    exports_raisfast_plugin_wit_plugin_hooks_post_input_t *post,
    exports_raisfast_plugin_wit_plugin_hooks_post_input_t *answer) {
  if (post->excerpt.is_some || post->content.len == 0) {
    raisfast_plugin_wit_types_post_input_free(post);
    return false;
  }
  post->excerpt = (plugin_world_option_string_t){true, beginning(post->content, 160)};
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
