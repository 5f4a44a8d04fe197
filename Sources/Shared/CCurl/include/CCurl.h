#pragma once
// libcurl sets and reads options through variadic functions, which Swift cannot call: one function for each kind.
#include <curl/curl.h>

#pragma clang assume_nonnull begin

static inline CURLcode hilum_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode hilum_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode hilum_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode hilum_curl_set_pointer(CURL *easy, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLMcode hilum_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// How libcurl hands bytes over, and asks for them: gives the count taken or given.
typedef size_t (*hilum_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
/// How libcurl asks to send a body from its beginning again: 0 where that can be done.
typedef int (*hilum_curl_seek)(void *context, curl_off_t offset, int origin);

static inline void hilum_curl_set_callbacks(
    CURL *easy, void *context, hilum_curl_bytes write, hilum_curl_bytes header, hilum_curl_bytes read,
    hilum_curl_seek seek) {
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read);
    curl_easy_setopt(easy, CURLOPT_READDATA, context);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, context);
}

/// Hands over what libcurl says it does, in words.
static inline void hilum_curl_set_notes(CURL *easy, void *context, curl_debug_callback note) {
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, note);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, context);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

/// 0 where the information is not there.
static inline long hilum_curl_get_long(CURL *easy, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}
static inline curl_off_t hilum_curl_get_size(CURL *easy, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, info, &value);
    return value;
}

/// The connection's socket; -1 where there is none.
static inline int hilum_curl_get_socket(CURL *easy) {
    curl_socket_t value = CURL_SOCKET_BAD;
    return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &value) == CURLE_OK ? (int)value : -1;
}

/// A transfer that has ended; NULL when there is none.
static inline CURL *_Nullable hilum_curl_next_done(CURLM *multi, CURLcode *result) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}

#pragma clang assume_nonnull end
