package plugin

import (
	"fmt"

	deliveries "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_deliveries"
	host "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_host_api"
	. "example.com/conformance-go/bindings/imports/raisfast_plugin_wit_types"
	. "example.com/conformance-go/bindings/wit/types"
)

func write(hook, lines string) {
	host.VfsWrite(hook+".txt", lines)
}

func line(name string, value any) string {
	return fmt.Sprintf("%s=%v\n", name, value)
}

func optionalLine(name string, value Option[string]) string {
	if value.IsNone() {
		return name + "\n"
	}
	return line(name, value.Some())
}

func postLines(post PostOutput) string {
	return line("id", post.Id) +
		line("title", post.Title) +
		line("slug", post.Slug) +
		line("content", post.Content) +
		optionalLine("excerpt", post.Excerpt) +
		line("status", post.Status) +
		line("created-by", post.CreatedBy) +
		optionalLine("updated-by", post.UpdatedBy) +
		optionalLine("category-id", post.CategoryId) +
		line("view-count", post.ViewCount) +
		line("created-at", post.CreatedAt) +
		line("updated-at", post.UpdatedAt) +
		optionalLine("published-at", post.PublishedAt)
}

func deliveryLines() string {
	delivery := deliveries.Current()
	if delivery.IsNone() {
		return optionalLine("delivery", None[string]())
	}
	return line("delivery-id", delivery.Some().Id) +
		line("delivery-attempt", delivery.Some().Attempt) +
		line("delivery-created-at", delivery.Some().CreatedAt)
}

func commentLines(comment CommentInput) string {
	return line("content", comment.Content) +
		optionalLine("nickname", comment.Nickname) +
		optionalLine("email", comment.Email) +
		optionalLine("parent-id", comment.ParentId)
}

func contentLines(event ContentEvent) string {
	return line("content-type", event.ContentType) +
		line("data", event.Data) +
		optionalLine("id", event.Id)
}
