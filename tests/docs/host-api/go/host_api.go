// The interface `host-api`.

package plugin

// ANCHOR: imports
import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	host "example.com/examples/bindings/imports/raisfast_plugin_wit_host_api"
	. "example.com/examples/bindings/wit/types"
)
// ANCHOR_END: imports

// ANCHOR: log
func exampleLog() {
	host.Log("info", "a slug was missing")
}
// ANCHOR_END: log

// ANCHOR: get-config
func exampleGetConfig() {
	limit, err := strconv.Atoi(host.GetConfig("max_links").SomeOr(""))
	if err != nil {
		limit = 2
	}
	title := host.GetConfig("site.title").SomeOr("")
	host.Log("info", fmt.Sprintf("%s: at most %d links", title, limit))
}
// ANCHOR_END: get-config

// ANCHOR: http-get
func exampleHttpGet() {
	if body := host.HttpGet("https://api.example.com/v1/status"); body.IsSome() {
		host.Log("debug", body.Some())
	}
}
// ANCHOR_END: http-get

// ANCHOR: http-post
func exampleHttpPost() {
	message, _ := json.Marshal(map[string]string{"text": "a new post"})
	if host.HttpPost("https://hooks.example.com/raisfast", string(message)).IsNone() {
		host.Log("warn", "nobody was told")
	}
}
// ANCHOR_END: http-post

// ANCHOR: get-data
func exampleGetData() {
	visits, err := strconv.Atoi(host.GetData("visits").SomeOr(""))
	if err != nil {
		visits = 0
	}
	host.Log("info", fmt.Sprintf("%d visits", visits))
}
// ANCHOR_END: get-data

// ANCHOR: set-data
func exampleSetData() {
	if !host.SetData("last-run", "2026-03-02T05:30:00Z") {
		host.Log("warn", "the time of this run was not kept")
	}
}
// ANCHOR_END: set-data

// ANCHOR: get-post
func exampleGetPost() {
	found := host.GetPost("hello-world")
	if found.IsNone() {
		return
	}
	var post struct{ Title string }
	if err := json.Unmarshal([]byte(found.Some()), &post); err == nil {
		host.Log("info", post.Title)
	}
}
// ANCHOR_END: get-post

// ANCHOR: db-query
func exampleDbQuery() {
	rows := host.DbQuery(
		"SELECT title, slug FROM posts WHERE status = ? ORDER BY published_at DESC LIMIT 10",
		Some(`["published"]`),
	)
	var posts []struct{ Title, Slug string }
	if err := json.Unmarshal([]byte(rows), &posts); err != nil {
		host.Log("error", rows)
		return
	}
	host.Log("info", fmt.Sprintf("%d posts", len(posts)))
}
// ANCHOR_END: db-query

// ANCHOR: db-execute
func exampleDbExecute() {
	params, _ := json.Marshal([]string{"In short", "hello-world"})
	answer := host.DbExecute(
		"UPDATE posts SET excerpt = ? WHERE slug = ?",
		Some(string(params)),
	)
	host.Log("debug", answer)
}
// ANCHOR_END: db-execute

// ANCHOR: db-begin
func exampleDbBegin() {
	host.DbBegin()
	moved := host.DbExecute(
		"UPDATE posts SET category_id = ? WHERE category_id = ?",
		Some(`["news", "blog"]`),
	)
	if strings.Contains(moved, "rows_affected") {
		host.DbCommit()
	} else {
		host.DbRollback()
	}
}
// ANCHOR_END: db-begin

// ANCHOR: db-commit
func exampleDbCommit() {
	answer := host.DbCommit()
	if strings.Contains(answer, `"error"`) {
		host.Log("error", answer)
	}
}
// ANCHOR_END: db-commit

// ANCHOR: db-rollback
func exampleDbRollback() {
	host.DbRollback()
}
// ANCHOR_END: db-rollback

// ANCHOR: vfs-read
func exampleVfsRead() {
	cached := host.VfsRead("cache/posts/hello-world.json")
	host.Log("debug", cached.SomeOr("not cached"))
}
// ANCHOR_END: vfs-read

// ANCHOR: vfs-write
func exampleVfsWrite() {
	if !host.VfsWrite("digests/2026-03-02.md", "# Monday\n") {
		host.Log("warn", "the digest was not kept")
	}
}
// ANCHOR_END: vfs-write

// ANCHOR: vfs-delete
func exampleVfsDelete() {
	host.VfsDelete("digests/2026-03-02.md")
}
// ANCHOR_END: vfs-delete

// ANCHOR: vfs-exists
func exampleVfsExists() {
	if !host.VfsExists("digests") {
		host.Log("info", "this is the first digest")
	}
}
// ANCHOR_END: vfs-exists

// ANCHOR: vfs-list
func exampleVfsList() {
	var names []string
	list := host.VfsList("digests").SomeOr("[]")
	if err := json.Unmarshal([]byte(list), &names); err == nil {
		host.Log("info", strings.Join(names, ", "))
	}
}
// ANCHOR_END: vfs-list

// ANCHOR: vfs-stat
func exampleVfsStat() {
	found := host.VfsStat("digests/2026-03-02.md")
	if found.IsNone() {
		return
	}
	var stat struct{ Size int64 }
	if err := json.Unmarshal([]byte(found.Some()), &stat); err == nil {
		host.Log("info", fmt.Sprintf("%d bytes", stat.Size))
	}
}
// ANCHOR_END: vfs-stat

// ANCHOR: emit-event
func exampleEmitEvent() {
	data, _ := json.Marshal(map[string]int{"removed": 3})
	host.EmitEvent("spam-removed", string(data))
}
// ANCHOR_END: emit-event

var hostApiExamples = map[string]func(){
	"log":         exampleLog,
	"get-config":  exampleGetConfig,
	"http-get":    exampleHttpGet,
	"http-post":   exampleHttpPost,
	"get-data":    exampleGetData,
	"set-data":    exampleSetData,
	"get-post":    exampleGetPost,
	"db-query":    exampleDbQuery,
	"db-execute":  exampleDbExecute,
	"db-begin":    exampleDbBegin,
	"db-commit":   exampleDbCommit,
	"db-rollback": exampleDbRollback,
	"vfs-read":    exampleVfsRead,
	"vfs-write":   exampleVfsWrite,
	"vfs-delete":  exampleVfsDelete,
	"vfs-exists":  exampleVfsExists,
	"vfs-list":    exampleVfsList,
	"vfs-stat":    exampleVfsStat,
	"emit-event":  exampleEmitEvent,
}
