/// <reference path="./raisfast-plugin-wit-types.d.ts" />
declare module 'raisfast:plugin-wit/plugin-hooks' {
  /**
   * Filters: `some` replaces the value, `none` keeps it.
   */
  export function onPostCreating(input: PostInput): PostInput | undefined;
  export function onPostUpdating(input: PostInput): PostInput | undefined;
  export function onCommentCreating(input: CommentInput): CommentInput | undefined;
  export function onContentCreating(input: ContentEvent): ContentEvent | undefined;
  export function onContentUpdating(input: ContentEvent): ContentEvent | undefined;
  export function renderMarkdown(input: string): string | undefined;
  export function filterHtml(input: string): string | undefined;
  /**
   * Actions: called after the change is committed.
   */
  export function onPostCreated(output: PostOutput): void;
  export function onPostUpdated(output: PostOutput): void;
  export function onPostDeleted(id: string): void;
  export function onCommentCreated(input: CommentInput): void;
  export function onContentCreated(input: ContentEvent): void;
  export function onContentUpdated(input: ContentEvent): void;
  export function onContentDeleted(contentType: string, id: string): void;
  export function onLogin(userId: string): void;
  export function onCronTick(payload: string | undefined): void;
  export type PostInput = import('raisfast:plugin-wit/types').PostInput;
  export type PostOutput = import('raisfast:plugin-wit/types').PostOutput;
  export type CommentInput = import('raisfast:plugin-wit/types').CommentInput;
  export type ContentEvent = import('raisfast:plugin-wit/types').ContentEvent;
}
