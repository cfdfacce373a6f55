//! The Debian package on a private copy of this system: installed, run as its unit says, killed,
//! out of space, upgraded with a database of the version before, removed and purged.
//!
//! `cargo xtask dist --check` packages a program and runs this.

mod system;
mod unit;

use std::{
    env, fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::PathBuf,
};

use raisfast_tests::SmallDisk;
use serde_json::json;

use crate::{
    system::{System, succeeded},
    unit::{Service, Unit},
};

const PASSWORD: &str = "correct horse battery staple";
const OWNER: &str = "raisfast:raisfast";
const CONFIG: &str = "/etc/raisfast/raisfast.toml";
const ENVIRONMENT: &str = "/etc/raisfast/environment";
const DATA: &str = "/var/lib/raisfast/data";
const UNIT: &str = "/usr/lib/systemd/system/raisfast.service";
const BEFORE: &str = "/api/v1/posts/a-post-of-before";

#[tokio::test(flavor = "multi_thread")]
async fn the_service_survives_whatever_happens_to_it() {
    let Some(package) = env::var_os("RAISFAST_TEST_DEBIAN_PACKAGE").map(PathBuf::from) else {
        println!("skipped: `cargo xtask dist --check` makes the package that is tested");
        return;
    };
    let Some(system) = System::copy() else {
        println!("skipped: only root may make a private copy of the system");
        return;
    };
    fs::copy(&package, system.path("/raisfast.deb")).expect("the package");

    install_a_former_version(&system);
    is_laid_out(&system);
    is_a_unit_that_systemd_takes(&system);
    system.run(&["dpkg", "--install", "/raisfast.deb"]);
    let unit = Unit::read(&system.path(UNIT));
    set_password(&system, &unit);

    // The administrator's change of the configuration is still there: the port is free.
    let service = unit.start(&system);
    service.visitor.get(BEFORE).await.expect(200);
    publish(&service, "Kept").await;
    service.kill();
    assert_eq!(unit.value("Restart"), "on-failure");

    let service = unit.start(&system);
    has_posts(&service).await;
    assert_eq!(service.stop().await, Some(0), "a stop is not a failure");

    // The program is replaced while it runs.
    let service = unit.start(&system);
    system.run(&["dpkg", "--install", "/raisfast.deb"]);
    has_posts(&service).await;
    assert_eq!(service.stop().await, Some(0));

    fills_the_disk(&system, &unit).await;

    system.run(&["dpkg", "--remove", "raisfast"]);
    assert!(!system.path("/usr/bin/raisfast").exists());
    assert!(system.path(CONFIG).exists() && system.path(ENVIRONMENT).exists());
    system.run(&["dpkg", "--install", "/raisfast.deb"]);
    let service = unit.start(&system);
    has_posts(&service).await;
    assert_eq!(service.stop().await, Some(0));

    let said = system.run(&["dpkg", "--purge", "raisfast"]);
    assert!(said.contains("rm -r /var/lib/raisfast"), "{said}");
    assert!(!system.path("/etc/raisfast").exists());
    assert!(system.path(DATA).join("raisfast.db").exists());
}

/// Installs a version before this one that has left its database, and has an administrator who has
/// changed the configuration.
fn install_a_former_version(system: &System) {
    system.run(&["dpkg-deb", "--raw-extract", "/raisfast.deb", "/former"]);
    let control = system.path("/former/DEBIAN/control");
    let text = fs::read_to_string(&control).expect("the control file");
    let former: String = text
        .lines()
        .map(|line| match line.strip_prefix("Version: ") {
            Some(version) => format!("Version: {version}~former\n"),
            None => format!("{line}\n"),
        })
        .collect();
    assert_ne!(former, text);
    fs::write(&control, former).expect("the control file");
    system.run(&["dpkg-deb", "--build", "-Znone", "/former", "/former.deb"]);
    system.run(&["dpkg", "--install", "/former.deb"]);

    let config = fs::read_to_string(system.path(CONFIG)).expect("its configuration");
    fs::write(
        system.path(CONFIG),
        format!("addr = \"127.0.0.1:0\"\n{config}"),
    )
    .expect("its configuration");
    system.run(&[
        "install", "-d", "-m", "0700", "-o", "raisfast", "-g", "raisfast", DATA,
    ]);
    let database = include_bytes!("../../fixtures/former-data/raisfast.db");
    let path = system.path(DATA).join("raisfast.db");
    fs::write(&path, database).expect("the former database");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("nobody else's");
    system.run(&["chown", OWNER, &format!("{DATA}/raisfast.db")]);
}

