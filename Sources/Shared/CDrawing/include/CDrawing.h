#pragma once
// The small C surface of Cairo and Pango that Hilum uses: pages of boxes, pictures and text, in memory.
//
// Lengths are pixels, colours 0 to 1. Text is UTF-8 and set in DejaVu Sans, with whatever fontconfig finds for scripts
// that it lacks. One caller at a time for each drawing.
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

typedef struct drawing drawing;
typedef struct {
    double red, green, blue, alpha;
} drawing_colour;

/// A black page; NULL when memory is short or a side is 0 or above 8192.
drawing *_Nullable drawing_create(uint32_t width, uint32_t height);
void drawing_free(drawing *drawing);

void drawing_fill(drawing *drawing, double x, double y, double width, double height, drawing_colour colour);
/// Puts `width` · `height` RGB pixels, row by row, at a place; what does not fit is cut off.
void drawing_picture(drawing *drawing, const uint8_t *rgb, uint32_t width, uint32_t height, double x, double y);
/// Sets text in lines of at most `width`, broken between words. Answers the height it takes.
double drawing_text(drawing *drawing, const char *text, double x, double y, double width, double size, bool bold,
                    drawing_colour colour);
/// The height that text takes, without setting it.
double drawing_text_height(drawing *drawing, const char *text, double width, double size, bool bold);

/// Copies the page's width · height RGB pixels; false when a step before failed.
bool drawing_pixels(drawing *drawing, uint8_t *rgb);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif
