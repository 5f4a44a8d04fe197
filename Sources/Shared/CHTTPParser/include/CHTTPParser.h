#pragma once
// http-parser reads the heads and chunks of HTTP/1.1 requests. Its state is a struct of bit fields, which the
// functions below read for Swift.
#include <http_parser.h>
#include <stdbool.h>

#pragma clang assume_nonnull begin

static inline const char *hilum_http_method(const http_parser *parser) {
    return http_method_str((enum http_method)parser->method);
}
static inline int hilum_http_version(const http_parser *parser) {
    return parser->http_major * 10 + parser->http_minor;
}
static inline bool hilum_http_is_chunked(const http_parser *parser) { return parser->flags & F_CHUNKED; }
static inline bool hilum_http_has_length(const http_parser *parser) { return parser->flags & F_CONTENTLENGTH; }
static inline int hilum_http_errno(const http_parser *parser) { return (int)HTTP_PARSER_ERRNO(parser); }

#pragma clang assume_nonnull end
