// Package plugin is the conformance plugin, tests/conformance/SPECIFICATION.md, in Go.
package plugin

import (
	"slices"

	. "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_types"
	. "example.com/conformance-go/bindings/wit/types"
)

// Filters: an absent answer keeps the value.

func OnPostCreating(post PostInput) Option[PostInput] {
	return filterPost("on-post-creating", post)
}

func OnPostUpdating(post PostInput) Option[PostInput] {
	return filterPost("on-post-updating", post)
}

func OnCommentCreating(comment CommentInput) Option[CommentInput] {
	if comment.Content == "none" {
		return None[CommentInput]()
	}
	comment.Content = "on-comment-creating: " + comment.Content
	return Some(comment)
}

func OnContentCreating(event ContentEvent) Option[ContentEvent] {
	if event.ContentType == "call" {
		return Some(callHost(event.Id.SomeOr(""), event.Data))
	}
	return filterContent("on-content-creating", event)
}

func OnContentUpdating(event ContentEvent) Option[ContentEvent] {
	return filterContent("on-content-updating", event)
}

func RenderMarkdown(text string) Option[string] {
	return filterText("render-markdown", text)
}

func FilterHtml(text string) Option[string] {
	return filterText("filter-html", text)
}

func filterPost(hook string, post PostInput) Option[PostInput] {
	if post.Title == "none" {
		return None[PostInput]()
	}
	post.Title = hook + ": " + post.Title
	if post.TagIds.IsSome() {
		tagIds := slices.Clone(post.TagIds.Some())
		slices.Reverse(tagIds)
		post.TagIds = Some(tagIds)
	}
	return Some(post)
}

func filterContent(hook string, event ContentEvent) Option[ContentEvent] {
	if event.Data == "none" {
		return None[ContentEvent]()
	}
	event.Data = `{"` + hook + `":` + event.Data + `}`
	return Some(event)
}

func filterText(hook, text string) Option[string] {
	if text == "none" {
		return None[string]()
	}
	return Some(hook + ": " + text)
}

// Actions: what they were given goes into a file.

func OnPostCreated(post PostOutput) {
	write("on-post-created", postLines(post)+deliveryLines())
}

func OnPostUpdated(post PostOutput) {
	write("on-post-updated", postLines(post))
}

func OnPostDeleted(id string) {
	write("on-post-deleted", line("id", id))
}

func OnCommentCreated(comment CommentInput) {
	write("on-comment-created", commentLines(comment))
}

func OnContentCreated(event ContentEvent) {
	write("on-content-created", contentLines(event))
}

func OnContentUpdated(event ContentEvent) {
	write("on-content-updated", contentLines(event))
}

func OnContentDeleted(contentType, id string) {
	write("on-content-deleted", line("content-type", contentType)+line("id", id))
}

func OnContentViewed(contentType, id string) {
	write("on-content-viewed", line("content-type", contentType)+line("id", id))
}

func OnLogin(userId string) {
	write("on-login", line("user-id", userId))
}

func OnCronTick(payload Option[string]) {
	write("on-cron-tick", optionalLine("payload", payload))
}
