// Package plugin has a function for each hook in manifest.toml.
package plugin

import (
	"strings"

	host "example.com/{{name}}/bindings/imports/raisfast_plugin_wit_host_api"
	. "example.com/{{name}}/bindings/imports/raisfast_plugin_wit_types"
	. "example.com/{{name}}/bindings/wit/types"
)

// OnPostCreating gives a post without a slug one.
func OnPostCreating(post PostInput) Option[PostInput] {
	if post.Slug.IsSome() {
		return None[PostInput]()
	}
	post.Slug = Some(strings.ReplaceAll(strings.ToLower(post.Title), " ", "-"))
	return Some(post)
}

// OnPostCreated is told of a new post.
func OnPostCreated(post PostOutput) {
	host.Log("info", "published: "+post.Slug)
}
