// The interfaces `identifiers`, `clock`, `deliveries`, `refusals` and `http`.

package plugin

// ANCHOR: imports
import (
	"encoding/json"
	"fmt"

	clock "example.com/examples/bindings/imports/raisfast_plugin_wit_clock"
	deliveries "example.com/examples/bindings/imports/raisfast_plugin_wit_deliveries"
	host "example.com/examples/bindings/imports/raisfast_plugin_wit_host_api"
	http "example.com/examples/bindings/imports/raisfast_plugin_wit_http"
	identifiers "example.com/examples/bindings/imports/raisfast_plugin_wit_identifiers"
	refusals "example.com/examples/bindings/imports/raisfast_plugin_wit_refusals"
	. "example.com/examples/bindings/wit/types"
)
// ANCHOR_END: imports

// ANCHOR: new-id
func exampleNewId() {
	host.SetData("last-import", identifiers.NewId())
}
// ANCHOR_END: new-id

// ANCHOR: now
func exampleNow() {
	host.SetData("last-run", clock.Now())
}
// ANCHOR_END: now

// ANCHOR: unix-milliseconds
func exampleUnixMilliseconds() {
	begun := clock.UnixMilliseconds()
	posts := host.DbQuery("SELECT slug FROM posts", None[string]())
	took := clock.UnixMilliseconds() - begun
	host.Log("debug", fmt.Sprintf("%d bytes in %d ms", len(posts), took))
}
// ANCHOR_END: unix-milliseconds

// ANCHOR: current
func exampleCurrent() {
	delivery := deliveries.Current()
	if delivery.IsNone() {
		return
	}
	done := "done:" + delivery.Some().Id
	if host.GetData(done).IsSome() {
		return
	}
	body, _ := json.Marshal(map[string]string{"id": delivery.Some().Id, "text": "a new post"})
	if host.HttpPost("https://hooks.example.com/raisfast", string(body)).IsNone() {
		panic("tried again later")
	}
	host.SetData(done, delivery.Some().CreatedAt)
}
// ANCHOR_END: current

// ANCHOR: refuse
func exampleRefuse() {
	title := "Hi"
	if len([]rune(title)) < 3 {
		refusals.Refuse(Some("/title"), "A title has at least three letters.")
	}
}
// ANCHOR_END: refuse

// ANCHOR: send
func exampleSend() {
	body, _ := json.Marshal(map[string]string{"text": "a new post"})
	result := http.Send(http.Request{
		Method: http.Method_Post,
		Url:    "https://api.example.com/v1/notes",
		Headers: []Tuple2[string, string]{
			{F0: "authorization", F1: "Bearer …"},
			{F0: "content-type", F1: "application/json"},
		},
		Body:      body,
		TimeoutMs: Some[uint32](2000),
	})
	if result.IsErr() {
		if result.Err().Tag() == http.Error_Timeout {
			host.Log("info", "later, then")
		} else {
			host.Log("error", fmt.Sprintf("not sent, case %d", result.Err().Tag()))
		}
		return
	}
	answer := result.Ok()
	if answer.Status < 200 || answer.Status > 299 {
		host.Log("warn", fmt.Sprintf("%d: %s", answer.Status, answer.Body))
		return
	}
	for _, header := range answer.Headers {
		if header.F0 == "location" {
			host.SetData("note", header.F1)
		}
	}
}
// ANCHOR_END: send

var otherExamples = map[string]func(){
	"new-id":            exampleNewId,
	"now":               exampleNow,
	"unix-milliseconds": exampleUnixMilliseconds,
	"current":           exampleCurrent,
	"refuse":            exampleRefuse,
	"send":              exampleSend,
}
