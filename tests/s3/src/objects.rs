//! The objects that the server keeps, and S3's operations on them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::SystemTime,
};

use async_trait::async_trait;
use futures::TryStreamExt;
use s3s::{
    Body, S3, S3Request, S3Response, S3Result,
    dto::{
        CommonPrefix, DeleteObjectInput, DeleteObjectOutput, ETag, GetObjectInput, GetObjectOutput,
        HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
        PutObjectInput, PutObjectOutput, Timestamp,
    },
    s3_error,
};
use tokio::sync::watch;

use crate::BUCKET;

/// The most entries of one page. S3 gives 1,000 and may give fewer; so few make every listing turn
/// pages.
const PAGE: usize = 3;
/// The most bytes of a key.
const KEY_BYTES: usize = 1024;

/// The objects of the bucket, by key. Every operation sees what was written before it began.
#[derive(Clone, Default)]
pub(crate) struct Objects {
    stored: Arc<Mutex<BTreeMap<String, Stored>>>,
    /// True while what is written has to wait.
    are_writes_held: watch::Sender<bool>,
    /// Writes that wait.
    held: Arc<AtomicUsize>,
}

/// A write that waits. It is dropped with its request, too, if the client goes away.
struct Held<'a>(&'a AtomicUsize);

impl<'a> Held<'a> {
    fn of(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[derive(Clone)]
struct Stored {
    bytes: Vec<u8>,
    modified: SystemTime,
}

impl Stored {
    fn size(&self) -> i64 {
        i64::try_from(self.bytes.len()).expect("it fits memory")
    }

    fn modified(&self) -> Timestamp {
        self.modified.into()
    }
}

impl Objects {
    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.all().get(key).map(|stored| stored.bytes.clone())
    }

    pub(crate) fn put(&self, key: &str, bytes: Vec<u8>) {
        let modified = SystemTime::now();
        self.all()
            .insert(key.to_owned(), Stored { bytes, modified });
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.all().keys().cloned().collect()
    }

    pub(crate) fn hold_writes(&self, are_held: bool) {
        self.are_writes_held.send_replace(are_held);
    }

    pub(crate) fn held_writes(&self) -> usize {
        self.held.load(SeqCst)
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Stored>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, bucket: &str, key: &str) -> S3Result<Stored> {
        check_bucket(bucket)?;
        let found = self.all().get(key).cloned();
        found.ok_or_else(|| s3_error!(NoSuchKey))
    }

    /// Lists the entries below a prefix, in order: an object, or (without one) the common part of
    /// keys up to the delimiter.
    fn below(&self, prefix: &str, delimiter: Option<&str>) -> BTreeMap<String, Option<Stored>> {
        let mut entries = BTreeMap::new();
        let all = self.all();
        let below = all
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix));
        for (key, stored) in below {
            let end = delimiter.and_then(|delimiter| {
                let found = key[prefix.len()..].find(delimiter)?;
                Some(prefix.len() + found + delimiter.len())
            });
            match end {
                Some(end) => entries.insert(key[..end].to_owned(), None),
                None => entries.insert(key.clone(), Some(stored.clone())),
            };
        }
        entries
    }
}

fn check_bucket(bucket: &str) -> S3Result<()> {
    if bucket == BUCKET {
        Ok(())
    } else {
        Err(s3_error!(NoSuchBucket))
    }
}

#[async_trait]
impl S3 for Objects {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = request.input;
        check_bucket(&input.bucket)?;
        if input.key.len() > KEY_BYTES {
            return Err(s3_error!(KeyTooLongError));
        }
        let mut bytes = Vec::new();
        if let Some(mut body) = input.body {
            while let Some(chunk) = body
                .try_next()
                .await
                .map_err(|_| s3_error!(IncompleteBody))?
            {
                bytes.extend_from_slice(&chunk);
            }
        }
        let mut are_held = self.are_writes_held.subscribe();
        {
            let _held = Held::of(&self.held);
            // The sender is here: it is never gone.
            let _ = are_held.wait_for(|are_held| !are_held).await;
        }
        self.put(&input.key, bytes);
        Ok(S3Response::new(PutObjectOutput::default()))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let stored = self.find(&input.bucket, &input.key)?;
        let length = stored.bytes.len() as u64;
        let wanted = match input.range {
            Some(range) => range.check(length)?,
            None => 0..length,
        };
        let content_range = input
            .range
            .map(|_| format!("bytes {}-{}/{length}", wanted.start, wanted.end - 1));
        let fits = |end: u64| usize::try_from(end).expect("it fits memory");
        let part = stored.bytes[fits(wanted.start)..fits(wanted.end)].to_vec();
        Ok(S3Response::new(GetObjectOutput {
            content_length: i64::try_from(part.len()).ok(),
            content_range,
            last_modified: Some(stored.modified()),
            body: Some(Body::from(part).into()),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let stored = self.find(&request.input.bucket, &request.input.key)?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(stored.size()),
            last_modified: Some(stored.modified()),
            ..HeadObjectOutput::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        check_bucket(&request.input.bucket)?;
        self.all().remove(&request.input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        check_bucket(&input.bucket)?;
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let mut entries = self.below(prefix, input.delimiter.as_deref());
        if let Some(last) = input.continuation_token.or(input.start_after) {
            entries.retain(|name, _| *name > last);
        }
        let asked = input.max_keys.and_then(|keys| usize::try_from(keys).ok());
        let page = asked.map_or(PAGE, |asked| asked.min(PAGE));
        let truncated = entries.len() > page;
        let mut output = ListObjectsV2Output {
            name: Some(input.bucket),
            is_truncated: Some(truncated),
            ..ListObjectsV2Output::default()
        };
        let (mut contents, mut common) = (Vec::new(), Vec::new());
        for (name, stored) in entries.into_iter().take(page) {
            output.next_continuation_token = truncated.then(|| name.clone());
            match stored {
                Some(stored) => contents.push(Object {
                    key: Some(name),
                    size: Some(stored.size()),
                    last_modified: Some(stored.modified()),
                    e_tag: Some(ETag::Strong("of-no-use".to_owned())),
                    ..Object::default()
                }),
                None => common.push(CommonPrefix { prefix: Some(name) }),
            }
        }
        output.key_count = i32::try_from(contents.len() + common.len()).ok();
        output.contents = Some(contents);
        output.common_prefixes = Some(common);
        Ok(S3Response::new(output))
    }
}
