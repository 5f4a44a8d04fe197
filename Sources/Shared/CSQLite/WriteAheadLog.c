// A virtual file system of SQLite's that writes what a transaction adds to a write-ahead log in one piece.
//
// SQLite writes each page of a transaction with two system calls, a head of 24 bytes and the page, and reads nothing of
// it before it has synced the log (synchronous = FULL). Here the pieces are gathered until then. The sync of one commit
// can be held back: its pages are written, and reach the disk with the next sync. Everything else is the default file
// system's.
#include "CSQLite.h"

#include <stdlib.h>
#include <string.h>

// The default file system takes less than 128 KiB in one call.
enum { PENDING_CAPACITY = 96 << 10 };

/// An open log; the default file system's file stands behind it in the same memory.
typedef struct {
    sqlite3_file base;
    sqlite3_int64 offset;
    int count;
    char *pending;
    /// The next sync of pages only writes them.
    int holds_sync;
    /// Nothing but the log's own head, at its beginning, was written last: its sync says that older pages are void.
    int head_is_last;
    int head_is_unsynced;
    /// What a sync failed with. The kernel tells it once, and what came before may be lost.
    int failure;
} log_file;

static sqlite3_vfs *inner(sqlite3_vfs *vfs) { return vfs->pAppData; }
static sqlite3_file *real(sqlite3_file *file) { return (sqlite3_file *)((log_file *)file + 1); }

/// Writes what is gathered. What cannot be written is forgotten: SQLite rolls its transaction back.
static int flush(sqlite3_file *file) {
    log_file *log = (log_file *)file;
    const int count = log->count;
    log->count = 0;
    if (count == 0) return SQLITE_OK;
    return real(file)->pMethods->xWrite(real(file), log->pending, count, log->offset);
}

static int close_log(sqlite3_file *file) {
    const int flushed = flush(file);
    const int closed = real(file)->pMethods->xClose(real(file));
    free(((log_file *)file)->pending);
    return flushed == SQLITE_OK ? closed : flushed;
}

static int read_log(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
    const int flushed = flush(file);
    return flushed == SQLITE_OK ? real(file)->pMethods->xRead(real(file), bytes, count, offset) : flushed;
}

static int write_log(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
    log_file *log = (log_file *)file;
    log->head_is_last = offset == 0;
    log->head_is_unsynced |= offset == 0;
    if (offset != log->offset + log->count || count > PENDING_CAPACITY - log->count) {
        const int flushed = flush(file);
        if (flushed != SQLITE_OK) return flushed;
        log->offset = offset;
    }
    if (count > PENDING_CAPACITY) {
        log->offset = offset + count;
        return real(file)->pMethods->xWrite(real(file), bytes, count, offset);
    }
    memcpy(log->pending + log->count, bytes, (size_t)count);
    log->count += count;
    return SQLITE_OK;
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size) {
    const int flushed = flush(file);
    return flushed == SQLITE_OK ? real(file)->pMethods->xTruncate(real(file), size) : flushed;
}

static int sync_now(sqlite3_file *file, int flags) {
    log_file *log = (log_file *)file;
    const int code = real(file)->pMethods->xSync(real(file), flags);
    if (code == SQLITE_OK) {
        log->head_is_unsynced = 0;
    } else {
        log->failure = code;
    }
    return code;
}

static int sync_log(sqlite3_file *file, int flags) {
    log_file *log = (log_file *)file;
    const int flushed = flush(file);
    if (flushed != SQLITE_OK) return flushed;
    if (!log->holds_sync || log->head_is_last) return sync_now(file, flags);
    // Only this one: a checkpoint's, which may follow, is none of the commit's.
    log->holds_sync = 0;
    return log->head_is_unsynced ? sync_now(file, flags) : SQLITE_OK;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *size) {
    const int flushed = flush(file);
    return flushed == SQLITE_OK ? real(file)->pMethods->xFileSize(real(file), size) : flushed;
}