fn is_laid_out(system: &System) {
    let version = system.run(&["raisfast", "--version"]);
    assert!(version.contains("wasmtime "), "{version}");
    for path in [
        "/usr/share/man/man1/raisfast.1.gz",
        "/usr/share/man/man1/raisfast-plugin-new.1.gz",
        "/usr/share/bash-completion/completions/raisfast",
        "/usr/share/doc/raisfast/copyright",
        "/usr/share/doc/raisfast/third-party-licences.txt.gz",
        UNIT,
    ] {
        assert!(system.path(path).is_file(), "{path}");
    }
    let home = system.run(&["getent", "passwd", "raisfast"]);
    assert!(
        home.contains(":/var/lib/raisfast:/usr/sbin/nologin"),
        "{home}"
    );
    let folder = fs::metadata(system.path("/var/lib/raisfast")).expect("its folder");
    assert_eq!(folder.mode() & 0o777, 0o700);
    assert_ne!(folder.uid(), 0);
    // The scripts may be run any number of times.
    let script = "/var/lib/dpkg/info/raisfast.postinst";
    for _ in 0..2 {
        system.run(&[script, "configure"]);
    }
}

fn is_a_unit_that_systemd_takes(system: &System) {
    if !system.path("/usr/bin/systemd-analyze").exists() {
        println!("skipped: systemd is not here to verify the unit");
        return;
    }
    system.run(&["systemd-analyze", "verify", "--man=no", UNIT]);
    let of = [
        "systemd-analyze",
        "security",
        "--offline=true",
        "--threshold=20",
        UNIT,
    ];
    system.run(&of);
}

/// Sets the password as the book says: as the service's user, with its configuration.
fn set_password(system: &System, unit: &Unit) {
    fs::write(
        system.path(ENVIRONMENT),
        format!("RAISFAST_ADMIN_PASSWORD={PASSWORD}\n"),
    )
    .expect("the environment");
    let words = ["raisfast", "admin", "password", "--config", CONFIG];
    let owner = format!("{}:{}", unit.value("User"), unit.value("Group"));
    succeeded(
        system
            .command_as(&owner, &words)
            .env("RAISFAST_ADMIN_PASSWORD", PASSWORD),
    );
}

async fn publish(service: &Service, title: &str) {
    let admin = service.visitor.log_in("admin", PASSWORD).await;
    let post = json!({"title": title, "content": "text", "status": "published"});
    admin.post("/api/v1/posts", &post).await.expect(201);
}

async fn has_posts(service: &Service) {
    service.visitor.get(BEFORE).await.expect(200);
    service.visitor.get("/api/v1/posts/kept").await.expect(200);
}

async fn has_all(service: &Service, paths: &[String]) {
    for path in paths {
        service.visitor.get(path).await.expect(200);
    }
}

/// Runs the service on a disk that gets full: it says so, loses nothing, and goes on.
async fn fills_the_disk(system: &System, unit: &Unit) {
    let disk = SmallDisk::mount_on(&system.path(DATA)).expect("root may mount");
    system.run(&["chown", OWNER, DATA]);
    let service = unit.start(system);
    publish(&service, "Before").await;
    let admin = service.visitor.log_in("admin", PASSWORD).await;
    disk.fill();
    // Some space may be left inside of the database's own files.
    let mut refused = None;
    let mut accepted = Vec::new();
    for round in 0..20 {
        let text = "x".repeat(200_000);
        let post =
            json!({"title": format!("Full {round}"), "content": text, "status": "published"});
        let answer = admin.post("/api/v1/posts", &post).await;
        if answer.status.as_u16() != 201 {
            refused = Some(answer.expect(507));
            break;
        }
        accepted.push(format!("/api/v1/posts/full-{round}"));
    }
    let refused = refused.expect("a full disk refuses posts").to_string();
    assert!(refused.contains("disk is full"), "{refused}");
    service
        .visitor
        .get("/api/v1/posts/before")
        .await
        .expect(200);
    disk.make_space();
    publish(&service, "After").await;
    accepted.extend(["before", "after"].map(|slug| format!("/api/v1/posts/{slug}")));
    has_all(&service, &accepted).await;
    assert_eq!(service.stop().await, Some(0));

    // Nothing that was answered lives in the process alone, and a kill on a full disk loses none.
    let service = unit.start(system);
    has_all(&service, &accepted).await;
    disk.fill();
    has_all(&service, &accepted).await;
    service.kill();
    disk.make_space();
    let service = unit.start(system);
    has_all(&service, &accepted).await;
    assert_eq!(service.stop().await, Some(0));
}
