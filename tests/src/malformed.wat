;; Answers with what no compiler would make. The first letter of the post's title says how; `fine` keeps the post.
(module
  (import "raisfast:plugin-wit/host-api" "log" (func $log (param i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (table $table 1 funcref)
  (data (i32.const 512) "info")
  ;; No UTF-8.
  (data (i32.const 520) "\ff\fe")

  ;; Arguments begin at 64 KiB; each call may use them anew.
  (global $free (mut i32) (i32.const 0x10000))
  ;; Where the title's letters lie: after the record itself.
  (global $title i32 (i32.const 0x10058))
  (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
    (local $at i32)
    ;; known: while its arguments are written, of which the title is the first, the guest calls the host
    (if (i32.eq (i32.load8_u (global.get $title)) (i32.const 0x6b)) (then
      (call $log (i32.const 512) (i32.const 4) (i32.const 512) (i32.const 4))))
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $new)))
    (local.get $at))

  ;; Functions that use no memory of their own.
  (func $deep (param $n i64) (result i64)
    (i64.add (call $deep (i64.add (local.get $n) (i64.const 1))) (local.get $n)))
  (func $deep-in-the-host (param $n i64) (result i64)
    (call $log (i32.const 512) (i32.const 4) (i32.const 512) (i32.const 4))
    (i64.add (call $deep-in-the-host (i64.add (local.get $n) (i64.const 1))) (local.get $n)))

  ;; option<post-input> at 1024: content is at 12, tag-ids at 56.
  (func (export "raisfast:plugin-wit/plugin-hooks#on-post-creating") (param $post i32) (result i32)
    (local $how i32)
    (local $at i32)
    (global.set $free (i32.const 0x10000))
    (local.set $how (i32.load8_u (i32.load (local.get $post))))
    (i32.store (i32.const 1024) (i32.const 1))
    (memory.copy (i32.const 1028) (local.get $post) (i32.const 88))

    ;; utf-8
    (if (i32.eq (local.get $how) (i32.const 0x75)) (then
      (i32.store (i32.const 1036) (i32.const 520))
      (i32.store (i32.const 1040) (i32.const 2))
      (return (i32.const 1024))))
    ;; pointer: a text that begins beyond the memory
    (if (i32.eq (local.get $how) (i32.const 0x70)) (then
      (i32.store (i32.const 1036) (i32.const 0xffff0000))
      (i32.store (i32.const 1040) (i32.const 16))
      (return (i32.const 1024))))
    ;; length: a text that ends there
    (if (i32.eq (local.get $how) (i32.const 0x6c)) (then
      (i32.store (i32.const 1036) (i32.const 0))
      (i32.store (i32.const 1040) (i32.const 0xffffffff))
      (return (i32.const 1024))))
    ;; billions: a list of four billion texts
    (if (i32.eq (local.get $how) (i32.const 0x62)) (then
      (i32.store (i32.const 1080) (i32.const 1))
      (i32.store (i32.const 1084) (i32.const 0))
      (i32.store (i32.const 1088) (i32.const 0xffffffff))
      (return (i32.const 1024))))
    ;; again: 8,000 times the same 64 KiB, half a gigabyte in all
    (if (i32.eq (local.get $how) (i32.const 0x61)) (then
      (local.set $at (i32.const 0x20000))
      (loop $entry
        (i32.store (local.get $at) (i32.const 0x30000))
        (i32.store offset=4 (local.get $at) (i32.const 0x10000))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $entry (i32.lt_u (local.get $at) (i32.const 0x2fa00))))
      (i32.store (i32.const 1080) (i32.const 1))
      (i32.store (i32.const 1084) (i32.const 0x20000))
      (i32.store (i32.const 1088) (i32.const 8000))
      (return (i32.const 1024))))
    ;; result: the answer itself lies beyond the memory
    (if (i32.eq (local.get $how) (i32.const 0x72)) (then (return (i32.const 0xfffffff0))))
    ;; misaligned
    (if (i32.eq (local.get $how) (i32.const 0x6d)) (then (return (i32.const 1025))))
    ;; discriminant: neither none nor some
    (if (i32.eq (local.get $how) (i32.const 0x64)) (then
      (i32.store (i32.const 1024) (i32.const 7))
      (return (i32.const 1024))))
    ;; gigabyte: the host is handed a text that is not there
    (if (i32.eq (local.get $how) (i32.const 0x67)) (then
      (call $log (i32.const 512) (i32.const 4) (i32.const 0) (i32.const 0x40000000))))
    ;; table: it grows until it may not, then the guest gives up
    (if (i32.eq (local.get $how) (i32.const 0x74)) (then
      (loop $more
        (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
      (unreachable)))
    ;; stack
    (if (i32.eq (local.get $how) (i32.const 0x73)) (then
      (drop (call $deep (i64.const 0)))))
    ;; host: each function on the way calls the host, the last one with the least stack left
    (if (i32.eq (local.get $how) (i32.const 0x68)) (then
      (drop (call $deep-in-the-host (i64.const 0)))))
    (i32.store (i32.const 1024) (i32.const 0))
    (i32.const 1024))

  ;; Called with the answer when the host has read it.
  (func (export "cabi_post_raisfast:plugin-wit/plugin-hooks#on-post-creating") (param $answer i32)
    (local $how i32)
    (local.set $how (i32.load8_u (global.get $title)))
    ;; crash
    (if (i32.eq (local.get $how) (i32.const 0x63)) (then (unreachable)))
    ;; endless
    (if (i32.eq (local.get $how) (i32.const 0x65)) (then (loop $on (br $on))))
    ;; notify: the host is called
    (if (i32.eq (local.get $how) (i32.const 0x6e)) (then
      (call $log (i32.const 512) (i32.const 4) (i32.const 512) (i32.const 4))))))
