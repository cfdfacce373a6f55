"""Run the examples of the book's page on the host API.

Content of the type `example` with the data `{"name": "get-config"}` runs that function's.
"""

import json
from typing import Optional

from wit_world import exports
from wit_world.imports.types import ContentEvent

import database_examples
import host_api_examples
import other_examples

MODULES = (host_api_examples, database_examples, other_examples)


def run(event: ContentEvent) -> None:
    name = json.loads(event.data)["name"].replace("-", "_")
    for module in MODULES:
        if hasattr(module, f"example_{name}"):
            return getattr(module, f"example_{name}")()
    raise LookupError(f"the page has no example of {name}")


class PluginHooks(exports.PluginHooks):
    def on_content_creating(self, input: ContentEvent) -> Optional[ContentEvent]:
        run(input)
        return None

    def on_content_created(self, input: ContentEvent) -> None:
        run(input)