static int lock_log(sqlite3_file *file, int level) { return real(file)->pMethods->xLock(real(file), level); }
static int unlock_log(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
static int log_is_reserved(sqlite3_file *file, int *result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}
static int control_log(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
static int sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int characteristics(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = close_log,
    .xRead = read_log,
    .xWrite = write_log,
    .xTruncate = truncate_log,
    .xSync = sync_log,
    .xFileSize = log_size,
    .xLock = lock_log,
    .xUnlock = unlock_log,
    .xCheckReservedLock = log_is_reserved,
    .xFileControl = control_log,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

/// Files other than logs are the default file system's own from here on.
static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *opened) {
    if (!(flags & SQLITE_OPEN_WAL)) return inner(vfs)->xOpen(inner(vfs), name, file, flags, opened);
    log_file *log = (log_file *)file;
    *log = (log_file){.pending = malloc(PENDING_CAPACITY)};
    if (!log->pending) return SQLITE_NOMEM;
    const int code = inner(vfs)->xOpen(inner(vfs), name, real(file), flags, opened);
    if (code == SQLITE_OK) {
        log->base.pMethods = &log_methods;
    } else {
        if (real(file)->pMethods) real(file)->pMethods->xClose(real(file));
        free(log->pending);
    }
    return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int synced) {
    return inner(vfs)->xDelete(inner(vfs), name, synced);
}
static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    return inner(vfs)->xAccess(inner(vfs), name, flags, result);
}
static int full_path(sqlite3_vfs *vfs, const char *name, int count, char *path) {
    return inner(vfs)->xFullPathname(inner(vfs), name, count, path);
}
static int randomness(sqlite3_vfs *vfs, int count, char *bytes) {
    return inner(vfs)->xRandomness(inner(vfs), count, bytes);
}
static int pause_thread(sqlite3_vfs *vfs, int microseconds) { return inner(vfs)->xSleep(inner(vfs), microseconds); }
static int last_error(sqlite3_vfs *vfs, int count, char *text) {
    return inner(vfs)->xGetLastError(inner(vfs), count, text);
}
static int current_time(sqlite3_vfs *vfs, double *time) { return inner(vfs)->xCurrentTime(inner(vfs), time); }

/// The open log of a connection; NULL where there is none.
static log_file *log_of(sqlite3 *database) {
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return NULL;
    return file && file->pMethods == &log_methods ? (log_file *)file : NULL;
}

void csqlite_hold_sync(sqlite3 *database, int holds) {
    log_file *log = log_of(database);
    if (log) log->holds_sync = holds;
}

int csqlite_sync_log(sqlite3 *database) {
    log_file *log = log_of(database);
    if (!log) return SQLITE_OK;
    const int flushed = flush(&log->base);
    if (flushed != SQLITE_OK) return flushed;
    return log->failure ? log->failure : sync_now(&log->base, SQLITE_SYNC_NORMAL);
}

int csqlite_register_gathering_log(void) {
    static sqlite3_vfs gathering;
    // What a savepoint may have to take back: in memory, in pieces of so many bytes, and only beyond one of them in a file
    // that is made and removed.
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 512 << 10);
    if (sqlite3_vfs_find(CSQLITE_GATHERING_LOG)) return SQLITE_OK;
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (!system) return SQLITE_ERROR;
    gathering = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = system->szOsFile + (int)sizeof(log_file),
        .mxPathname = system->mxPathname,
        .zName = CSQLITE_GATHERING_LOG,
        .pAppData = system,
        .xOpen = open_file,
        .xDelete = delete_file,
        .xAccess = access_file,
        .xFullPathname = full_path,
        .xRandomness = randomness,
        .xSleep = pause_thread,
        .xGetLastError = last_error,
        .xCurrentTime = current_time,
    };
    return sqlite3_vfs_register(&gathering, 0);
}
