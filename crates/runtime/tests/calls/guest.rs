//! Guests as text: components whose code is a few instructions.

/// Code that returns at once.
pub(crate) const IDLE: &str = "";
/// Code that traps.
pub(crate) const TRAP: &str = "unreachable";
/// Code that never ends.
pub(crate) const ENDLESS: &str = "(loop $again (br $again))";

/// An import of a function that may make the guest wait.
pub(crate) const WAITS: &str = r#"(import "raisfast:plugin-wit/host-api" (instance
    (export "get-data" (func (param "key" string) (result (option string))))))"#;
/// An import of a function that returns at once.
pub(crate) const LOGS: &str = r#"(import "raisfast:plugin-wit/host-api" (instance
    (export "log" (func (param "level" string) (param "msg" string)))))"#;

/// Returns a component with these imports. Its `on-login` counts its calls and runs `code`; its
/// `filter-html` answers with the count, of one digit; its state is the count.
pub(crate) fn component(imports: &str, code: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            {imports}
            (core module $code
                (memory (export "memory") 1)
                ;; The count is at 32. An answer is at 8: its case, an address and a length.
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
                (func $some (param $address i32) (result i32)
                    (i32.store8 (i32.const 8) (i32.const 1))
                    (i32.store (i32.const 12) (local.get $address))
                    (i32.store (i32.const 16) (i32.const 1))
                    (i32.const 8))
                (func (export "on-login") (param i32 i32)
                    (i32.store8 (i32.const 32) (i32.add (i32.load8_u (i32.const 32)) (i32.const 1)))
                    {code})
                (func (export "filter-html") (param i32 i32) (result i32)
                    (i32.store8 (i32.const 40) (i32.add (i32.load8_u (i32.const 32)) (i32.const 48)))
                    (call $some (i32.const 40)))
                (func (export "snapshot") (result i32) (call $some (i32.const 32)))
                (func (export "restore") (param $state i32) (param i32) (result i32)
                    (i32.store8 (i32.const 32) (i32.load8_u (local.get $state)))
                    (i32.store8 (i32.const 8) (i32.const 0))
                    (i32.const 8)))
            (core instance $code (instantiate $code))
            (func $on-login (param "user-id" string)
                (canon lift (core func $code "on-login")
                    (memory (core memory $code "memory")) (realloc (core func $code "realloc"))))
            (func $filter-html (param "input" string) (result (option string))
                (canon lift (core func $code "filter-html")
                    (memory (core memory $code "memory")) (realloc (core func $code "realloc"))))
            (instance $hooks
                (export "on-login" (func $on-login))
                (export "filter-html" (func $filter-html)))
            (export "raisfast:plugin-wit/plugin-hooks" (instance $hooks))
            (func $snapshot (result (option (list u8)))
                (canon lift (core func $code "snapshot") (memory (core memory $code "memory"))))
            (func $restore (param "state" (list u8)) (result (result (error string)))
                (canon lift (core func $code "restore")
                    (memory (core memory $code "memory")) (realloc (core func $code "realloc"))))
            (instance $lifecycle
                (export "snapshot" (func $snapshot))
                (export "restore" (func $restore)))
            (export "raisfast:plugin-wit/lifecycle" (instance $lifecycle))
        )"#
    );
    wat::parse_str(text).expect("the text is a component")
}
