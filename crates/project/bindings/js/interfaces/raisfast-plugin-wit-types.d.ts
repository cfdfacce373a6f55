declare module 'raisfast:plugin-wit/types' {
  /**
   * A post as an author submits it.
   */
  export interface PostInput {
    title: string,
    content: string,
    slug?: string,
    excerpt?: string,
    categoryId?: string,
    tagIds?: Array<string>,
    status?: string,
    coverImage?: string,
  }
  /**
   * A post as the server has stored it. Times are RFC 3339.
   */
  export interface PostOutput {
    id: string,
    title: string,
    slug: string,
    content: string,
    excerpt?: string,
    status: string,
    createdBy: string,
    updatedBy?: string,
    categoryId?: string,
    viewCount: bigint,
    createdAt: string,
    updatedAt: string,
    publishedAt?: string,
  }
  /**
   * A comment as a visitor submits it.
   */
  export interface CommentInput {
    content: string,
    nickname?: string,
    email?: string,
    parentId?: string,
  }
  /**
   * Typed content; `data` is a JSON object as text. `id` is absent before creation.
   */
  export interface ContentEvent {
    contentType: string,
    data: string,
    id?: string,
  }
}
