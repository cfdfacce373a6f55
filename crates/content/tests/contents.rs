//! Typed content and its hooks.

mod support;

use std::sync::Arc;

use raisfast_content::ContentError;
use raisfast_contract::{
    ContentEvent, JsonObject,
    hook::{
        OnContentCreated, OnContentCreating, OnContentDeleted, OnContentUpdated, OnContentUpdating,
    },
};
use raisfast_hooks::OnError;
use serde_json::{Map, Value, json};
use support::{TestSite, failed, invalid};

fn object(value: Value) -> JsonObject {
    serde_json::from_value(value).expect("an object")
}

#[tokio::test]
async fn data_comes_back_as_it_was_written() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let data = object(
        json!({"name": "Ä", "price": 1.5, "tags": ["a", null, true], "in": {"b": i64::MAX, "a": 2}}),
    );
    let created = contents
        .create(&test.admin, "product", data.clone())
        .await
        .unwrap();
    assert_eq!(created.content_type, "product");
    assert_eq!(created.data, data);
    let found = contents.get("product", &created.id).await.unwrap();
    assert_eq!(found, created);
    // The order of keys is the author's.
    assert_eq!(
        serde_json::to_string(&found.data).unwrap(),
        serde_json::to_string(&data).unwrap()
    );
}

#[tokio::test]
async fn a_record_is_found_under_its_own_type_only() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let created = contents
        .create(&test.admin, "product", Map::new())
        .await
        .unwrap();
    for (content_type, id) in [("event", created.id.as_str()), ("product", "nothing")] {
        assert!(matches!(
            contents.get(content_type, id).await,
            Err(ContentError::NotFound)
        ));
        let updated = contents
            .update(&test.admin, content_type, id, Map::new())
            .await;
        assert!(matches!(updated, Err(ContentError::NotFound)));
        assert!(matches!(
            contents.delete(&test.admin, content_type, id).await,
            Err(ContentError::NotFound)
        ));
    }
    assert_eq!(contents.list("event", None, 10).await.unwrap().items, []);
    assert_eq!(
        contents.list("product", None, 10).await.unwrap().items,
        [created]
    );
}

#[tokio::test]
async fn type_names_and_sizes_are_checked() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let errors = invalid(contents.create(&test.admin, "Not A Type", Map::new()).await);
    assert!(errors[0].message.contains("Not A Type"), "{}", errors[0]);
    let large = object(json!({"text": "x".repeat(1 << 20)}));
    let errors = invalid(contents.create(&test.admin, "product", large).await);
    assert!(errors[0].message.contains("at most"), "{}", errors[0]);
}

#[tokio::test]
async fn only_its_author_or_an_admin_changes_a_record() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let (ada, bob) = (test.author("ada").await, test.author("bob").await);
    let record = contents.create(&ada, "product", Map::new()).await.unwrap();
    let by_bob = contents
        .update(&bob, "product", &record.id, Map::new())
        .await;
    assert!(matches!(by_bob, Err(ContentError::Forbidden)));
    assert!(matches!(
        contents.delete(&bob, "product", &record.id).await,
        Err(ContentError::Forbidden)
    ));
    contents
        .update(&ada, "product", &record.id, Map::new())
        .await
        .unwrap();
    contents
        .delete(&test.admin, "product", &record.id)
        .await
        .unwrap();
}

