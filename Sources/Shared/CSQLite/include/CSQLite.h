#pragma once
// SQLite's own C interface, which is already plain and stable, and the two calls of it that Swift cannot
// spell: binding with SQLITE_TRANSIENT, a function pointer made of the number -1.
#include <sqlite3.h>

/// Binds a copy of `count` bytes of UTF-8 to parameter `index`, counted from 1.
int csqlite_bind_text(sqlite3_stmt *_Nonnull statement, int index, const char *_Nonnull text, int count);

/// Binds a copy of `count` bytes to parameter `index`, counted from 1.
int csqlite_bind_blob(sqlite3_stmt *_Nonnull statement, int index, const void *_Nonnull bytes, sqlite3_uint64 count);
