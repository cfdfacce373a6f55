from typing import Optional

from wit_world import exports
from wit_world.imports import host_api
from wit_world.imports.types import PostInput, PostOutput


class PluginHooks(exports.PluginHooks):
    def on_post_creating(self, input: PostInput) -> Optional[PostInput]:
        if input.excerpt is not None or not input.content:
            return None
        input.excerpt = input.content[:160]
        return input

    def on_post_created(self, output: PostOutput) -> None:
        host_api.log("info", f"published: {output.slug}")