#[tokio::test]
async fn pages_of_a_list_hold_each_record_once() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    for number in 1..=5 {
        let data = object(json!({"number": number}));
        contents.create(&test.admin, "product", data).await.unwrap();
    }
    let mut numbers = Vec::new();
    let mut cursor = None;
    loop {
        let page = contents
            .list("product", cursor.as_deref(), 2)
            .await
            .unwrap();
        numbers.extend(page.items.into_iter().map(|record| record.data.to_string()));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (1..=5)
        .rev()
        .map(|number| format!(r#"{{"number":{number}}}"#))
        .collect();
    assert_eq!(numbers, expected);
}

#[tokio::test]
async fn every_change_runs_its_filter_and_its_action() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    test.plugin::<OnContentCreating>(
        "creating",
        OnError::Continue,
        |(event,): (Arc<ContentEvent>,)| async move {
            assert_eq!((event.content_type.as_str(), &event.id), ("product", &None));
            let mut data: Map<String, Value> = serde_json::from_str(&event.data).unwrap();
            data.insert("checked".to_owned(), json!(true));
            let data = serde_json::to_string(&data).unwrap();
            Ok(Some(ContentEvent {
                data,
                ..Arc::unwrap_or_clone(event)
            }))
        },
    );
    test.plugin::<OnContentUpdating>(
        "updating",
        OnError::Continue,
        |(event,): (Arc<ContentEvent>,)| async move {
            let data = format!(
                r#"{{"id_seen": {:?}, "was": {}}}"#,
                event.id.clone().unwrap(),
                event.data
            );
            Ok(Some(ContentEvent {
                data,
                ..Arc::unwrap_or_clone(event)
            }))
        },
    );
    let created = test.record::<OnContentCreated>();
    let updated = test.record::<OnContentUpdated>();
    let deleted = test.record::<OnContentDeleted>();

    let record = contents
        .create(&test.admin, "product", object(json!({"a": 1})))
        .await
        .unwrap();
    assert_eq!(record.data, object(json!({"a": 1, "checked": true})));
    let id = record.id.clone();
    let record = contents
        .update(&test.admin, "product", &id, object(json!({"a": 2})))
        .await
        .unwrap();
    assert_eq!(record.data, object(json!({"id_seen": id, "was": {"a": 2}})));
    assert_eq!(contents.get("product", &id).await.unwrap(), record);
    contents.delete(&test.admin, "product", &id).await.unwrap();
    assert!(matches!(
        contents.get("product", &id).await,
        Err(ContentError::NotFound)
    ));

    test.outbox.settled().await;
    let event = |data: Value| ContentEvent {
        content_type: "product".to_owned(),
        data: data.to_string(),
        id: Some(id.clone()),
    };
    let created = created.lock().unwrap();
    assert_eq!(
        created
            .iter()
            .map(|(event,)| (**event).clone())
            .collect::<Vec<_>>(),
        [event(json!({"a": 1, "checked": true}))]
    );
    let updated = updated.lock().unwrap();
    assert_eq!(updated.len(), 1);
    assert_eq!(updated[0].0.id.as_ref(), Some(&id));
    let deleted = deleted.lock().unwrap();
    assert_eq!(deleted.len(), 1);
    assert_eq!((&*deleted[0].0, &*deleted[0].1), ("product", id.as_str()));
}

#[tokio::test]
async fn an_answer_of_another_record_or_no_object_is_the_plugin_s_error() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let answers: [fn(&mut ContentEvent); 4] = [
        |event| event.content_type = "user".to_owned(),
        |event| event.id = Some("another".to_owned()),
        |event| event.data = "[1]".to_owned(),
        |event| event.data = "{".to_owned(),
    ];
    for change in answers {
        let broken = move |(event,): (Arc<ContentEvent>,)| async move {
            let mut event = Arc::unwrap_or_clone(event);
            change(&mut event);
            Ok(Some(event))
        };
        test.plugin::<OnContentCreating>("broken", OnError::Continue, broken);
        let data = object(json!({"kept": true}));
        let record = contents
            .create(&test.admin, "product", data.clone())
            .await
            .unwrap();
        assert_eq!(
            (record.content_type.as_str(), &record.data),
            ("product", &data)
        );

        test.plugin::<OnContentCreating>("broken", OnError::Abort, broken);
        let result = contents.create(&test.admin, "product", data).await;
        assert!(
            matches!(result, Err(ContentError::Aborted(_))),
            "{result:?}"
        );
    }
    assert_eq!(
        contents
            .list("product", None, 10)
            .await
            .unwrap()
            .items
            .len(),
        answers.len()
    );
}

#[tokio::test]
async fn an_update_that_aborts_changes_nothing() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    let record = contents
        .create(&test.admin, "product", object(json!({"a": 1})))
        .await
        .unwrap();
    test.plugin::<OnContentUpdating>("strict", OnError::Abort, |_: (Arc<ContentEvent>,)| async {
        failed()
    });
    let result = contents
        .update(&test.admin, "product", &record.id, Map::new())
        .await;
    assert!(
        matches!(result, Err(ContentError::Aborted(_))),
        "{result:?}"
    );
    assert_eq!(contents.get("product", &record.id).await.unwrap(), record);
}

#[tokio::test]
async fn the_types_that_have_records_are_listed() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    assert_eq!(contents.types(None, 10).await.unwrap().items, []);
    for content_type in ["product", "event", "product", "an-event"] {
        let created = contents.create(&test.admin, content_type, Map::new()).await;
        created.unwrap();
    }
    let all = contents.types(None, 10).await.unwrap();
    let shown: Vec<_> = all
        .items
        .iter()
        .map(|one| (one.content_type.as_str(), one.records, one.more_records))
        .collect();
    assert_eq!(
        shown,
        [
            ("an-event", 1, false),
            ("event", 1, false),
            ("product", 2, false)
        ]
    );
    assert_eq!(all.next, None);
    let newest = contents.list("product", None, 1).await.unwrap();
    assert_eq!(all.items[2].newest, newest.items[0].created_at);

    let first = contents.types(None, 2).await.unwrap();
    assert_eq!(first.items, all.items[..2]);
    let rest = contents.types(first.next.as_deref(), 2).await.unwrap();
    assert_eq!((&rest.items[..], rest.next), (&all.items[2..], None));
    for limit in [0, 101] {
        assert_eq!(
            invalid(contents.types(None, limit).await)[0].pointer,
            "/limit"
        );
    }
    let errors = invalid(contents.types(Some("No Type"), 1).await);
    assert_eq!(errors[0].pointer, "/cursor");
}

#[tokio::test]
async fn records_are_found_by_a_part_of_their_text() {
    let test = TestSite::new().await;
    let contents = test.site.contents();
    for (content_type, name) in [
        ("product", "Green \"Tea\""),
        ("product", "100% Kaffee, schön"),
        ("event", "Tea at noon"),
    ] {
        let data = object(json!({ "name": name }));
        contents
            .create(&test.admin, content_type, data)
            .await
            .unwrap();
    }
    let found = async |text: &str| {
        let page = contents.search("product", text, None, 10).await.unwrap();
        page.items.len()
    };
    for (text, number) in [
        ("tea", 1),
        ("\"Tea\"", 1),
        ("schön", 1),
        ("0%", 1),
        ("_%", 0),
        ("name", 2),
        ("noon", 0),
    ] {
        assert_eq!(found(text).await, number, "{text}");
    }
    for text in ["", " ", "a\nb", &"x".repeat(101)] {
        let errors = invalid(contents.search("product", text, None, 10).await);
        assert_eq!(errors[0].pointer, "/text", "{text}");
    }
}
