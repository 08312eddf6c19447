//! The bare server: WebSocket and nothing else, on one thread. What a publisher sends, every watcher is told.
//!
//! It is what a service of presence can at best cost that speaks WebSocket by the same library: no accounts, no rights, no
//! disk, no JSON.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::Result;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::dialect::floor::WATCH;

type Watchers = Rc<RefCell<Vec<mpsc::UnboundedSender<Message>>>>;

/// Serves until it is killed.
pub(crate) fn serve(at: SocketAddr) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind(at).await?;
        let watchers = Watchers::default();
        loop {
            let (stream, _) = listener.accept().await?;
            let watchers = Rc::clone(&watchers);
            tokio::task::spawn_local(async move {
                // Whoever hangs up is none of its business.
                let _ = converse(stream, &watchers).await;
            });
        }
    })
}

async fn converse(stream: TcpStream, watchers: &Watchers) -> Result<()> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(0);
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    let (to_tell, mut told) = mpsc::unbounded_channel();
    loop {
        tokio::select! {
            Some(message) = told.recv() => socket.send(message).await?,
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) if text == WATCH => watchers.borrow_mut().push(to_tell.clone()),
                Some(Ok(message @ Message::Text(_))) => {
                    watchers.borrow_mut().retain(|watcher| watcher.send(message.clone()).is_ok());
                }
                Some(Ok(_)) => {}
                _ => return Ok(()),
            }
        }
    }
}
