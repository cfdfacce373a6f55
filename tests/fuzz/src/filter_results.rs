//! Answers of a plugin's filter.

use std::{
    num::NonZeroU64,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use crate::workplace::wait;
use raisfast_accounts::{User, Users};
use raisfast_cluster::Node;
use raisfast_content::{ContentError, Post, Site};
use raisfast_contract::{
    CommentInput, ContentEvent, Hook, JsonObject, PluginId, PostInput,
    hook::{OnCommentCreating, OnContentCreating, OnPostCreating},
};
use raisfast_db::Database;
use raisfast_hooks::{Bus, Subscription, SubscriptionOptions};
use raisfast_outbox::{Outbox, OutboxOptions};

/// The field of an answer that is absent.
const ABSENT: &str = "\u{0}";

/// The first byte says which hook is answered; fields follow, with a byte 0xff between them, and a
/// field that is a single NUL is absent. Whatever the answer is, the request succeeds, and what is
/// stored keeps the rules: the answer where it does, and what the user sent where it does not.
pub(crate) fn filter_results(input: &[u8]) {
    static PLACE: LazyLock<Mutex<Place>> = LazyLock::new(|| Mutex::new(wait(Place::new())));

    let Some((kind, rest)) = input.split_first() else {
        return;
    };
    let fields: Vec<String> = rest
        .split(|byte| *byte == 0xff)
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .collect();
    let fields = Fields(fields.into_iter());
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    match kind % 3 {
        0 => wait(place.post(fields)),
        1 => wait(place.comment(fields)),
        _ => wait(place.content(fields)),
    }
}

struct Fields(std::vec::IntoIter<String>);

impl Fields {
    fn text(&mut self) -> String {
        self.0.next().unwrap_or_default()
    }

    fn optional(&mut self) -> Option<String> {
        self.0.next().filter(|field| field != ABSENT)
    }

    /// The rest of them.
    fn list(self) -> Option<Vec<String>> {
        let list: Vec<String> = self.0.collect();
        (!list.is_empty()).then_some(list)
    }
}

/// A site whose one plugin gives the input's answers.
struct Place {
    site: Site,
    bus: Bus,
    admin: User,
    plugin: PluginId,
    /// A published post, to comment on.
    post: Post,
}

impl Place {
    async fn new() -> Self {
        let database = Database::connect("sqlite::memory:").await;
        let bus = Bus::new();
        let database = database.expect("a database");
        let outbox = Outbox::start(
            database.clone(),
            bus.clone(),
            Node::alone(),
            OutboxOptions::default(),
        )
        .await;
        let outbox = outbox.expect("an outbox");
        let users = Users::new(database.clone(), bus.clone(), outbox.clone());
        let site = Site::new(database, bus.clone(), outbox).with_comments_per_post(NonZeroU64::MAX);
        let password = users.ensure_admin(None).await;
        let password = password.expect("an admin").expect("a password");
        let login = users.login("admin", &password).await;
        let admin = login.expect("a login").user;
        let post = PostInput {
            title: "Commented".to_owned(),
            status: Some("published".to_owned()),
            ..PostInput::default()
        };
        let post = site.posts().create(&admin, post).await;
        Self {
            site,
            bus,
            admin,
            plugin: "com.example.fuzz".parse().expect("an id"),
            post: post.expect("a post"),
        }
    }

    /// Lets the plugin answer this hook, once and for all calls to come.
    fn answer<H>(&self, answer: H::Output)
    where
        H: Hook,
        H::Output: Clone + Send + Sync + 'static,
    {
        let handler = move |_: H::Params| {
            let answer = answer.clone();
            async move { Ok(answer) }
        };
        let options = SubscriptionOptions::default();
        let subscription = Subscription::new::<H>(self.plugin.clone(), options, Arc::new(handler));
        self.bus.replace(&self.plugin, vec![subscription]);
    }

    async fn post(&self, mut fields: Fields) {
        let answer = PostInput {
            title: fields.text(),
            content: fields.text(),
            slug: fields.optional(),
            excerpt: fields.optional(),
            category_id: fields.optional(),
            status: fields.optional(),
            cover_image: fields.optional(),
            tag_ids: fields.list(),
        };
        self.answer::<OnPostCreating>(Some(answer.clone()));
        let sent = PostInput {
            title: "As the user sent it".to_owned(),
            content: "Text".to_owned(),
            ..PostInput::default()
        };
        let stored = self.site.posts().create(&self.admin, sent.clone()).await;
        let stored = stored.expect("a filter's answer does not fail the request");
        let taken = stored.title == answer.title && stored.content == answer.content;
        let kept = stored.title == sent.title && stored.content == sent.content;
        assert!(
            taken || kept,
            "{stored:?} is neither {answer:?} nor {sent:?}"
        );

        let title = stored.title.chars().count();
        assert!((1..=200).contains(&title) && !stored.title.trim().is_empty());
        assert!(!stored.title.contains(char::is_control), "{stored:?}");
        assert!(stored.content.len() <= 1 << 20 && !stored.content.contains('\0'));
        let slug = |c: char| c.is_lowercase() || c.is_numeric() || c == '-' || c.is_alphabetic();
        assert!(!stored.slug.is_empty() && stored.slug.len() <= 200 + 12);
        assert!(stored.slug.chars().all(slug), "{stored:?}");
        assert!(!stored.slug.starts_with('-') && !stored.slug.ends_with('-'));
        let excerpt = stored.excerpt.as_deref().unwrap_or_default();
        assert!(excerpt.chars().count() <= 1000 && !excerpt.contains('\0'));
        assert!(["draft", "published", "archived"].contains(&stored.status.as_str()));

        let deleted = self.site.posts().delete(&self.admin, &stored.id).await;
        deleted.expect("the post is there");
    }

    async fn comment(&self, mut fields: Fields) {
        let answer = CommentInput {
            content: fields.text(),
            nickname: fields.optional(),
            email: fields.optional(),
            parent_id: fields.optional(),
        };
        self.answer::<OnCommentCreating>(Some(answer.clone()));
        let sent = CommentInput {
            content: "As the visitor sent it".to_owned(),
            ..CommentInput::default()
        };
        let comments = self.site.comments();
        let stored = comments.create(&self.post.slug, sent.clone()).await;
        let stored = stored.expect("a filter's answer does not fail the request");
        let taken = stored.content == answer.content && stored.nickname == answer.nickname;
        let kept = stored.content == sent.content && stored.nickname == sent.nickname;
        assert!(
            taken || kept,
            "{stored:?} is neither {answer:?} nor {sent:?}"
        );
        assert!(stored.content.chars().count() <= 10_000);
        assert!(!stored.content.trim().is_empty() && !stored.content.contains('\0'));
        assert_eq!(stored.parent_id, None, "a filter ties it to nothing");
    }

    async fn content(&self, mut fields: Fields) {
        let answer = ContentEvent {
            content_type: fields.text(),
            data: fields.text(),
            id: fields.optional(),
        };
        self.answer::<OnContentCreating>(Some(answer.clone()));
        let sent: JsonObject = r#"{"sent":true}"#.parse().expect("an object");
        let contents = self.site.contents();
        let stored = contents.create(&self.admin, "fuzz", sent.clone()).await;
        let stored = match stored {
            Ok(stored) => stored,
            Err(ContentError::Invalid(fields)) => panic!("the request is valid: {fields:?}"),
            Err(error) => panic!("a filter's answer does not fail the request: {error}"),
        };
        assert_eq!(stored.content_type, "fuzz", "a filter keeps the type");
        let answered: Option<JsonObject> = answer.data.parse().ok();
        assert!(
            stored.data == sent || Some(&stored.data) == answered.as_ref(),
            "{stored:?} is neither {answer:?} nor {sent:?}"
        );
        let read = contents.get("fuzz", &stored.id).await;
        assert_eq!(read.expect("it is there"), stored);
        let deleted = contents.delete(&self.admin, "fuzz", &stored.id).await;
        deleted.expect("it is there");
    }
}
