/** The door in the real window. The only file that knows Tauri; it keeps no state. */
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Link, Platform, Saved } from '../platform';
import type { Reply } from '../protocol/Reply';
import type { WindowView } from '../protocol/WindowView';

const MISMATCH = 'mismatch:';

/** What comes through the pipe. A channel, not events: nothing sent is lost before somebody listens. */
type News = { view: WindowView } | { connection: string };

/** `connected`, `connecting`, `off` or `mismatch: why`. */
function link(connection: string): Link {
  return connection.startsWith(MISMATCH) ? { mismatch: connection.slice(MISMATCH.length).trim() } : (connection as Link);
}

export function host(): Platform {
  return {
    watch(onView, onState) {
      let over = false;
      const news = new Channel<News>((one) => {
        if (over) return;
        if ('view' in one) onView(one.view);
        else onState(link(one.connection));
      });
      invoke('begin', { news }).catch(() => over || onState('connecting'));
      return () => {
        over = true;
      };
    },
    // A link to a blob saves nothing in WebKitGTK under Tauri: the window program writes the file.
    save: (name, text) => invoke<Saved>('save_csv', { name, text }),
    ask: (request) => invoke<Reply>('ask', { request }),
    restart: () => invoke<void>('restart'),
    start: () => invoke<void>('start'),
    zoom: (factor) => void invoke('zoom', { factor }),
  };
}
