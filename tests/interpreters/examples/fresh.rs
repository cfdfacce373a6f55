//! Times fresh instances, which is what `max_calls = 1` costs: made alone, then with their script
//! loaded, then with a call.

use std::time::Instant;

use raisfast_test_interpreters::{Interpreter, Script, World, types::PostInput};

const JS: &str = "export function on_post_creating(input) {
  const post = JSON.parse(input);
  post.slug = post.title.toLowerCase().replaceAll(' ', '-');
  return post;
}";

const LUA: &str = "function Plugin.on_post_creating(post)
  post.slug = post.title:lower():gsub(' ', '-')
  return post
end";

const RHAI: &str = "fn on_post_creating(input) {
  let post = parse_json(input);
  post.slug = replace(to_lower(post.title), \" \", \"-\");
  post
}";

fn main() {
    for (name, interpreter, file, text) in [
        ("js", Interpreter::js(), "main.js", JS),
        ("lua", Interpreter::lua(), "init.lua", LUA),
        ("rhai", Interpreter::rhai(), "init.rhai", RHAI),
    ] {
        let post = PostInput {
            title: "Ten Things".into(),
            content: "x".repeat(2_000),
            slug: None,
            excerpt: None,
            category_id: None,
            tag_ids: None,
            status: None,
            cover_image: None,
        };
        for (part, loads, calls) in [
            ("instance", false, false),
            ("and load", true, false),
            ("and call", true, true),
        ] {
            let rounds = 200;
            let began = Instant::now();
            for _ in 0..rounds {
                let mut script = Script::instance(interpreter, World::of(file, text));
                if loads {
                    script.load().unwrap();
                }
                if calls {
                    script.post(&post).unwrap();
                }
            }
            let took = began.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
            println!("{name}, {part}: {took:.1} µs");
        }
    }
}
