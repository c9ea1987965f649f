/** What other plugins know of articles. */
import { service, type Operation } from '@freeda/runtime'

export interface Articles {
  /**
   * The id of an article, which stays when its title and so its slug change.
   * @throws a 404
   */
  idOf(slug: string): Promise<string>
  /** For the transaction of another plugin: holds only while the article is there. */
  stillThere(id: string): Operation
  /**
   * Registers, in setup, what removes everything that belongs to an article, after the article itself is gone. Runs again
   * when the app starts if it was cut off, so it must bear that.
   */
  onRemoved(cleanUp: (articleId: string) => Promise<void>): void
}

export const Articles = service<Articles>('conduit.articles')
