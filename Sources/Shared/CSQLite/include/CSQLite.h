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
