#pragma once
// SQLite's own C interface, which is already plain and stable; the two calls of it that Swift cannot spell (binding with
// SQLITE_TRANSIENT, a function pointer made of the number -1); and a virtual file system.
#include <sqlite3.h>

/// Binds a copy of `count` bytes of UTF-8 to parameter `index`, counted from 1.
int csqlite_bind_text(sqlite3_stmt *_Nonnull statement, int index, const char *_Nonnull text, int count);

/// Binds a copy of `count` bytes to parameter `index`, counted from 1.
int csqlite_bind_blob(sqlite3_stmt *_Nonnull statement, int index, const void *_Nonnull bytes, sqlite3_uint64 count);

/// Makes a virtual file system known that is the default one, but writes a write-ahead log in large pieces: what is added
/// is gathered up to the next sync or read. To be used with `synchronous = FULL`, where every commit syncs.
#define CSQLITE_GATHERING_LOG "gathering-log"
/// To be called before the first file is opened with it.
int csqlite_register_gathering_log(void);

/// Has the sync of the next commit held back: its pages are in the file, where other connections read them, and reach the
/// disk with the next sync of the log, whoever asks for it. For what can be made again after a power cut. Checkpoints sync
/// as ever. To be taken back (`holds` 0) when the commit is over: one that changed nothing has no sync.
void csqlite_hold_sync(sqlite3 *_Nonnull database, int holds);

/// Returns when everything that was committed is on disk. Once a sync of the log has failed, so does this: nobody knows
/// what became of what it was for.
int csqlite_sync_log(sqlite3 *_Nonnull database);
