;; WASI preview 1 for core modules whose toolchain knows nothing newer: clocks, random numbers, and output that becomes
;; log records. No arguments, no environment, no files, no sockets. wit-component puts this module between the guest
;; and the host, and leaves out the functions that the guest does not import.
;;
;; It has no memory of its own and works in the guest's. A pointer that is wrong traps, as it does everywhere.
;;
;; While `$paused`, the host is not asked for anything. Go's runtime says so around an allocation, because the host may
;; be in the middle of handing over an argument then, when a call back to it would trap; and it does look at its clocks
;; while it collects garbage. So clocks stand still, nothing is slept for, and output is lost.
(module
  (import "env" "memory" (memory 0))
  (import "raisfast:preview1/host" "write" (func $host_write (param $to_stderr i32) (param $bytes i32) (param $length i32)))
  (import "raisfast:preview1/host" "wall-clock" (func $host_wall_clock (result i64)))
  (import "raisfast:preview1/host" "monotonic-clock" (func $host_monotonic_clock (result i64)))
  (import "raisfast:preview1/host" "random" (func $host_random (result i64)))
  (import "raisfast:preview1/host" "sleep" (func $host_sleep (param $nanoseconds i64)))
  (import "raisfast:preview1/host" "exit" (func $host_exit (param $code i32)))

  ;; Errors.
  (global $success i32 (i32.const 0))
  (global $again i32 (i32.const 6))
  (global $badf i32 (i32.const 8))
  (global $inval i32 (i32.const 28))
  (global $notsup i32 (i32.const 58))
  (global $spipe i32 (i32.const 70))

  ;; The most that is written at once; a guest comes again with the rest.
  (global $most_written i32 (i32.const 65536))

  (global $paused (mut i32) (i32.const 0))
  ;; What the clocks have answered last.
  (global $wall (mut i64) (i64.const 0))
  (global $monotonic (mut i64) (i64.const 0))

  (func (export "adapter_monotonic_clock_set_paused") (param $yes i32)
    (global.set $paused (local.get $yes)))

  ;; ---- Clocks: 0 is the wall clock, 1 the monotonic one.

  (func $read_clock (param $clock i32)
    (if (global.get $paused) (then (return)))
    (if (local.get $clock)
      (then (global.set $monotonic (call $host_monotonic_clock)))
      (else (global.set $wall (call $host_wall_clock)))))

  (func $last_read (param $clock i32) (result i64)
    (select (global.get $monotonic) (global.get $wall) (local.get $clock)))

  (func $is_clock (param $clock i32) (result i32)
    (i32.lt_u (local.get $clock) (i32.const 2)))

  (func (export "clock_time_get") (param $clock i32) (param $precision i64) (param $time i32) (result i32)
    (if (i32.eqz (call $is_clock (local.get $clock))) (then (return (global.get $inval))))
    (call $read_clock (local.get $clock))
    (i64.store (local.get $time) (call $last_read (local.get $clock)))
    (global.get $success))

  (func (export "clock_res_get") (param $clock i32) (param $nanoseconds i32) (result i32)
    (if (i32.eqz (call $is_clock (local.get $clock))) (then (return (global.get $inval))))
    (i64.store (local.get $nanoseconds) (i64.const 1))
    (global.get $success))

  ;; ---- Random numbers.

  (func (export "random_get") (param $bytes i32) (param $length i32) (result i32)
    (local $number i64)
    (if (global.get $paused) (then (return (global.get $again))))
    (block $done
      (loop $whole_numbers
        (br_if $done (i32.lt_u (local.get $length) (i32.const 8)))
        (i64.store (local.get $bytes) (call $host_random))
        (local.set $bytes (i32.add (local.get $bytes) (i32.const 8)))
        (local.set $length (i32.sub (local.get $length) (i32.const 8)))
        (br $whole_numbers)))
    (local.set $number (call $host_random))
    (block $done
      (loop $single_bytes
        (br_if $done (i32.eqz (local.get $length)))
        (i64.store8 (local.get $bytes) (local.get $number))
        (local.set $number (i64.shr_u (local.get $number) (i64.const 8)))
        (local.set $bytes (i32.add (local.get $bytes) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $single_bytes)))
    (global.get $success))

  ;; ---- Waiting. A subscription has 48 bytes: what to tell the guest of it (8), its kind (at 8), and for a clock which
  ;; one (at 16), the time (at 24) and whether that is a moment or a duration (at 40); else the descriptor (at 16).
  ;; An event has 32 bytes: what to tell the guest (8), an error (at 8), the kind (at 10), and for descriptors more.

  ;; How long a subscription is to be waited for, by the clocks as they were last read. A descriptor is ready, or never.
  (func $wait (param $subscription i32) (result i64)
    (local $time i64) (local $now i64)
    (if (i32.load8_u offset=8 (local.get $subscription)) (then (return (i64.const 0))))
    (if (i32.eqz (call $is_clock (i32.load offset=16 (local.get $subscription)))) (then (return (i64.const 0))))
    (local.set $time (i64.load offset=24 (local.get $subscription)))
    (if (i32.eqz (i32.and (i32.load16_u offset=40 (local.get $subscription)) (i32.const 1)))
      (then (return (local.get $time))))
    (local.set $now (call $last_read (i32.load offset=16 (local.get $subscription))))
    (select
      (i64.sub (local.get $time) (local.get $now))
      (i64.const 0)
      (i64.gt_u (local.get $time) (local.get $now))))

  ;; What is wrong with a subscription.
  (func $complaint (param $subscription i32) (result i32)
    (if (i32.load8_u offset=8 (local.get $subscription))
      (then (return (call $unless_standard (i32.load offset=16 (local.get $subscription)) (global.get $success)))))
    (select
      (global.get $success)
      (global.get $inval)
      (call $is_clock (i32.load offset=16 (local.get $subscription)))))

  ;; Waits for the first, and reports it and all that end with it. A call that waits ends at its deadline like any other.
  (func (export "poll_oneoff") (param $subscriptions i32) (param $events i32) (param $count i32) (param $reported i32)
    (result i32)
    (local $end i32) (local $next i32) (local $shortest i64) (local $first_event i32)
    (if (i32.eqz (local.get $count)) (then (return (global.get $inval))))
    (call $read_clock (i32.const 0))
    (call $read_clock (i32.const 1))
    (local.set $end (i32.add (local.get $subscriptions) (i32.mul (local.get $count) (i32.const 48))))
    (local.set $shortest (i64.const -1))
    (local.set $next (local.get $subscriptions))
    (loop $look
      (if (i64.lt_u (call $wait (local.get $next)) (local.get $shortest))
        (then (local.set $shortest (call $wait (local.get $next)))))
      (local.set $next (i32.add (local.get $next) (i32.const 48)))
      (br_if $look (i32.lt_u (local.get $next) (local.get $end))))
    (if (i32.and (i64.ne (local.get $shortest) (i64.const 0)) (i32.eqz (global.get $paused)))
      (then (call $host_sleep (local.get $shortest))))
    (local.set $first_event (local.get $events))
    (local.set $next (local.get $subscriptions))
    (loop $report
      (if (i64.le_u (call $wait (local.get $next)) (local.get $shortest))
        (then
          (i64.store (local.get $events) (i64.load (local.get $next)))
          (i64.store offset=8 (local.get $events) (i64.const 0))
          (i32.store16 offset=8 (local.get $events) (call $complaint (local.get $next)))
          (i32.store8 offset=10 (local.get $events) (i32.load8_u offset=8 (local.get $next)))
          (i64.store offset=16 (local.get $events) (i64.const 0))
          (i64.store offset=24 (local.get $events) (i64.const 0))
          (local.set $events (i32.add (local.get $events) (i32.const 32)))))
      (local.set $next (i32.add (local.get $next) (i32.const 48)))
      (br_if $report (i32.lt_u (local.get $next) (local.get $end))))
    (i32.store
      (local.get $reported)
      (i32.div_u (i32.sub (local.get $events) (local.get $first_event)) (i32.const 32)))
    (global.get $success))

  (func (export "sched_yield") (result i32)
    (global.get $success))

  ;; ---- The end.

  (func (export "proc_exit") (param $code i32)
    (if (i32.eqz (global.get $paused)) (then (call $host_exit (local.get $code))))
    unreachable)

  (func (export "proc_raise") (param $signal i32) (result i32)
    (global.get $notsup))

  ;; ---- Arguments and environment: none.

  (func (export "args_sizes_get") (export "environ_sizes_get") (param $count i32) (param $bytes i32) (result i32)
    (i32.store (local.get $count) (i32.const 0))
    (i32.store (local.get $bytes) (i32.const 0))
    (global.get $success))

  (func (export "args_get") (export "environ_get") (param $pointers i32) (param $bytes i32) (result i32)
    (global.get $success))

  ;; ---- Descriptors: stdin, which is at its end, stdout and stderr. No others can be opened.

  ;; The answer for a descriptor that there is.
  (func $unless_standard (param $descriptor i32) (param $answer i32) (result i32)
    (select
      (local.get $answer)
      (global.get $badf)
      (i32.lt_u (local.get $descriptor) (i32.const 3))))

  ;; Writes the first piece that holds anything, or its beginning.
  (func (export "fd_write") (param $descriptor i32) (param $pieces i32) (param $count i32) (param $written i32)
    (result i32)
    (local $length i32)
    (if (i32.gt_u (i32.sub (local.get $descriptor) (i32.const 1)) (i32.const 1))
      (then (return (global.get $badf))))
    (block $found
      (loop $look
        (br_if $found (i32.eqz (local.get $count)))
        (local.set $length (i32.load offset=4 (local.get $pieces)))
        (br_if $found (local.get $length))
        (local.set $pieces (i32.add (local.get $pieces) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $look)))
    (if (i32.gt_u (local.get $length) (global.get $most_written))
      (then (local.set $length (global.get $most_written))))
    (if (i32.and (i32.ne (local.get $length) (i32.const 0)) (i32.eqz (global.get $paused)))
      (then
        (call $host_write
          (i32.eq (local.get $descriptor) (i32.const 2))
          (i32.load (local.get $pieces))
          (local.get $length))))
    (i32.store (local.get $written) (local.get $length))
    (global.get $success))

  (func (export "fd_read") (param $descriptor i32) (param $pieces i32) (param $count i32) (param $read i32) (result i32)
    (if (local.get $descriptor) (then (return (global.get $badf))))
    (i32.store (local.get $read) (i32.const 0))
    (global.get $success))

  ;; A terminal, by its kind and by what may not be done with it: so that a C library passes on each line as it ends.
  (func (export "fd_fdstat_get") (param $descriptor i32) (param $status i32) (result i32)
    (if (i32.gt_u (local.get $descriptor) (i32.const 2)) (then (return (global.get $badf))))
    (i64.store (local.get $status) (i64.const 2))
    (i64.store offset=8 (local.get $status)
      (select (i64.const 0x40) (i64.const 0x02) (local.get $descriptor)))
    (i64.store offset=16 (local.get $status) (i64.const 0))
    (global.get $success))

  (func (export "fd_filestat_get") (param $descriptor i32) (param $status i32) (result i32)
    (if (i32.gt_u (local.get $descriptor) (i32.const 2)) (then (return (global.get $badf))))
    (memory.fill (local.get $status) (i32.const 0) (i32.const 64))
    (i32.store8 offset=16 (local.get $status) (i32.const 2))
    (global.get $success))

  (func (export "fd_fdstat_set_flags") (param $descriptor i32) (param $flags i32) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $success)))

  (func (export "fd_close") (param $descriptor i32) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $success)))

  (func (export "fd_seek") (param $descriptor i32) (param $offset i64) (param $whence i32) (param $position i32)
    (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $spipe)))

  (func (export "fd_tell") (param $descriptor i32) (param $position i32) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $spipe)))

  (func (export "fd_pread") (export "fd_pwrite")
    (param $descriptor i32) (param $pieces i32) (param $count i32) (param $offset i64) (param $done i32) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $spipe)))

  (func (export "fd_sync") (export "fd_datasync") (param $descriptor i32) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $inval)))

  (func (export "fd_advise") (param $descriptor i32) (param $offset i64) (param $length i64) (param $advice i32)
    (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $inval)))

  (func (export "fd_allocate") (param $descriptor i32) (param $offset i64) (param $length i64) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $inval)))

  (func (export "fd_fdstat_set_rights") (param $descriptor i32) (param $base i64) (param $inheriting i64) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $inval)))

  (func (export "fd_filestat_set_size") (param $descriptor i32) (param $size i64) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $inval)))

  (func (export "fd_filestat_set_times")
    (param $descriptor i32) (param $accessed i64) (param $modified i64) (param $flags i32) (result i32)
    (call $unless_standard (local.get $descriptor) (global.get $inval)))

  (func (export "fd_renumber") (param $from i32) (param $to i32) (result i32)
    (call $unless_standard (local.get $from) (global.get $notsup)))

  ;; ---- Folders and sockets: there is no descriptor of either, so none is right.

  (func (export "fd_prestat_get") (param i32 i32) (result i32) (global.get $badf))
  (func (export "fd_prestat_dir_name") (param i32 i32 i32) (result i32) (global.get $badf))
  (func (export "fd_readdir") (param i32 i32 i32 i64 i32) (result i32) (global.get $badf))
  (func (export "path_create_directory") (export "path_remove_directory") (export "path_unlink_file")
    (param i32 i32 i32) (result i32) (global.get $badf))
  (func (export "path_filestat_get") (export "path_symlink")
    (param i32 i32 i32 i32 i32) (result i32) (global.get $badf))
  (func (export "path_filestat_set_times") (param i32 i32 i32 i32 i64 i64 i32) (result i32) (global.get $badf))
  (func (export "path_link") (param i32 i32 i32 i32 i32 i32 i32) (result i32) (global.get $badf))
  (func (export "path_open") (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32) (global.get $badf))
  (func (export "path_readlink") (export "path_rename") (param i32 i32 i32 i32 i32 i32) (result i32) (global.get $badf))
  (func (export "sock_accept") (param i32 i32 i32) (result i32) (global.get $badf))
  (func (export "sock_recv") (param i32 i32 i32 i32 i32 i32) (result i32) (global.get $badf))
  (func (export "sock_send") (param i32 i32 i32 i32 i32) (result i32) (global.get $badf))
  (func (export "sock_shutdown") (param i32 i32) (result i32) (global.get $badf)))
