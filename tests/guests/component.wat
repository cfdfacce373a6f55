;; A plugin that is a component already, as jco and componentize-py make them: `filter-html` answers
;; `some("<seconds>")`, the host's wall clock in decimal, whatever it is given. It exports no other hook.
(component
  (import "wasi:clocks/wall-clock@0.2.0" (instance $wall-clock
    (type $datetime' (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $datetime')))
    (export "now" (func (result $datetime)))))

  ;; Memory stands in a module of its own: lowering `now` needs it before the module that calls `now` exists.
  (core module $memory
    (memory (export "memory") 1)
    ;; The only allocation is the argument, which the answer does not need: every call may use the same page.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $need i32)
      (local.set $need (i32.add (i32.const 1024) (local.get 3)))
      (block $fits
        (br_if $fits (i32.le_u (local.get $need) (i32.shl (memory.size) (i32.const 16))))
        (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $need) (i32.const 16))))))
        (unreachable))
      (i32.const 1024)))
  (core instance $memory (instantiate $memory))

  (core func $now (canon lower (func $wall-clock "now") (memory (core memory $memory "memory"))))

  (core module $plugin
    (import "memory" "memory" (memory 1))
    (import "host" "now" (func $now (param i32)))
    ;; 0: datetime, 16: option<string>, 32..64: the digits, written from the end.
    (func (export "filter-html") (param $input i32) (param $length i32) (result i32)
      (local $rest i64)
      (local $at i32)
      (call $now (i32.const 0))
      (local.set $rest (i64.load (i32.const 0)))
      (local.set $at (i32.const 64))
      (loop $digit
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (i32.store8 (local.get $at)
          (i32.wrap_i64 (i64.add (i64.const 48) (i64.rem_u (local.get $rest) (i64.const 10)))))
        (local.set $rest (i64.div_u (local.get $rest) (i64.const 10)))
        (br_if $digit (i64.ne (local.get $rest) (i64.const 0))))
      (i32.store8 (i32.const 16) (i32.const 1))
      (i32.store (i32.const 20) (local.get $at))
      (i32.store (i32.const 24) (i32.sub (i32.const 64) (local.get $at)))
      (i32.const 16)))
  (core instance $plugin (instantiate $plugin
    (with "memory" (instance $memory))
    (with "host" (instance (export "now" (func $now))))))

  (func $filter-html (param "input" string) (result (option string))
    (canon lift (core func $plugin "filter-html") (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
  (instance $hooks (export "filter-html" (func $filter-html)))
  (export "raisfast:plugin-wit/plugin-hooks" (instance $hooks)))
