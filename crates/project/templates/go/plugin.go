// Package plugin has a function for each hook in manifest.toml.
package plugin

import (
	host "example.com/{{name}}/bindings/imports/raisfast_plugin_wit_host_api"
	. "example.com/{{name}}/bindings/imports/raisfast_plugin_wit_types"
	. "example.com/{{name}}/bindings/wit/types"
)

// OnPostCreating gives a post without an excerpt the beginning of its text.
func OnPostCreating(post PostInput) Option[PostInput] {
	if post.Excerpt.IsSome() || post.Content == "" {
		return None[PostInput]()
	}
	characters := []rune(post.Content)
	post.Excerpt = Some(string(characters[:min(len(characters), 160)]))
	return Some(post)
}

// OnPostCreated logs a new post.
func OnPostCreated(post PostOutput) {
	host.Log("info", "published: "+post.Slug)
}
