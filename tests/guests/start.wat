;; A plugin whose instances cannot all be made: where its own tree has a file `trap`, an instance traps while it
;; starts, and where it has a file `spin`, it never stops starting. `filter-html` traps for a post that begins with
;; the letter t, so that a fresh instance is needed, and otherwise keeps what it is given.
(component
  (import "raisfast:plugin-wit/host-api" (instance $host
    (export "vfs-exists" (func (param "path" string) (result bool)))))

  ;; In a module of its own: lowering `vfs-exists` needs it before the module that calls it exists.
  (core module $memory
    (memory (export "memory") 1)
    (data (i32.const 0) "trap")
    (data (i32.const 4) "spin")
    ;; The only allocation is the argument. A post's HTML is short in tests.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $memory))

  (core func $exists (canon lower (func $host "vfs-exists") (memory (core memory $memory "memory"))))

  (core module $plugin
    (import "memory" "memory" (memory 1))
    (import "host" "exists" (func $exists (param i32 i32) (result i32)))
    (func $start
      (if (call $exists (i32.const 0) (i32.const 4)) (then (unreachable)))
      (if (call $exists (i32.const 4) (i32.const 4)) (then (loop $again (br $again)))))
    (start $start)
    ;; After `<p>`. The answer at 16 stays none.
    (func (export "filter-html") (param $input i32) (param $length i32) (result i32)
      (if (i32.eq (i32.load8_u offset=3 (local.get $input)) (i32.const 0x74)) (then (unreachable)))
      (i32.const 16)))
  (core instance $plugin (instantiate $plugin
    (with "memory" (instance $memory))
    (with "host" (instance (export "exists" (func $exists))))))

  (func $filter-html (param "input" string) (result (option string))
    (canon lift (core func $plugin "filter-html") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (instance $hooks (export "filter-html" (func $filter-html)))
  (export "raisfast:plugin-wit/plugin-hooks" (instance $hooks)))
