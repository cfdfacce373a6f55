// Package plugin runs the examples of the book's page on the host API: content of the type
// `example` with the data `{"name": "get-config"}` runs that function's.
package plugin

import (
	"encoding/json"
	"maps"

	. "example.com/examples/bindings/imports/raisfast_plugin_wit_types"
	. "example.com/examples/bindings/wit/types"
)

func run(event ContentEvent) {
	var data struct{ Name string }
	if err := json.Unmarshal([]byte(event.Data), &data); err != nil {
		panic(err)
	}
	examples := map[string]func(){}
	maps.Copy(examples, hostApiExamples)
	maps.Copy(examples, databaseExamples)
	maps.Copy(examples, otherExamples)
	example, ok := examples[data.Name]
	if !ok {
		panic("the page has no example of " + data.Name)
	}
	example()
}

func OnContentCreating(event ContentEvent) Option[ContentEvent] {
	run(event)
	return None[ContentEvent]()
}

func OnContentCreated(event ContentEvent) {
	run(event)
}
